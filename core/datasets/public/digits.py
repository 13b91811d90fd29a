"""Scikit-learn's handwritten digits: 1,797 of 8x8 pixels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from core.datasets import features
from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.public.mnist import DIGITS
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.settings import Settings

SEED = 0
TEST_SIZE = 360
SIDE = 28
_COUNTS = (142, 146, 142, 146, 145, 145, 145, 143, 139, 144)  # of each digit, by our split

_PROGRAM = f"""\
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

x, y = load_digits(return_X_y=True)  # 1,797 digits of 8x8 pixels, 0-16
x = [Image.fromarray((image * 255 / 16).astype("uint8")).resize(({SIDE}, {SIDE})) for image in x.reshape(-1, 8, 8)]
x_train, x_test, y_train, y_test = train_test_split(
    np.stack(x)[..., None], y, test_size={TEST_SIZE}, stratify=y, random_state={SEED}
)
"""


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)  # (1797, 64) float, 0-16
    small = (x.reshape(-1, 8, 8) * 255 / 16).astype(np.uint8)
    large = np.stack([np.asarray(Image.fromarray(image).resize((SIDE, SIDE))) for image in small])[..., None]
    x_train, x_test, y_train, y_test = train_test_split(
        large, y.astype(np.int64), test_size=TEST_SIZE, stratify=y, random_state=SEED
    )
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


DIGITS_8X8 = Dataset(
    id="digits_8x8",
    title="Small digits, 1,797",
    spec=DataSpec(features.Image(SIDE, SIDE, 1), Classes(DIGITS, _COUNTS), 1797 - TEST_SIZE, TEST_SIZE),
    split=f"Our fixed split: {TEST_SIZE} test images with equal shares of each digit. "
    f"The images have 8x8 pixels and are enlarged to {SIDE}x{SIDE}.",
    source="Alpaydin and Kaynak, optical recognition of handwritten digits (UCI), shipped with scikit-learn",
    licence="CC BY 4.0",
    load=_load,
    program=_PROGRAM,
    split_seed=SEED,
)
