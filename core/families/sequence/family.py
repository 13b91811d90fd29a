"""The sequence family: its presets, views and form."""

from __future__ import annotations

import numpy as np

from core.analysis.number.forecast import PREFIX
from core.config import Preset
from core.datasets.features import Image, Series, Tokens
from core.datasets.series.long import is_long
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, NextToken, Number, TokenSequence
from core.datasets.texts.tokens import CHARACTER
from core.families.family import Chart, Family, Inspection, Section, View
from core.families.sequence.config import SequenceConfig, build_augmentation, build_networks, unused
from core.families.supervised.config import HELD_BACK
from core.families.supervised.results import CHARTS, RESULTS
from core.families.supervised.sections import BROKEN, BUDGET, DATA, OPTIMISER, REGULARISATION
from core.figures.answers import draw_answers
from core.figures.forecast import draw_forecasts
from core.figures.network.states import draw_states
from core.figures.network.tiles import draw_gallery
from core.figures.writing import draw_writing
from core.layers.attention.blocks import Decoder, FeedForward, SelfAttention
from core.layers.attention.positions import Positions
from core.layers.blocks import Dense, Dropout, LayerNorm, say_blocks
from core.layers.recurrent import Gru, Lstm, OverTime, Rnn, TimeConv, TimePool
from core.program.writer import supervised_script


def _takes(spec: DataSpec) -> bool:
    return isinstance(spec.features, Image | Series | Tokens) and isinstance(
        spec.target, Classes | Number | NextToken | TokenSequence
    )


def _is_labelled(spec: DataSpec, *, in_characters: bool | None = None, least: int = 0) -> bool:
    """Return whether an example is a text with a class or number, in such tokens, of at least so many kinds."""
    if not isinstance(spec.features, Tokens) or spec.is_recited:
        return False
    fits = in_characters is None or (spec.features.unit == CHARACTER) == in_characters
    return fits and len(spec.features.vocabulary) >= least


