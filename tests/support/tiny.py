"""A data set and networks so small that a whole training takes a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.datasets import Dataset, DataSpec, Prepared
from core.datasets.features import Image
from core.datasets.targets import Classes
from core.families.cnn import FAMILY, CnnConfig
from core.layers.blocks import BatchNorm, Conv, Dense, Dropout, Flatten, Pool

if TYPE_CHECKING:
    from core.training.supervised import Supervised

SPEC = DataSpec(Image(8, 8, 1), Classes(("a", "b", "c"), (9, 10, 11)), train_size=30, test_size=11)
LAYERS = (Conv(filters=3), Pool(), BatchNorm(momentum=0.5), Dropout(rate=0.5), Flatten(), Dense(units=5))
CONFIG = CnnConfig(layers=LAYERS, batch_size=8, epochs=3, precision="float32")  # 4 updates an epoch, 12 in all
PROGRAM = """\
from tests.support.tiny import arrays

loaded = arrays()
x_train, y_train, x_test, y_test = (loaded[name] for name in ("x_train", "y_train", "x_test", "y_test"))
"""


def arrays() -> dict[str, np.ndarray]:
    """Noise; each class is brighter in a column of its own."""
    rng = np.random.default_rng(0)

    def some(count: int) -> tuple[np.ndarray, np.ndarray]:
        y = rng.integers(0, 3, count)
        x = rng.integers(0, 128, (count, *SPEC.input_shape), dtype=np.uint8)
        x[np.arange(count), :, 2 * y] += 127
        return x, y

    (x_train, y_train), (x_test, y_test) = some(SPEC.train_size), some(SPEC.test_size)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def prepared() -> Prepared:
    return Prepared("tiny", "version-1", SPEC, **arrays())


def dataset(loaded: dict[str, np.ndarray]) -> Dataset:
    """A data set whose loader gives these arrays."""
    return Dataset(
        id="tiny",
        title="Tiny",
        spec=SPEC,
        split="?",
        source="?",
        licence="?",
        load=lambda settings, files, progress: loaded,
        program=PROGRAM,
    )


def classifier(config: Any = CONFIG, policy: str = "float32") -> Supervised:
    """A classifier as a worker of its own builds it: Keras counts names from the start, chance from the seed."""
    import keras

    from core.training.supervised import Supervised

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(config.seed)
    return Supervised(FAMILY, config, prepared(), policy)
