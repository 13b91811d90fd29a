"""Make a recording an example of a data set in a separate process.

python -m core.datasets.sounds.hear_apart DATASET NAME < FILE
"""

from __future__ import annotations

import sys

import numpy as np

from core.datasets.apart import read_apart, tell
from core.datasets.archives.zips import short
from core.datasets.dataset import Dataset
from core.datasets.registry import find_dataset
from core.datasets.sounds.ask import hear
from core.settings import Settings


def hear_apart(settings: Settings, data: bytes, name: str, dataset: Dataset) -> np.ndarray:
    """Run `hear` in a separate process with limits.

    Raises:
        DatasetError: As in `hear`, or it takes too long or too much memory.
    """
    module, fix = "core.datasets.sounds.hear_apart", "Save it shorter, as plain WAV."
    return read_apart(module, dataset.id, short(name), name=name, fix=fix, data=data, settings=settings)["heard"]


def main(dataset_id: str, name: str) -> None:
    """Hear a recording within limits."""

    def read() -> dict[str, np.ndarray]:
        features = find_dataset(Settings.from_environment(), dataset_id).spec.features
        return {"heard": hear(sys.stdin.buffer.read(), name, features)}

    tell(read)


if __name__ == "__main__":
    main(*sys.argv[1:])