LEAST_SIGNS = 10  # of a language; generated tasks have fewer
CONVOLUTIONS = (TimeConv(filters=32), TimePool(), TimeConv(filters=64), OverTime(method="max"), Dense(units=64))
SUMS_BEFORE = {
    "embedding": 48,
    "layers": (Positions(), *(SelfAttention(), FeedForward(units=192)) * 2, LayerNorm()),
    "learning_rate": 5e-3,
    "epochs": 20,
}
MEMORY_OF_NAMES = {  # what told the language of a name before, and still does in older links
    "embedding": 32,
    "layers": (Lstm(units=64, direction="both"), Dropout(rate=0.3)),
    "learning_rate": 5e-3,
    "epochs": 12,
    "batch_size": 128,
    "validation_fraction": HELD_BACK,
}
PRESETS = {
    preset.id: preset
    for preset in (
        Preset(
            "write",
            "Write like Python's help",
            "Reads the help of Python character by character, says the next one, and so learns to write.",
            SequenceConfig(
                embedding=64,
                layers=(Lstm(units=128),),
                learning_rate=1e-2,
                epochs=12,
                batch_size=64,
                schedule="one_cycle",
                gradient_clip=1.0,
                validation_fraction=0.05,
            ),
            dataset="python_docs",
            suits=lambda spec: isinstance(spec.target, NextToken),
        ),
        Preset(
            "names",
            "Invent names",
            "Reads family names of twelve languages letter by letter, and then invents some that nobody has.",
            SequenceConfig(
                layers=(Lstm(units=128), Dropout(rate=0.2)),
                learning_rate=1e-2,
                epochs=15,
                batch_size=32,
                schedule="one_cycle",
                gradient_clip=1.0,
                validation_fraction=0.05,
            ),
            dataset="family_names",
        ),
        Preset(
            "sentiment",
            "Good film or bad",
            "Reads a sentence of a film review and tells whether it praises: the mean of its words' embeddings is "
            "enough, and naive Bayes hard to beat.",
            SequenceConfig(
                embedding=64,
                layers=(Dropout(rate=0.5), OverTime()),
                padding="skip",
                learning_rate=3e-3,
                epochs=5,
                batch_size=64,
                schedule="one_cycle",
                validation_fraction=HELD_BACK,
            ),
            dataset="rt_polarity",
            suits=lambda spec: _is_labelled(spec, in_characters=False),
        ),
        Preset(
            "language_of_name",
            "Language of a name",
            "Reads a family name in runs of four letters and tells which of twelve languages it comes from. An LSTM "
            "learns whole names by heart, and naive Bayes beats it.",
            SequenceConfig(
                embedding=128,
                layers=(TimeConv(filters=256, kernel_size=4), OverTime(method="max"), Dropout(rate=0.5)),
                learning_rate=3e-3,
                epochs=15,
                batch_size=64,
                schedule="one_cycle",
                validation_fraction=0.05,
            ),
            dataset="names",
            suits=lambda spec: _is_labelled(spec, in_characters=True, least=LEAST_SIGNS),
            before={"2": MEMORY_OF_NAMES},
        ),
        Preset(
            "forecast",
            "Forecast sunspots",
            "Reads 22 years of sunspots and forecasts the next one, beside honest baselines: linear regression is hard "
            "to beat.",
            SequenceConfig(
                layers=(Lstm(units=32),), learning_rate=1e-2, epochs=60, batch_size=16, schedule="one_cycle"
            ),
            dataset="sunspots",
        ),
        Preset(
            "forecast_change",
            "Forecast carbon dioxide",
            "Reads two years of a series that grows, and forecasts by how much it changes, month after month.",
            SequenceConfig(
                layers=(Lstm(units=32),),
                forecasts="change",
                learning_rate=1e-2,
                epochs=30,
                batch_size=16,
                schedule="one_cycle",
            ),
            dataset="co2",
            suits=lambda spec: isinstance(spec.features, Series) and isinstance(spec.target, Number),
        ),
        Preset(
            "forecast_growth",
            "Forecast passengers",
            "Reads two years of a series that swings the more the larger it is, and forecasts its growth; a "
            "convolution over a year shows the memory the season.",
            SequenceConfig(
                layers=(TimeConv(filters=64, kernel_size=13, activation="tanh"), Gru(units=64)),
                forecasts="growth",
                learning_rate=1e-2,
                epochs=20,
                batch_size=16,
                schedule="one_cycle",
            ),
            dataset="airline",
        ),
        Preset(
            "spoken_digits",
            "Spoken digits",
            "Hears ten digits as a spectrogram, moment by moment, and tells which one was said. New voices are harder: "
            "see the sets with one speaker unheard.",
            SequenceConfig(
                layers=(
                    TimeConv(filters=64),
                    TimePool(),
                    Dropout(rate=0.2),
                    Gru(units=64, direction="both"),
                    Dropout(rate=0.3),
                ),
                learning_rate=5e-3,
                epochs=12,
                batch_size=64,
                schedule="one_cycle",
            ),
            dataset="fsdd",
            suits=lambda spec: isinstance(spec.features, Series) and spec.features.hearing is not None,
        ),
        Preset(
            "rows_of_digits",
            "Digits, row by row",
            "Reads an image as 28 rows from top to bottom, and remembers enough of them to name the digit.",
            SequenceConfig(
                layers=(Gru(units=64),),
                learning_rate=5e-3,
                epochs=15,
                schedule="one_cycle",
                validation_fraction=HELD_BACK,
            ),
            suits=lambda spec: spec.is_image,
            before={"2": {"epochs": 5}},
        ),
        Preset(
            "mnist1d",
            "Ten curves",
            "Tells ten noisy curves apart that may start anywhere: a memory finds them, a linear model gets a third.",
            SequenceConfig(
                layers=(Gru(units=64, direction="both"), Gru(units=64)),
                learning_rate=5e-3,
                epochs=40,
                schedule="one_cycle",
                validation_fraction=HELD_BACK,
            ),
            dataset="mnist1d",
        ),
        Preset(
            "adding",
            "Remember over 100 steps",
            "Two of a hundred numbers are marked and to be added. An LSTM keeps the first until the second comes.",
            SequenceConfig(
                layers=(Lstm(units=64),),
                learning_rate=1e-2,
                epochs=12,
                batch_size=64,
                schedule="one_cycle",
                gradient_clip=1.0,
                validation_fraction=HELD_BACK,
            ),
            dataset="adding",
        ),
        Preset(
            "dates",
            "Translate dates",
            "Reads a date as people write it in 16 languages and writes it as a computer does: see where it looks.",
            SequenceConfig(
                embedding=48,
                layers=(
                    *(TimeConv(filters=64, direction="both"), TimeConv(filters=64, direction="both")),
                    *(LayerNorm(), Decoder(units=96)),
                ),
                learning_rate=3e-3,
                epochs=3,
                batch_size=32,
                schedule="one_cycle",
                gradient_clip=1.0,
                validation_fraction=0.05,
            ),
            dataset="dates",
            suits=lambda spec: isinstance(spec.target, TokenSequence),
            before={"2": {"seed": 3}},
        ),
        Preset(
            "sums",
            "Add numbers as text",
            "Reads 47+589 character by character and writes 636: nobody told it what a digit is, or to carry.",
            SequenceConfig(
                embedding=64,
                layers=(Positions(), SelfAttention(), FeedForward(), SelfAttention(), FeedForward(), LayerNorm()),
                learning_rate=2e-3,
                epochs=18,
                batch_size=128,
                schedule="one_cycle",
                gradient_clip=1.0,
                validation_fraction=0.05,
            ),
            dataset="sums",
            before={"2": SUMS_BEFORE},
        ),
        Preset(
            "tiny_transformer",
            "A tiny transformer writes",
            "No memory at all: each character looks back at those before it, with four heads in each of two blocks.",
            SequenceConfig(
                embedding=64,
                layers=(Positions(), SelfAttention(), FeedForward(), SelfAttention(), FeedForward(), LayerNorm()),
                learning_rate=3e-3,
                epochs=15,
                batch_size=32,
                schedule="one_cycle",
                gradient_clip=1.0,
                validation_fraction=0.05,
            ),
            dataset="python_docs",
            before={"2": {"learning_rate": 5e-3, "epochs": 12, "batch_size": 64}},
        ),
        Preset(
            "brackets",
            "Brackets",
            "Tells whether brackets are balanced, which takes counting: look at the units that count.",
            SequenceConfig(
                embedding=8,
                layers=(Gru(units=16),),
                learning_rate=1e-2,
                epochs=20,
                schedule="one_cycle",
                validation_fraction=HELD_BACK,
            ),
            dataset="brackets",
            suits=_is_labelled,
        ),
        Preset(
            "convolution",
            "Convolution instead of memory",
            "The ten curves without any memory: convolutions along time see short pieces, and pooling keeps the best.",
            SequenceConfig(
                layers=CONVOLUTIONS,
                learning_rate=5e-3,
                epochs=40,
                schedule="one_cycle",
                validation_fraction=HELD_BACK,
            ),
            dataset="mnist1d",
        ),
        Preset(
            "vanishing",
            "Break it: a memory that fades",
            "The same task as Remember over 100 steps with a simple RNN: what it read first has faded, and it never "
            "beats the mean.",
            SequenceConfig(
                layers=(Rnn(units=64),),
                learning_rate=1e-3,
                epochs=12,
                batch_size=64,
                gradient_clip=1.0,
                validation_fraction=HELD_BACK,
            ),
            dataset="adding",
            shows_fault=True,
        ),
        Preset(
            "exploding",
            "Break it: gradients that explode",
            "A simple RNN of ReLUs without gradient clipping: through a hundred steps its gradient grows to thousands, "
            "and the first update throws the weights away. Set Gradient clipping to 1, and it learns.",
            SequenceConfig(
                layers=(Rnn(units=64, activation="relu", start="identity"),),
                optimizer="sgd",
                learning_rate=1e-2,
                epochs=12,
                batch_size=64,
                validation_fraction=HELD_BACK,
            ),
            dataset="adding",
            shows_fault=True,
        ),
    )
}
GRADIENT = Chart(
    "Gradient",
    "norm before clipping",
    ("gradient_norm",),
    ("training",),
    levels={"gradient_clip": "clipped to"},
)

