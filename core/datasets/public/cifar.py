"""CIFAR-10 and CIFAR-100: small colour photos."""

from __future__ import annotations

import pickle
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress, Remote
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.errors import DatasetError
from core.settings import Settings

SIDE = 32
TEN = ("Airplane", "Automobile", "Bird", "Cat", "Deer", "Dog", "Frog", "Horse", "Ship", "Truck")
HUNDRED = tuple(
    """Apple|Aquarium fish|Baby|Bear|Beaver|Bed|Bee|Beetle|Bicycle|Bottle|Bowl|Boy|Bridge|Bus|Butterfly|Camel|Can|Castle
|Caterpillar|Cattle|Chair|Chimpanzee|Clock|Cloud|Cockroach|Couch|Crab|Crocodile|Cup|Dinosaur|Dolphin|Elephant|Flatfish
|Forest|Fox|Girl|Hamster|House|Kangaroo|Keyboard|Lamp|Lawn mower|Leopard|Lion|Lizard|Lobster|Man|Maple tree|Motorcycle
|Mountain|Mouse|Mushroom|Oak tree|Orange|Orchid|Otter|Palm tree|Pear|Pickup truck|Pine tree|Plain|Plate|Poppy|Porcupine
|Possum|Rabbit|Raccoon|Ray|Road|Rocket|Rose|Sea|Seal|Shark|Shrew|Skunk|Skyscraper|Snail|Snake|Spider|Squirrel|Streetcar
|Sunflower|Sweet pepper|Table|Tank|Telephone|Television|Tiger|Tractor|Train|Trout|Tulip|Turtle|Wardrobe|Whale
|Willow tree|Wolf|Woman|Worm""".replace("\n", "").split("|")
)
_ARRAY = {("numpy", "ndarray"), ("numpy", "dtype"), ("numpy.core.multiarray", "_reconstruct")}


class _ArraysOnly(pickle.Unpickler):
    """Unpickler that accepts only arrays, numbers and strings: the files are pickles from 2009."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in _ARRAY:
            raise pickle.UnpicklingError(f"it holds {module}.{name}")
        return super().find_class("numpy._core.multiarray" if name == "_reconstruct" else module, name)


def _load(
    train: Sequence[str], test: str, key: bytes, settings: Settings, files: Mapping[str, Path], progress: Progress
) -> Arrays:
    ((_, path),) = files.items()
    try:
        with tarfile.open(path) as archive:
            batches = [_batch(archive.extractfile(name), key) for name in (*train, test)]
    except (OSError, EOFError, KeyError, ValueError, tarfile.TarError, pickle.UnpicklingError, zlib.error) as error:
        raise DatasetError(f"{path.name} cannot be read as CIFAR", received=str(error)) from error
    *learn, (x_test, y_test) = batches
    x_train, y_train = (np.concatenate(parts) for parts in zip(*learn, strict=True))
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _batch(file: IO[bytes] | None, key: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Read one batch: rows of 3,072 bytes, the red plane first."""
    if file is None:
        raise ValueError("a batch is not a file")
    found = _ArraysOnly(file, encoding="bytes").load()
    images = np.asarray(found[b"data"], np.uint8).reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    return images, np.asarray(found[key], np.int64)


def _program(name: str) -> str:
    return f"""\
(x_train, y_train), (x_test, y_test) = keras.datasets.{name}.load_data()  # downloaded once to ~/.keras
y_train, y_test = y_train[:, 0].astype("int64"), y_test[:, 0].astype("int64")
"""


_FOLDER = "cifar-10-batches-py"
CIFAR10 = Dataset(
    id="cifar10",
    title="CIFAR-10, small colour photos",
    spec=DataSpec(Image(SIDE, SIDE, 3), Classes(TEN, (5000,) * 10), train_size=50_000, test_size=10_000),
    split="Its own split: 50,000 training images, 10,000 test images.",
    source="Krizhevsky 2009, University of Toronto",
    licence="MIT",
    load=partial(_load, [f"{_FOLDER}/data_batch_{n}" for n in range(1, 6)], f"{_FOLDER}/test_batch", b"labels"),
    program=_program("cifar10"),
    files=(
        Remote(
            "cifar-10-python.tar.gz",
            "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            170.5,
        ),
    ),
)
CIFAR100 = Dataset(
    id="cifar100",
    title="CIFAR-100, small colour photos",
    spec=DataSpec(Image(SIDE, SIDE, 3), Classes(HUNDRED, (500,) * 100), train_size=50_000, test_size=10_000),
    split="Its own split: 50,000 training images, 10,000 test images.",
    source="Krizhevsky 2009, University of Toronto",
    licence="MIT",
    load=partial(_load, ["cifar-100-python/train"], "cifar-100-python/test", b"fine_labels"),
    program=_program("cifar100"),
    files=(
        Remote(
            "cifar-100-python.tar.gz",
            "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
            "sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
            169.0,
        ),
    ),
)
