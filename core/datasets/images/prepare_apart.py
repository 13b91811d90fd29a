"""Prepare a picture for the networks of a data set in a separate process.

python -m core.datasets.images.prepare_apart DATASET NAME < FILE
"""

from __future__ import annotations

import sys

import numpy as np

from core.datasets.apart import read_apart, tell
from core.datasets.archives.zips import short
from core.datasets.dataset import Dataset
from core.datasets.images.prepare_image import prepare_image
from core.datasets.registry import find_dataset
from core.settings import Settings


def prepare_image_apart(settings: Settings, data: bytes, name: str, dataset: Dataset) -> np.ndarray:
    """Run `prepare_image` in a separate process with limits.

    Returns:
        uint8 (height, width, channels).

    Raises:
        DatasetError: As in `prepare_image`, or decoding takes too long or too much memory.
    """
    module, fix = "core.datasets.images.prepare_apart", "Save it smaller, as plain JPEG or PNG."
    return read_apart(module, dataset.id, short(name), name=name, fix=fix, data=data, settings=settings)["image"]


def main(dataset_id: str, name: str) -> None:
    """Prepare a picture within limits."""

    def read() -> dict[str, np.ndarray]:
        dataset = find_dataset(Settings.from_environment(), dataset_id)
        return {"image": prepare_image(sys.stdin.buffer.read(), name, dataset)}

    tell(read)


if __name__ == "__main__":
    main(*sys.argv[1:])