FAMILY = Family(
    id="sequence",
    title="RNN",
    sentence="It reads step by step, and remembers what it has read or looks back at it: for texts and series.",
    icon=":material/timeline:",
    invitation="**Give a network a memory.** It learns to write, tells the language of a name, and forecasts sunspots.",
    presets=PRESETS,
    default_preset="write",
    takes=_takes,
    networks=build_networks,
    augmentation=build_augmentation,
    trainee="core.training.supervised:Supervised",
    script=supervised_script,
    views={
        "writing": View(
            "What it writes",
            "It continues the first test text after the bar, character by character. Its random draws are the same at "
            "every step, so only learning changes what it writes (temperature 0.8).",
            "writing/",
            draw_writing,
            missing="It appears with the snapshots of a run, the first at step 0.",
            is_beside=lambda spec: isinstance(spec.target, NextToken),
            takes=lambda spec: isinstance(spec.target, NextToken),
        ),
        "forecast": View(
            "What it forecasts",
            "One step ahead, it knows all that came before. Running free, each forecast goes into the next. Dotted: "
            "simple methods, running free.",
            PREFIX,
            draw_forecasts,
            missing="It appears with the snapshots of a run, the first at step 0.",
            is_beside=is_long,
            takes=is_long,
        ),
        "answers": View(
            "What it answers",
            "The first test texts, answered character by character: green is right, red and struck out is wrong. They "
            "are only shown: they do not influence training.",
            "answers/",
            draw_answers,
            missing="It appears with the snapshots of a run, the first at step 0.",
            is_beside=lambda spec: isinstance(spec.target, TokenSequence),
            takes=lambda spec: isinstance(spec.target, TokenSequence),
        ),
        "gallery": View(
            "Test images",
            "Predictions for a few test images. Bars: the probability of each class, in the order of the classes; blue "
            "is the true class. These images are only shown: they do not influence training or the choice of weights.",
            "gallery/",
            draw_gallery,
            missing="",
            width=84,
        ),
        "states": View(
            "What each layer says, step by step",
            "A row for each unit, a column for each step of the sample, on a scale of its own for each layer.",
            "maps/",
            draw_states,
            missing="No layer says something at every step.",
        ),
    },
    inspection=Inspection("steps", lambda config, data: np.array(data.x_train[0]), is_at_sample=True),
    results=RESULTS,
    charts=(*CHARTS, GRADIENT),
    controls=("learning_rate", "epochs"),
    sections=(
        DATA,
        Section(
            "layers",
            "Layers",
            ("layers", "embedding", "padding", "forecasts"),
            lambda config: say_blocks(config.layers),
        ),
        OPTIMISER,
        REGULARISATION,
        BROKEN,
        BUDGET,
    ),
    unused=unused,
)
