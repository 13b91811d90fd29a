"""Images and labels in two `.npy` files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.datasets.dataset import Progress
from core.datasets.own.built import Built
from core.datasets.own.image_split import divided
from core.datasets.own.kinds.arrays import ARRAY_LIMITS, WAY
from core.datasets.own.kinds.files import Sent
from core.datasets.own.kinds.kind import DataKind
from core.datasets.own.uploads import Upload

IMAGES, LABELS = "images.npy", "labels.npy"


def read_own_pair(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Read images and labels, and split them into training and test.

    Args:
        place: Folder of the two files.
        options: `names` of the files, images first; `seed` of the split.
        progress: Receives the current step.

    Raises:
        DatasetError: The files do not hold images with labels.
    """
    from core.datasets.images.pixels import read_npy_pair

    progress("reading the arrays", 0.1)
    pictures = read_npy_pair(place / IMAGES, place / LABELS, options.get("names", ()))
    return divided(pictures, options["seed"], progress)


def send_pair(files: Sequence[Upload]) -> Sent:
    """Return two files to send; the labels are the file named so, else the smaller one."""
    images, labels = sorted(files, key=lambda file: (_is_called_labels(file.name.lower()), -file.size_bytes))
    return Sent({IMAGES: images, LABELS: labels}, {"names": [images.name, labels.name]})


def _is_called_labels(name: str) -> bool:
    return "label" in name or name.startswith("y")


KIND = DataKind(
    id="pair",
    title="Two arrays",
    takes="two .npy files",
    way=WAY,
    asks="Two `.npy` files: images and labels (the file with *label* in its name or starting with *y*, else the "
    "smaller one).",
    limits=ARRAY_LIMITS,
    suffixes=(".npy",),
    count=2,
    sent=send_pair,
    defaults={"seed": 0},
    read=read_own_pair,
    page="pages._ui.data.kinds.images:VIEW",
    hints={".npy": "One .npy file holds only images or labels: give both files."},
)
