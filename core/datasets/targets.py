"""What there is to learn of each example, and to judge a network by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.errors import DatasetError


@dataclass(frozen=True)
class Classes:
    """One of a few classes: int64 (n,), places in `names`.

    Args:
        names: Of the classes, in the order of the labels.
        train_counts: Training examples of each class; empty where nobody has counted.
    """

    names: tuple[str, ...]
    train_counts: tuple[int, ...] = ()

    KIND: ClassVar[str] = "classes"
    dtype: ClassVar[str] = "int64"

    def check(self, labels: Mapping[str, np.ndarray], noun: str, where: str) -> None:
        """Check `y_train` and `y_test`.

        Args:
            labels: Both, of the right type and length.
            noun: What the examples are, in plural.
            where: What they come from, for the error.

        Raises:
            DatasetError: There is a label of no class, or another number of examples than was counted.
        """
        for name, found in labels.items():
            if found.min() < 0 or found.max() >= len(self.names):
                raise DatasetError(
                    f"{where}: {name} has labels of no class",
                    expected=f"0 to {len(self.names) - 1}",
                    received=f"{found.min()} to {found.max()}",
                )
        if self.train_counts:
            counted = count_labels(labels["y_train"], len(self.names))
            for name, expected, received in zip(self.names, self.train_counts, counted, strict=True):
                if expected != received:
                    raise DatasetError(
                        f"{where}: y_train has another number of {noun} of class {name!r} than it should",
                        expected=f"{expected:,}",
                        received=f"{received:,}",
                    )

    def to_dict(self) -> dict[str, object]:
        """Return JSON's view."""
        return {"kind": self.KIND, **vars(self)}


@dataclass(frozen=True)
class Number:
    """A number: float32 (n,).

    Args:
        name: What it is, as its file calls it.
        unit: Of what is measured; empty where nobody says.
        mean, spread: Mean and standard deviation over the training examples; a network answers in units of them.
    """

    name: str
    unit: str = ""
    mean: float = 0.0
    spread: float = 1.0

    KIND: ClassVar[str] = "number"
    dtype: ClassVar[str] = "float32"

    def check(self, labels: Mapping[str, np.ndarray], noun: str, where: str) -> None:
        """Check `y_train` and `y_test`.

        Raises:
            DatasetError: One of them holds what is no number.
        """
        for name, found in labels.items():
            if not np.isfinite(found).all():
                raise DatasetError(
                    f"{where}: {name} holds what is no number", expected=f"a number for each of the {noun}"
                )

    def to_dict(self) -> dict[str, object]:
        """Return JSON's view."""
        return {"kind": self.KIND, **vars(self)}


@dataclass(frozen=True)
class Nothing:
    """Nothing: examples to be imitated. Its array is zeros, int64 (n,)."""

    KIND: ClassVar[str] = "nothing"
    dtype: ClassVar[str] = "int64"

    def check(self, labels: Mapping[str, np.ndarray], noun: str, where: str) -> None:
        """Check nothing."""

    def to_dict(self) -> dict[str, object]:
        """Return JSON's view."""
        return {"kind": self.KIND}


Target = Classes | Number | Nothing


def target_from(values: Mapping[str, Any]) -> Target:
    """Return what `to_dict` has written.

    Raises:
        KeyError, TypeError, ValueError: It is something else.
    """
    given = {name: value for name, value in values.items() if name != "kind"}
    if values["kind"] == Classes.KIND:
        return Classes(tuple(given["names"]), tuple(given["train_counts"]))
    if values["kind"] == Number.KIND:
        return Number(**given)
    if values["kind"] == Nothing.KIND:
        return Nothing()
    raise ValueError(f"there is no target of the kind {values['kind']!r}")


def count_labels(labels: np.ndarray, num_classes: int) -> tuple[int, ...]:
    """Return how many examples each class has, from labels int (n,)."""
    return tuple(np.bincount(labels, minlength=num_classes).tolist())
