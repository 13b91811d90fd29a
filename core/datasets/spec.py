"""The spec of a data set: everything that a network needs to know about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.datasets.features import PLANE, Features, Image, Series, features_from
from core.datasets.targets import Classes, NextToken, Nothing, Target, TokenSequence, target_from
from core.errors import DatasetError


@dataclass(frozen=True)
class DataSpec:
    """The features and target of an example, and the number of examples.

    Args:
        features: Inputs of a network.
        target: Desired output.
        train_size: Number of training examples.
        test_size: Number of test examples, which are never trained on.
        groups: Class and number of the training examples that no split may part, like the photos of a burst: all
            training examples, in their order. Empty if each stands alone.
    """

    features: Features
    target: Target
    train_size: int
    test_size: int
    groups: tuple[tuple[int, int], ...] = ()

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return self.features.shape

    @property
    def dtype(self) -> str:
        """Data type of the examples."""
        return self.features.dtype

    @property
    def is_image(self) -> bool:
        """Whether an example is an image."""
        return isinstance(self.features, Image)

    @property
    def kind(self) -> str:
        """The examples, as a plural noun."""
        return f"{self.features.noun}s"

    @property
    def overlap(self) -> int:
        """Examples before one that share steps with it, those of its forecast included; 0 if each stands alone."""
        if not isinstance(self.features, Series) or self.features.clock is None:
            return 0
        return self.features.length + self.features.horizon - 1

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the labels; empty for other targets."""
        return self.target.names if isinstance(self.target, Classes) else ()

    @property
    def is_recited(self) -> bool:
        """Whether a network that learns it writes text, and so can say by heart what it learned from."""
        return isinstance(self.target, NextToken | TokenSequence)

    @property
    def num_classes(self) -> int:
        """Number of classes; 0 for other targets."""
        return len(self.classes)

    @property
    def drawn(self) -> tuple[int, tuple[tuple[int, int], ...], int]:
        """On which the draw of the rows to learn from depends: number of classes, groups and overlap."""
        return self.num_classes, self.groups, self.overlap

    @property
    def train_counts(self) -> tuple[int, ...]:
        """Training examples of each class; empty if not counted."""
        return self.target.train_counts if isinstance(self.target, Classes) else ()

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-compatible dict."""
        return {**vars(self), "features": self.features.to_dict(), "target": self.target.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DataSpec:
        """Return the spec from a dict of `to_dict`, in the present format or the one before features and targets.

        Raises:
            KeyError, TypeError, ValueError: The dict has another format.
        """
        if "features" in values:
            features, target = features_from(values["features"]), target_from(values["target"])
        else:
            features, target = _as_it_was(values)
        groups = tuple((int(label), int(count)) for label, count in values.get("groups", ()))
        return cls(features, target, int(values["train_size"]), int(values["test_size"]), groups)

    def check(self, arrays: Mapping[str, np.ndarray], where: str) -> None:
        """Check that arrays match this spec.

        Args:
            arrays: `x_train y_train x_test y_test`: examples (n, *input_shape) and targets
                (n, *target.shape).
            where: Origin of the arrays, for the error.

        Raises:
            DatasetError: An array has the wrong shape, type or labels.
        """
        for part, size in (("train", self.train_size), ("test", self.test_size)):
            _check(arrays, f"x_{part}", (size, *self.input_shape), np.dtype(self.dtype), where)
            _check(arrays, f"y_{part}", (size, *self.target.shape), np.dtype(self.target.dtype), where)
        self.target.check({name: arrays[name] for name in ("y_train", "y_test")}, self.kind, where)
        if self.groups and not np.array_equal(np.repeat(*np.transpose(self.groups)), arrays["y_train"]):
            raise DatasetError(f"{where}: the groups of training {self.kind} differ from their labels")


def _as_it_was(values: Mapping[str, Any]) -> tuple[Features, Target]:
    """Read the older format, in which an example was an image with a class or a point."""
    shape, names, counts = values["input_shape"], tuple(values["classes"]), tuple(values.get("train_counts", ()))
    if len(shape) == 3:
        return Image(*map(int, shape)), Classes(names, counts)
    return PLANE, Nothing()


def _check(arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...], dtype: np.dtype, where: str) -> None:
    found = arrays[name]
    if found.shape != shape or found.dtype != dtype:
        raise DatasetError(
            f"{where}: {name} has the wrong type or shape",
            expected=f"{dtype.name} {shape}",
            received=f"{found.dtype} {found.shape}",
        )
