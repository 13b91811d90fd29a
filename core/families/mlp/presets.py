"""Starting points of the multilayer perceptron: points, tables, digits, and networks that cannot learn."""

from __future__ import annotations

from typing import Any

from core.config import Preset
from core.datasets.targets import Number
from core.families.mlp.config import MlpConfig
from core.families.supervised.config import HELD_BACK, NOTHING_HELD_BACK
from core.layers.blocks import Dense, Dropout

LARGE = 20_000  # rows
AUTO: dict[str, Any] = {"precision": "auto"}  # as in links before the MLP's default became float32
QUICK = AUTO | {"learning_rate": 0.03, "epochs": 30, "batch_size": 32}  # points, before they could be watched
# Points are learned slowly enough to be watched: some four seconds on two cores, most of the movement in the first two.
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
                learning_rate=5e-4,
                epochs=200,
                batch_size=8,
                validation_fraction=HELD_BACK,
            ),
            dataset="xor",
            before=NOTHING_HELD_BACK | {"2": QUICK},
        ),
        Preset(
            "circle",
            "A circle",
            "A disc inside a ring: each hidden unit draws one line, and a few of them close around the disc.",
            MlpConfig(
                layers=(Dense(units=8, activation="tanh"),),
                learning_rate=1e-3,
                epochs=200,
                batch_size=8,
                validation_fraction=HELD_BACK,
            ),
            dataset="disc",
            before={"2": QUICK},
        ),
        Preset(
            "two_moons",
            "Two moons",
            "Two half circles that interlock: one layer bends the boundary between them.",
            MlpConfig(
                layers=(Dense(units=16, activation="tanh"),),
                learning_rate=1e-3,
                epochs=200,
                batch_size=8,
                validation_fraction=HELD_BACK,
            ),
            dataset="moons",
            before={"2": QUICK},
        ),
        Preset(
            "spirals",
            "Two spirals",
            "Two intertwined arms: a deeper network bends its decision boundary around them.",
            MlpConfig(
                layers=(Dense(units=32), Dense(units=32), Dense(units=16)),
                learning_rate=0.01,
                epochs=150,
                batch_size=32,
                schedule="cosine",
                validation_fraction=HELD_BACK,
            ),
            dataset="spirals",
            before=NOTHING_HELD_BACK | {"2": AUTO | {"epochs": 60}},
        ),
        Preset(
            "iris",
            "Iris",
            "150 flowers, four measurements each, three species: the first data set in most courses.",
            MlpConfig(learning_rate=0.01, epochs=60, batch_size=16),
            dataset="iris",
            before={"2": AUTO},
        ),
        Preset(
            "wine",
            "Wine",
            "13 measures of 178 wines, three growers: columns in different units, which are standardised first.",
            MlpConfig(learning_rate=3e-3, epochs=60, batch_size=16, weight_decay=0.01, optimizer="adamw"),
            dataset="wine",
            before={"2": AUTO},
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
            before={"2": AUTO},
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
            before={"2": AUTO},
        ),
        Preset(
            "large_table",
            "A large table",
            "Tables of 20,000 rows and more: larger batches, and a few passes are enough to learn what there is.",
            MlpConfig(
                layers=(Dense(units=64), Dense(units=32)),
                learning_rate=3e-3,
                epochs=10,
                batch_size=256,
                schedule="cosine",
                validation_fraction=HELD_BACK,
            ),
            suits=lambda spec: spec.features.noun == "row" and spec.train_size >= LARGE,
        ),
        Preset(
            "table",
            "A table",
            "Predicts one column of a table of yours, a class or a number, from the others.",
            MlpConfig(
                layers=(Dense(units=32), Dropout(rate=0.3), Dense(units=16)),
                learning_rate=3e-3,
                epochs=30,
                batch_size=16,
                l2=0.003,
                schedule="cosine",
            ),
            suits=lambda spec: spec.features.noun == "row",
            before={"2": AUTO},
        ),
        Preset(
            "digits",
            "Digits without convolution",
            "Every pixel on its own: see what the first units respond to, and how accurate that gets.",
            MlpConfig(
                layers=(Dense(units=128), Dropout(rate=0.2), Dense(units=64)),
                epochs=10,
                learning_rate=2e-3,
                precision="auto",
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
            before=NOTHING_HELD_BACK | {"2": AUTO},
            suits=lambda spec: isinstance(spec.target, Number),
        ),
        Preset(
            "no_hidden",
            "Break it: no hidden layer",
            "XOR without a hidden layer: one line, however long it trains, so about half of the answers are wrong.",
            MlpConfig(layers=(), learning_rate=0.03, epochs=30, batch_size=32, validation_fraction=HELD_BACK),
            dataset="xor",
            shows_fault=True,
            before={"2": AUTO},
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
            before={"2": AUTO},
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
            before={"2": AUTO},
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
            before={"2": AUTO},
        ),
    )
}
