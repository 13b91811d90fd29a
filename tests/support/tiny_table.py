"""Tiny tables, points and images for the MLP, with networks that train in a moment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.datasets import Dataset, DataSpec, Prepared
from core.datasets.features import PLANE, Column, Features, Vector
from core.datasets.targets import Classes, Number, Target
from core.families.mlp import FAMILY, MlpConfig
from core.layers.blocks import BatchNorm, Dense, Dropout
from tests.support import tiny

if TYPE_CHECKING:
    from core.training.supervised import Supervised

TRAIN, TEST = 30, 11
TABLE = Vector((Column("age", mean=40.0, spread=10.0), Column("colour", ("red", "green"))))
CLASSES = Classes(("no", "yes"))
PRICE = Number("price", "euros", 100.0, 25.0)
LAYERS = (Dense(units=5), BatchNorm(momentum=0.5), Dropout(rate=0.3), Dense(units=4, activation="tanh"))
CONFIG = MlpConfig(layers=LAYERS, batch_size=8, epochs=3, precision="float32", learning_rate=0.01)
PROGRAM = """\
from tests.support import tiny_table

loaded = tiny_table.arrays(*tiny_table.KINDS[{kind!r}])
x_train, y_train, x_test, y_test = (loaded[name] for name in ("x_train", "y_train", "x_test", "y_test"))
"""
KINDS: dict[str, tuple[Features, Target]] = {
    "rows of classes": (TABLE, CLASSES),
    "rows of a number": (TABLE, PRICE),
    "points of classes": (PLANE, CLASSES),
    "points of a number": (PLANE, Number("height", "", 0.5, 2.0)),
    "images of classes": (tiny.SPEC.features, tiny.SPEC.target),
}


def spec_of(kind: str) -> DataSpec:
    return DataSpec(*KINDS[kind], TRAIN, TEST)


def arrays(features: Features, target: Target) -> dict[str, np.ndarray]:
    """Numbers by chance, and what follows from them."""
    if features == tiny.SPEC.features:
        return tiny.arrays()
    rng = np.random.default_rng(0)

    def some(count: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(0, 1, (count, 2))
        score = x[:, 0] * x[:, 1] + x[:, 0]
        if features == TABLE:
            red = rng.integers(0, 2, count)
            x = np.stack([40 + 10 * x[:, 0], red, 1 - red], 1)
        y = (score > 0).astype(np.int64) if target == CLASSES else (100 + 25 * score).astype(np.float32)
        return x.astype(np.float32), y

    (x_train, y_train), (x_test, y_test) = some(TRAIN), some(TEST)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def prepared(kind: str) -> Prepared:
    return Prepared("tiny", "version-1", spec_of(kind), **arrays(*KINDS[kind]))


def dataset(kind: str) -> Dataset:
    return replace(tiny.dataset(arrays(*KINDS[kind])), spec=spec_of(kind), program=PROGRAM.format(kind=kind))


def network(kind: str, config: MlpConfig = CONFIG) -> Supervised:
    """A network as a worker of its own builds it: Keras counts names from the start, chance from the seed."""
    import keras

    from core.training.supervised import Supervised

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(config.seed)
    return Supervised(FAMILY, config, prepared(kind), "float32")
