"""What reading makes of the files that somebody has brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.datasets.classes.labels import only_tested
from core.datasets.classes.names import safe_names
from core.datasets.dataset import Arrays
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, count_labels

MOST_LISTED = 100  # of each list of what was found
SIZES = ("train_sizes", "test_sizes")


@dataclass(frozen=True)
class Built:
    """What was made of raw files.

    Args:
        arrays: `x_train y_train x_test y_test`; none of what is only described yet.
        spec: What they are.
        notes: What reading has found, as the card keeps it; its `said` is a list of sentences for the page.
        options: What reading has settled, to stand on the card beside what was asked for.
        rows: Rows of the images as they were read that are trained and tested on.
        sizes: Height and width of the originals, `train_sizes` and `test_sizes` (n, 2), if they are known.
    """

    arrays: Arrays
    spec: DataSpec | None
    notes: dict[str, Any] = field(default_factory=dict)
    rows: tuple[np.ndarray, ...] = ()
    sizes: dict[str, np.ndarray] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


def of_images(arrays: Arrays, classes: Sequence[str], notes: Mapping[str, Any], **more: Any) -> Built:
    """Return what was made of images.

    Args:
        arrays: `x_train y_train x_test y_test`, uint8 (n, height, width, channels) and int64 (n,).
        classes: Their names.
        notes, more: As of `Built`.
    """
    names = safe_names(classes)
    sizes = (len(arrays[f"y_{part}"]) for part in ("train", "test"))
    counts = count_labels(arrays["y_train"], len(names))
    spec = DataSpec(Image(*arrays["x_train"].shape[1:]), Classes(names, counts), *sizes)
    said = [*notes.get("said", []), *only_tested(arrays["y_train"], arrays["y_test"], names)]
    return Built(arrays, spec, {**notes, "said": said}, **more)


def listed(left_out: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return (name, why) of what was left out, as the notes of a card keep it."""
    return {"skipped": list(left_out[:MOST_LISTED]), "skipped_count": len(left_out)}


def cut(found: dict[str, Any]) -> dict[str, Any]:
    """Keep as much of each list as a page shows, and its full length."""
    counts = {f"{name}_count": len(value) for name, value in found.items() if isinstance(value, tuple | list)}
    cut = {name: value[:MOST_LISTED] if isinstance(value, tuple | list) else value for name, value in found.items()}
    return {**cut, **counts}
