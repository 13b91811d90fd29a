"""Arrays with Keras' or MedMNIST's names in one `.npz`; also the kind of drawn points and GAN samples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.datasets.archives.archives import LIMITS
from core.datasets.arrays.files import plan_arrays, read_arrays
from core.datasets.classes.labels import MOST_CLASSES
from core.datasets.dataset import Progress
from core.datasets.own.built import Built, of_images
from core.datasets.own.kinds.files import only_file
from core.datasets.own.kinds.kind import DataKind

WAY = "Arrays or pixels"
ARRAY_LIMITS = (
    "Pixels from 0 to 255, 0 to 1 or -1 to 1, of 10 to 16 bits, or true and false. Labels are numbers, words or "
    f"one-hot rows. The page shows what was recognised. At most {MOST_CLASSES} classes and {LIMITS.archive_mb} MB."
)


def read_own_arrays(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Read images and labels that are already split into training and test.

    Args:
        place: Folder of the one file.
        options: `name` of the file, if known.
        progress: Receives the current step.

    Raises:
        DatasetError: The file does not hold images with labels.
    """
    progress("reading the arrays", 0.1)
    path, called = only_file(place), options.get("name", "the file")
    plan = plan_arrays(path, called)
    return of_images(read_arrays(path, called, plan), plan.labels.classes, {"said": list(plan.said)})


KIND = DataKind(
    id="arrays",
    title="Arrays",
    takes="a .npz file",
    way=WAY,
    asks="`.npz`: `x_train`, `y_train`, `x_test`, `y_test` as in Keras, or `train_images`, `train_labels`, "
    "`test_images`, `test_labels` as in MedMNIST.",
    limits=ARRAY_LIMITS,
    suffixes=(".npz",),
    read=read_own_arrays,
    page="pages._ui.data.kinds.images:VIEW",
)
