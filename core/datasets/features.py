"""What one example looks like: all that a network needs to know of what comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

AXES = ("x", "y")  # of the plane


@dataclass(frozen=True)
class Image:
    """A picture: uint8 (height, width, channels), 0 to 255; one channel is grey, three are red, green and blue."""

    height: int
    width: int
    channels: int

    KIND: ClassVar[str] = "image"
    dtype: ClassVar[str] = "uint8"
    noun: ClassVar[str] = "image"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return self.height, self.width, self.channels

    def to_dict(self) -> dict[str, object]:
        """Return JSON's view."""
        return {"kind": self.KIND, **vars(self)}


@dataclass(frozen=True)
class Column:
    """One column of a table, or one coordinate of a point.

    Args:
        name: As its file calls it.
        values: The words that it holds, each of which becomes a number that is 0 or 1; none for a column of numbers.
        mean, spread: Mean and standard deviation of its numbers over the training examples; a network scales by them.
    """

    name: str
    values: tuple[str, ...] = ()
    mean: float = 0.0
    spread: float = 1.0

    @property
    def numbers(self) -> tuple[str, ...]:
        """Name of each number that it becomes."""
        return tuple(f"{self.name} = {value}" for value in self.values) or (self.name,)


@dataclass(frozen=True)
class Vector:
    """A list of numbers, float32 (n,): a row of a table, or a point of the plane."""

    columns: tuple[Column, ...]

    KIND: ClassVar[str] = "vector"
    dtype: ClassVar[str] = "float32"

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each number."""
        return tuple(name for column in self.columns for name in column.numbers)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return (len(self.names),)

    @property
    def is_point(self) -> bool:
        """Whether it is a point of the plane, and can be drawn as one."""
        return self.names == AXES

    @property
    def noun(self) -> str:
        """What one example is, in a word."""
        return "point" if self.is_point else "row"

    def to_dict(self) -> dict[str, object]:
        """Return JSON's view."""
        return {"kind": self.KIND, "columns": [vars(column) for column in self.columns]}


PLANE = Vector(tuple(Column(axis) for axis in AXES))
Features = Image | Vector


def features_from(values: Mapping[str, Any]) -> Features:
    """Return what `to_dict` has written.

    Raises:
        KeyError, TypeError, ValueError: It is something else.
    """
    if values["kind"] == Image.KIND:
        return Image(**{part.name: int(values[part.name]) for part in fields(Image)})
    if values["kind"] == Vector.KIND:
        return Vector(tuple(Column(**{**column, "values": tuple(column["values"])}) for column in values["columns"]))
    raise ValueError(f"there are no features of the kind {values['kind']!r}")
