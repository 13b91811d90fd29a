"""The shape of a data set, all that a network needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.errors import DatasetError


@dataclass(frozen=True)
class DataSpec:
    """What one example looks like and how many there are.

    Args:
        input_shape: (height, width, channels) of one image, or (coordinates,) of one point.
        classes: Name of each class, in the order of the labels.
        train_size: Number of training examples.
        test_size: Number of test examples, which nothing is ever trained on.
        train_counts: Training examples of each class, in the order of the labels; empty where nobody has counted.
    """

    input_shape: tuple[int, ...]
    classes: tuple[str, ...]
    train_size: int
    test_size: int
    train_counts: tuple[int, ...] = field(default=(), kw_only=True)

    @property
    def is_image(self) -> bool:
        """Whether an example is an image; else it is a point of so many coordinates."""
        return len(self.input_shape) == 3

    @property
    def kind(self) -> str:
        """What the examples are, in a word."""
        return "images" if self.is_image else "points"

    @property
    def dtype(self) -> str:
        """Type of the examples."""
        return "uint8" if self.is_image else "float32"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON's view."""
        return {**vars(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DataSpec:
        """Return what `to_dict` has written."""
        shape, classes, counts = values["input_shape"], values["classes"], values.get("train_counts", ())
        lists = {"input_shape": tuple(shape), "classes": tuple(classes), "train_counts": tuple(counts)}
        return cls(**{**values, **lists})

    def check(self, arrays: Mapping[str, np.ndarray], where: str) -> None:
        """Check that arrays are what this says.

        Args:
            arrays: `x_train y_train x_test y_test`: uint8 images (n, height, width, channels) or float32 points
                (n, coordinates), and int64 labels (n,).
            where: What they come from, for the error.

        Raises:
            DatasetError: One of them has another shape, type or label.
        """
        for part, size in (("train", self.train_size), ("test", self.test_size)):
            _check(arrays, f"x_{part}", (size, *self.input_shape), np.dtype(self.dtype), where)
            _check(arrays, f"y_{part}", (size,), np.dtype(np.int64), where)
            labels = arrays[f"y_{part}"]
            if labels.min() < 0 or labels.max() >= len(self.classes):
                raise DatasetError(
                    f"{where}: y_{part} has labels of no class",
                    expected=f"0 to {len(self.classes) - 1}",
                    received=f"{labels.min()} to {labels.max()}",
                )
        if self.train_counts:
            self._check_counts(arrays["y_train"], where)

    def _check_counts(self, labels: np.ndarray, where: str) -> None:
        pairs = zip(self.classes, self.train_counts, count_labels(labels, len(self.classes)), strict=True)
        for name, expected, received in pairs:
            if expected != received:
                raise DatasetError(
                    f"{where}: y_train has another number of images of class {name!r} than it should",
                    expected=f"{expected:,}",
                    received=f"{received:,}",
                )


def count_labels(labels: np.ndarray, classes: int) -> tuple[int, ...]:
    """Return how many examples each class has, from labels int (n,)."""
    return tuple(np.bincount(labels, minlength=classes).tolist())


def _check(arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...], dtype: np.dtype, where: str) -> None:
    found = arrays[name]
    if found.shape != shape or found.dtype != dtype:
        raise DatasetError(
            f"{where}: {name} is not what it should be",
            expected=f"{dtype.name} {shape}",
            received=f"{found.dtype} {found.shape}",
        )
