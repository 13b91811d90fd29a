"""Prepare a picture for the networks of a data set in a separate process.

    python -m core.datasets.images.prepare_apart DATASET NAME < FILE

Writes an `.npz` file to standard output with `image`, or with `refused`, the four parts of an error.
"""

from __future__ import annotations

import io
import sys

import numpy as np

from core.arrays import read_npz
from core.child_process import LIMIT_S, ask_apart, limit_this_process
from core.datasets.archives.zips import short
from core.datasets.dataset import Dataset
from core.datasets.images.prepare_image import prepare_image
from core.datasets.registry import find_dataset
from core.errors import DatasetError
from core.settings import Settings


def prepare_image_apart(settings: Settings, data: bytes, name: str, dataset: Dataset) -> np.ndarray:
    """Run `prepare_image` in a separate process with limits.

    Returns:
        uint8 (height, width, channels).

    Raises:
        DatasetError: As in `prepare_image`, or decoding takes too long or too much memory.
    """
    module = "core.datasets.images.prepare_apart"
    answer = ask_apart(module, dataset.id, short(name), data=data, settings=settings)
    if answer is None:
        raise DatasetError(
            f"{short(name)} takes too long or too much memory to decode",
            expected=f"at most {LIMIT_S} s",
            fix="Save it smaller, as plain JPEG or PNG.",
        )
    found = read_npz(answer)
    if "refused" in found:
        what, expected, received, fix = map(str, found["refused"])
        raise DatasetError(what, expected=expected, received=received, fix=fix)
    return found["image"]


def main(dataset_id: str, name: str) -> None:
    """Prepare a picture within limits."""
    limit_this_process()
    file, dataset = io.BytesIO(), find_dataset(Settings.from_environment(), dataset_id)
    try:
        np.savez(file, image=prepare_image(sys.stdin.buffer.read(), name, dataset))
    except DatasetError as error:
        np.savez(file, refused=np.array([error.what, error.expected, error.received, error.fix], str))
    sys.stdout.buffer.write(file.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
