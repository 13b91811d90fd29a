"""The shape of a data set, all that a network needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.datasets.features import PLANE, Features, Image, features_from
from core.datasets.targets import Classes, Nothing, Target, target_from
from core.errors import DatasetError


@dataclass(frozen=True)
class DataSpec:
    """What one example looks like, what is to be learned of it, and how many there are.

    Args:
        features: What comes into a network.
        target: What should come out.
        train_size: Number of training examples.
        test_size: Number of test examples, which nothing is ever trained on.
    """

    features: Features
    target: Target
    train_size: int
    test_size: int

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return self.features.shape

    @property
    def dtype(self) -> str:
        """Type of the examples."""
        return self.features.dtype

    @property
    def is_image(self) -> bool:
        """Whether an example is an image."""
        return isinstance(self.features, Image)

    @property
    def kind(self) -> str:
        """What the examples are, in a word."""
        return f"{self.features.noun}s"

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the labels; none if something else is to be learned."""
        return self.target.names if isinstance(self.target, Classes) else ()

    @property
    def num_classes(self) -> int:
        """How many classes there are; 0 if something else is to be learned."""
        return len(self.classes)

    @property
    def train_counts(self) -> tuple[int, ...]:
        """Training examples of each class; empty where nobody has counted."""
        return self.target.train_counts if isinstance(self.target, Classes) else ()

    def to_dict(self) -> dict[str, object]:
        """Return JSON's view."""
        return {**vars(self), "features": self.features.to_dict(), "target": self.target.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DataSpec:
        """Return what `to_dict` has written, here or before there were features and targets.

        Raises:
            KeyError, TypeError, ValueError: It is something else.
        """
        if "features" in values:
            features, target = features_from(values["features"]), target_from(values["target"])
        else:
            features, target = _as_it_was(values)
        return cls(features, target, int(values["train_size"]), int(values["test_size"]))

    def check(self, arrays: Mapping[str, np.ndarray], where: str) -> None:
        """Check that arrays are what this says.

        Args:
            arrays: `x_train y_train x_test y_test`: examples (n, *input_shape) and what is to be learned (n,).
            where: What they come from, for the error.

        Raises:
            DatasetError: One of them has another shape, type or label.
        """
        for part, size in (("train", self.train_size), ("test", self.test_size)):
            _check(arrays, f"x_{part}", (size, *self.input_shape), np.dtype(self.dtype), where)
            _check(arrays, f"y_{part}", (size,), np.dtype(self.target.dtype), where)
        self.target.check({name: arrays[name] for name in ("y_train", "y_test")}, self.kind, where)


def _as_it_was(values: Mapping[str, Any]) -> tuple[Features, Target]:
    """Read what was written when an example was an image or a point, and had a class."""
    shape, names, counts = values["input_shape"], tuple(values["classes"]), tuple(values.get("train_counts", ()))
    if len(shape) == 3:
        return Image(*map(int, shape)), Classes(names, counts)
    return PLANE, Nothing()


def _check(arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...], dtype: np.dtype, where: str) -> None:
    found = arrays[name]
    if found.shape != shape or found.dtype != dtype:
        raise DatasetError(
            f"{where}: {name} is not what it should be",
            expected=f"{dtype.name} {shape}",
            received=f"{found.dtype} {found.shape}",
        )
