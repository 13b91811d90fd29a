"""The result of reading a visitor's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from core.datasets.classes.labels import only_tested
from core.datasets.classes.names import safe_names
from core.datasets.dataset import Arrays
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, count_labels

MOST_LISTED = 100  # entries of each list of findings
SIZES = ("train_sizes", "test_sizes")


@dataclass(frozen=True)
class Built:
    """Arrays and findings from raw files.

    Args:
        arrays: `x_train y_train x_test y_test`; empty if the data is only described.
        spec: Spec of the arrays; None if there are none.
        notes: Findings for the card; its `said` is a list of sentences for the page.
        options: Options that were settled while reading, for the card.
        rows: Indices of the training and the test images among the images as read.
        sizes: Height and width of the originals, `train_sizes` and `test_sizes` (n, 2), if known.
    """

    arrays: Arrays
    spec: DataSpec | None
    notes: dict[str, Any] = field(default_factory=dict)
    rows: tuple[np.ndarray, ...] = ()
    sizes: dict[str, np.ndarray] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


def of_images(
    arrays: Arrays,
    classes: Sequence[str],
    notes: Mapping[str, Any],
    groups: Sequence[int] | np.ndarray = (),
    **more: Any,
) -> Built:
    """Return the result for images.

    Args:
        arrays: `x_train y_train x_test y_test`, uint8 (n, height, width, channels) and int64 (n,).
        classes: Names of the classes.
        groups: Number of each training image's group, the same for neighbours; empty if each stands alone.
        notes, more: Fields of `Built`.
    """
    names = safe_names(classes)
    train_size, test_size = (len(arrays[f"y_{part}"]) for part in ("train", "test"))
    counts = count_labels(arrays["y_train"], len(names))
    together = groupby(zip(groups, arrays["y_train"].tolist(), strict=True)) if len(groups) else ()
    whole = tuple((label, len(list(rows))) for (_, label), rows in together)
    image = Image(*arrays["x_train"].shape[1:])
    spec = DataSpec(image, Classes(names, counts), train_size, test_size, whole)
    said = [*notes.get("said", []), *only_tested(arrays["y_train"], arrays["y_test"], names)]
    return Built(arrays, spec, {**notes, "said": said}, **more)


def listed(left_out: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the card's notes about what was left out, from (name, reason) of each."""
    return {"skipped": list(left_out[:MOST_LISTED]), "skipped_count": len(left_out)}


def cut(found: dict[str, Any]) -> dict[str, Any]:
    """Cut each list to the length that the page shows, and add its full length."""
    counts = {f"{name}_count": len(value) for name, value in found.items() if isinstance(value, tuple | list)}
    cut = {name: value[:MOST_LISTED] if isinstance(value, tuple | list) else value for name, value in found.items()}
    return {**cut, **counts}
