"""The multilayer perceptron, for tables, points and images: its settings, presets, layers and views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.config import Preset, blocks
from core.datasets import Prepared
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number
from core.families.family import Family, Inspection, Section, View
from core.families.supervised.config import (
    HELD_BACK,
    NOTHING_HELD_BACK,
    SupervisedConfig,
    build_augmentation,
    unused_settings,
)
from core.families.supervised.network import head, scaling
from core.families.supervised.results import CHARTS, RESULTS
from core.families.supervised.sections import BROKEN, BUDGET, DATA, OPTIMISER, REGULARISATION
from core.figures.network.plane import SHOWN, draw_surface
from core.figures.network.tiles import draw_gallery, draw_kernels
from core.figures.network.units import draw_weights
from core.layers import LayerSpec, NetworkSpec, trace
from core.layers.blocks import BatchNorm, Dense, Dropout, LayerBlock, LayerNorm, say_blocks, to_specs, with_kernels
from core.program.writer import supervised_script
from core.schedule.split import evenly_spread

MLP_BLOCKS: tuple[type[LayerBlock], ...] = (Dense, Dropout, BatchNorm, LayerNorm)


@dataclass(frozen=True, kw_only=True)
class MlpConfig(SupervisedConfig):
    """Settings of one MLP run."""

    schema: ClassVar[int] = 1

    layers: tuple[LayerBlock, ...] = blocks(
        (Dense(units=16), Dense(units=16)),
        MLP_BLOCKS,
        most=40,
        label="Layers",
        help="The layers between the input and the prediction. None: a linear model. Too many: slow, overfits.",
    )

    def validate(self, spec: DataSpec) -> None:
        """Check the network and the settings against the data.

        Raises:
            ConfigError: The network is impossible on this data, or settings contradict each other.
        """
        trace(build_layers(self, spec), spec.input_shape)
        super().validate(spec)


def build_layers(config: MlpConfig, spec: DataSpec) -> list[LayerSpec]:
    """Return the network's layers: scaling, flattening of images, the config's layers, the output."""
    before = scaling(spec.features)
    if isinstance(spec.features, Image):
        before.append(LayerSpec("Flatten", {}, "flatten"))
    last = before[-1].name if before else ""
    specs = [*before, *to_specs(config.layers, last, spec.input_shape[-1]), *head(spec.target)]
    return with_kernels(specs, config.initializer, config.l1, config.l2)


def build_networks(config: MlpConfig, spec: DataSpec) -> list[NetworkSpec]:
    """Return the description of the single network."""
    specs = tuple(build_layers(config, spec))
    return [NetworkSpec("network", specs, spec.input_shape, spec.dtype, takes=spec.features.noun)]


def points_beside(data: Prepared) -> dict[str, np.ndarray]:
    """Return a few training points and their targets for the plane; empty for other data."""
    if data.spec.is_image or data.spec.features.noun != "point":
        return {}
    rows = evenly_spread(np.arange(len(data.y_train)), SHOWN)
    return {"surface/points": np.array(data.x_train[rows]), "surface/truth": np.array(data.y_train[rows])}


# The presets of tables hold no rows back: a tenth of some hundred would measure little, and teaches more.
PRESETS = {
    preset.id: preset
    for preset in (
        Preset(
            "xor",
            "XOR: one line is not enough",
            "Points in four corners, opposite corners share a class: no straight line separates them, eight hidden "
            "units do.",
            MlpConfig(
                layers=(Dense(units=8, activation="tanh"),),
                learning_rate=0.03,
                epochs=30,
                batch_size=32,
                validation_fraction=HELD_BACK,
            ),
            dataset="xor",
            before=NOTHING_HELD_BACK,
        ),
        Preset(
            "circle",
            "A circle",
            "A disc inside a ring: each hidden unit draws one line, and a few of them close around the disc.",
            MlpConfig(
                layers=(Dense(units=8, activation="tanh"),),
                learning_rate=0.03,
                epochs=30,
                batch_size=32,
                validation_fraction=HELD_BACK,
            ),
            dataset="disc",
        ),
        Preset(
            "two_moons",
            "Two moons",
            "Two half circles that interlock: one layer bends the boundary between them.",
            MlpConfig(
                layers=(Dense(units=16, activation="tanh"),),
                learning_rate=0.03,
                epochs=30,
                batch_size=32,
                validation_fraction=HELD_BACK,
            ),
            dataset="moons",
        ),
        Preset(
            "spirals",
            "Two spirals",
            "Two intertwined arms: a deeper network bends its decision boundary around them.",
            MlpConfig(
                layers=(Dense(units=32), Dense(units=32), Dense(units=16)),
                learning_rate=0.01,
                epochs=60,
                batch_size=32,
                schedule="cosine",
                validation_fraction=HELD_BACK,
            ),
            dataset="spirals",
            before=NOTHING_HELD_BACK,
        ),
        Preset(
            "iris",
            "Iris",
            "150 flowers, four measurements each, three species: the first data set in most courses.",
            MlpConfig(learning_rate=0.01, epochs=60, batch_size=16),
            dataset="iris",
        ),
        Preset(
            "wine",
            "Wine",
            "13 measures of 178 wines, three growers: columns in different units, which are standardised first.",
            MlpConfig(learning_rate=3e-3, epochs=60, batch_size=16, weight_decay=0.01, optimizer="adamw"),
            dataset="wine",
        ),
        Preset(
            "breast_cancer",
            "Breast cancer",
            "30 measures of 569 tumours, malignant or benign: a line does well, so a network must not overfit.",
            MlpConfig(
                layers=(Dense(units=8, activation="tanh"),),
                learning_rate=3e-3,
                epochs=100,
                batch_size=16,
                l2=0.01,
            ),
            dataset="breast_cancer",
        ),
        Preset(
            "diabetes",
            "Diabetes",
            "Ten measurements of 442 patients, and their disease progression after a year: a number, not a class.",
            MlpConfig(
                layers=(Dense(units=16), Dropout(rate=0.2)),
                learning_rate=3e-3,
                epochs=60,
                batch_size=16,
                weight_decay=1e-3,
                optimizer="adamw",
            ),
            dataset="diabetes",
        ),
        Preset(
            "table",
            "A table",
            "Predicts one column of a table of yours, a class or a number, from the others.",
            MlpConfig(
                layers=(Dense(units=32), Dropout(rate=0.2), Dense(units=16)),
                learning_rate=3e-3,
                epochs=60,
                batch_size=16,
                weight_decay=1e-3,
                optimizer="adamw",
            ),
            suits=lambda spec: spec.features.noun == "row",
        ),
        Preset(
            "digits",
            "Digits without convolution",
            "Every pixel on its own: see what the first units respond to, and how accurate that gets.",
            MlpConfig(
                layers=(Dense(units=128), Dropout(rate=0.2), Dense(units=64)),
                epochs=10,
                learning_rate=2e-3,
                validation_fraction=HELD_BACK,
            ),
            suits=lambda spec: spec.is_image,
            before=NOTHING_HELD_BACK,
        ),
        Preset(
            "plane",
            "A number at every point",
            "A hilly plane: the network learns a height instead of a class.",
            MlpConfig(
                layers=(Dense(units=32), Dense(units=32)),
                learning_rate=0.01,
                epochs=40,
                batch_size=32,
                validation_fraction=HELD_BACK,
            ),
            dataset="hills",
            before=NOTHING_HELD_BACK,
            suits=lambda spec: isinstance(spec.target, Number),
        ),
        Preset(
            "no_hidden",
            "Break it: no hidden layer",
            "XOR without a hidden layer: one line, however long it trains, so about half of the answers are wrong.",
            MlpConfig(layers=(), learning_rate=0.03, epochs=30, batch_size=32, validation_fraction=HELD_BACK),
            dataset="xor",
            shows_fault=True,
        ),
        Preset(
            "sigmoid_deep",
            "Break it: eight layers of sigmoid",
            "Each sigmoid passes on a quarter of the gradient at most: it never reaches the first layers.",
            MlpConfig(
                layers=(Dense(units=16, activation="sigmoid"),) * 8,
                optimizer="sgd",
                learning_rate=0.03,
                epochs=30,
                batch_size=32,
                validation_fraction=HELD_BACK,
            ),
            dataset="disc",
            shows_fault=True,
        ),
        Preset(
            "huge_init",
            "Break it: huge initial weights",
            "Weights far too big hold each tanh at -1 or 1, where its slope is 0: it never beats a guess.",
            MlpConfig(
                layers=(Dense(units=32, activation="tanh"),) * 8,
                initializer="huge",
                optimizer="sgd",
                learning_rate=0.01,
                epochs=30,
                batch_size=32,
                validation_fraction=HELD_BACK,
            ),
            dataset="disc",
            shows_fault=True,
        ),
        Preset(
            "memorise",
            "Break it: random labels",
            "Labels drawn by lot: a wide network learns them by heart, and knows nothing about new rows.",
            MlpConfig(
                layers=(Dense(units=256),) * 2,
                learning_rate=3e-3,
                epochs=100,
                batch_size=32,
                shuffle_labels="on",
            ),
            dataset="breast_cancer",
            shows_fault=True,
        ),
    )
}

FAMILY = Family(
    id="mlp",
    title="MLP",
    sentence="A multilayer perceptron weighs all its inputs, layer by layer: for tables, points and images.",
    icon=":material/account_tree:",
    invitation="**Separate points in the plane**, and see hidden layers bend the decision boundary. Tables work too.",
    presets=PRESETS,
    default_preset="xor",
    takes=lambda spec: isinstance(spec.target, Classes | Number),
    networks=build_networks,
    augmentation=build_augmentation,
    trainee="core.training.supervised:Supervised",
    script=supervised_script,
    views={
        "surface": View(
            "The plane",
            "The prediction at every point; the deeper the colour, the more certain. Dots are training examples.",
            "surface/",
            draw_surface,
            missing="",
            width=300,
            is_beside=lambda spec: spec.input_shape == (2,),
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
        "templates": View(
            "What the first units look for",
            "The weights of each first-layer unit, arranged as the image that activates it most.",
            "templates/",
            draw_kernels,
            missing="",
            shows_data=False,
        ),
        "weights": View(
            "Weights of the first layer",
            "One row per input, one column per unit.",
            "first_weights/",
            draw_weights,
            missing="",
            shows_data=False,
            width=360,
        ),
    },
    inspection=Inspection(
        "units", lambda config, data: np.array(data.x_train[0]), is_at_sample=True, beside=points_beside
    ),
    results=RESULTS,
    charts=CHARTS,
    controls=("learning_rate", "epochs"),
    sections=(
        DATA,
        Section("layers", "Layers", ("layers",), lambda config: say_blocks(config.layers)),
        OPTIMISER,
        REGULARISATION,
        BROKEN,
        BUDGET,
    ),
    unused=unused_settings,
)
