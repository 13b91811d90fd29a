"""MNIST-1D: ten shapes as curves of 40 numbers, moved, stretched and noisy, made by its own package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import Column, Series
from core.datasets.public.mnist import DIGITS
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.settings import Settings

STEPS, TRAIN, TEST = 40, 4_000, 1_000
_COUNTS = (398, 396, 411, 394, 394, 402, 401, 404, 402, 398)  # of each digit

_PROGRAM = """\
from mnist1d.data import get_dataset_args, make_dataset  # pip install mnist1d

made = make_dataset(get_dataset_args())
x_train, x_test = (made[name][..., None].astype("float32") for name in ("x", "x_test"))
y_train, y_test = (made[name].astype("int64") for name in ("y", "y_test"))
keras.utils.set_random_seed(SEED)  # it has set one of its own"""


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    from mnist1d.data import get_dataset_args, make_dataset

    made = make_dataset(get_dataset_args())
    x_train, x_test = (made[name][..., None].astype(np.float32) for name in ("x", "x_test"))
    y_train, y_test = (made[name].astype(np.int64) for name in ("y", "y_test"))
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


MNIST1D = Dataset(
    id="mnist1d",
    title="MNIST-1D: ten curves",
    spec=DataSpec(Series((Column("height"),), STEPS), Classes(DIGITS, _COUNTS), TRAIN, TEST),
    split=f"The authors' split: {TRAIN:,} training and {TEST:,} test curves.",
    source="Greydanus and Kobak, Scaling down deep learning with MNIST-1D, 2024; package mnist1d",
    licence="Apache-2.0",
    load=_load,
    program=_PROGRAM,
)
