"""Fashion-MNIST: photos of clothes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress, Remote
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.errors import DatasetError
from core.settings import Settings

SIDE = 28
CLASSES = ("T-shirt", "Trousers", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_BASE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
# Keras downloads from here without checking. Checksums: github.com/zalandoresearch/fashion-mnist.
_FILES = {
    "x_train": Remote(
        "train-images-idx3-ubyte.gz",
        f"{_BASE}train-images-idx3-ubyte.gz",
        "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        26.4,
    ),
    "y_train": Remote(
        "train-labels-idx1-ubyte.gz",
        f"{_BASE}train-labels-idx1-ubyte.gz",
        "md5:25c81989df183df01b3e8a0aad5dffbe",
        0.03,
    ),
    "x_test": Remote(
        "t10k-images-idx3-ubyte.gz", f"{_BASE}t10k-images-idx3-ubyte.gz", "md5:bef4ecab320f06d8554ea6380940ec79", 4.4
    ),
    "y_test": Remote(
        "t10k-labels-idx1-ubyte.gz", f"{_BASE}t10k-labels-idx1-ubyte.gz", "md5:bb300cfdad3c16e7a12a480ee83cd310", 0.01
    ),
}
_PROGRAM = """\
(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()  # downloaded once to ~/.keras
x_train, x_test = x_train[..., None], x_test[..., None]  # one channel: grey
"""


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    return {name: _read(files[file.name], name[0] == "x") for name, file in _FILES.items()}


def _read(path: Path, is_images: bool) -> np.ndarray:
    """Read a file in LeCun's IDX format: a header of 16 bytes for images or 8 for labels, then the data."""
    try:
        with gzip.open(path) as file:
            values = np.frombuffer(file.read(), np.uint8, offset=16 if is_images else 8)
        return values.reshape(-1, SIDE, SIDE, 1) if is_images else values.astype(np.int64)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DatasetError(f"{path.name} cannot be read as Fashion-MNIST", received=str(error)) from error


FASHION_MNIST = Dataset(
    id="fashion_mnist",
    title="Fashion-MNIST, clothes",
    spec=DataSpec(Image(SIDE, SIDE, 1), Classes(CLASSES, (6000,) * 10), train_size=60_000, test_size=10_000),
    split="Its own split: 60,000 training images, 10,000 test images.",
    source="Zalando Research",
    licence="MIT",
    load=_load,
    program=_PROGRAM,
    files=tuple(_FILES.values()),
)
