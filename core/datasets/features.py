"""The inputs of a network: the type and shape of one example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from core.datasets.series.clock import Clock
from core.datasets.sounds.hearing import Hearing
from core.datasets.texts.tokens import CHARACTER, WORD, parts_of, places_of

AXES = ("x", "y")  # of the plane
MISSING = "□"  # how a character that is not in the vocabulary is written


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
        """Return a JSON-compatible dict."""
        return {"kind": self.KIND, **vars(self)}


@dataclass(frozen=True)
class Column:
    """One column of a table, or one coordinate of a point.

    Args:
        name: Name in the file.
        values: Its distinct words, which are one-hot encoded; empty for a column of numbers.
        mean, spread: Mean and standard deviation over the training examples; a network standardises with them.
        offset, divisor: What a network scales with instead, (number - offset) / divisor.
        fill: What an empty cell counts as, a number or one of `values`; None: an empty cell is refused.
        other: The one of `values` that stands for all words that are none of them; empty: such words are refused.
        date: How dates become numbers or words, an id of `core.datasets.tables.dates`; empty: it holds no dates.
    """

    name: str
    values: tuple[str, ...] = ()
    mean: float = 0.0
    spread: float = 1.0
    offset: float | None = None
    divisor: float | None = None
    fill: float | str | None = None
    other: str = ""
    date: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers that encode it."""
        return tuple(f"{self.name} = {value}" for value in self.values) or (self.name,)

    @property
    def scaling(self) -> tuple[float, float]:
        """What a network subtracts from its numbers, and then divides them by."""
        return (
            self.mean if self.offset is None else self.offset,
            self.spread if self.divisor is None else self.divisor,
        )


@dataclass(frozen=True)
class Vector:
    """A list of numbers, float32 (n,): a row of a table, or a point of the plane."""

    columns: tuple[Column, ...]

    KIND: ClassVar[str] = "vector"
    dtype: ClassVar[str] = "float32"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return tuple(name for column in self.columns for name in column.numbers)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return (len(self.names),)

    @property
    def is_point(self) -> bool:
        """Whether it is a point of the plane, which figures can draw."""
        return self.names == AXES

    @property
    def noun(self) -> str:
        """One example, as a noun."""
        return "point" if self.is_point else "row"

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-compatible dict."""
        return {"kind": self.KIND, "columns": [vars(column) for column in self.columns]}


@dataclass(frozen=True)
class Series:
    """Numbers measured at equal intervals, float32 (length, columns).

    Args:
        columns: What is measured at each step.
        length: Steps.
        period: Steps after which it about repeats; 0 if it does not, or nobody knows.
        clock: When the steps of one long series were measured, whose consecutive pieces the examples are, in order of
            time, those for testing last; None if each example stands alone.
        horizon: Steps from the last one of a piece to the one that is to be forecast.
        hearing: How a sound becomes such a series; None if it is none.
        above_zero: Whether all its numbers are known to be above 0, so that they have logarithms.
    """

    columns: tuple[Column, ...]
    length: int
    period: int = 0
    clock: Clock | None = None
    horizon: int = 1
    hearing: Hearing | None = None
    above_zero: bool = False

    KIND: ClassVar[str] = "series"
    dtype: ClassVar[str] = "float32"

    @property
    def noun(self) -> str:
        """One example, as a noun."""
        return "sequence" if self.hearing is None else "sound"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return self.length, len(self.columns)

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-compatible dict."""
        parts = {name: part and vars(part) for name, part in (("clock", self.clock), ("hearing", self.hearing))}
        return {"kind": self.KIND, **vars(self), "columns": [vars(column) for column in self.columns], **parts}


@dataclass(frozen=True)
class Tokens:
    """A piece of text: int32 (length,), indices into the vocabulary. A shorter text has zeros before it.

    Args:
        vocabulary: Tokens by index. The first, "", stands before a short text, and for tokens that are missing.
        length: Tokens of an example.
        unit: What a token is, one of `core.datasets.texts.tokens.UNITS`.
    """

    vocabulary: tuple[str, ...]
    length: int
    unit: str = CHARACTER

    KIND: ClassVar[str] = "tokens"
    dtype: ClassVar[str] = "int32"
    noun: ClassVar[str] = "text"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return (self.length,)

    def encode(self, text: str) -> list[int]:
        """Return the indices of all tokens of a text; 0 for those that are not in the vocabulary."""
        place = places_of(self.vocabulary)
        return [place.get(part, 0) for part in parts_of(text, self.unit, place)]

    def decode(self, tokens: Iterable[int]) -> str:
        """Return the text of tokens, with a box for what is not in the vocabulary."""
        return "".join(self.signs(tokens))

    def signs(self, tokens: Iterable[int]) -> tuple[str, ...]:
        """Return the text of each token, all of which joined are `decode`."""
        return self._apart(self.vocabulary[token] or MISSING for token in tokens)

    def typed(self, text: str) -> tuple[str, ...]:
        """Return the part of a text that each of its tokens stands for, whether it is in the vocabulary or not."""
        return self._apart(parts_of(text, self.unit, places_of(self.vocabulary)))

    def _apart(self, parts: Iterable[str]) -> tuple[str, ...]:
        between = " " if self.unit == WORD else ""
        return tuple(f"{between}{part}" if number else part for number, part in enumerate(parts))

    def example(self, text: str) -> list[int]:
        """Return the last `length` tokens of a text, with zeros before a short one."""
        found = self.encode(text)[-self.length :]
        return [0] * (self.length - len(found)) + found

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-compatible dict."""
        return {"kind": self.KIND, **vars(self)}


PLANE = Vector(tuple(Column(axis) for axis in AXES))
Features = Image | Vector | Series | Tokens


def features_from(values: Mapping[str, Any]) -> Features:
    """Return the features from the dict that `to_dict` returned.

    Raises:
        KeyError, TypeError, ValueError: The dict has another format.
    """
    if values["kind"] == Image.KIND:
        return Image(**{part.name: int(values[part.name]) for part in fields(Image)})
    if values["kind"] == Vector.KIND:
        return Vector(_columns(values["columns"]))
    if values["kind"] == Series.KIND:
        return Series(
            _columns(values["columns"]),
            int(values["length"]),
            int(values["period"]),
            Clock.from_dict(values.get("clock")),
            int(values.get("horizon", 1)),
            Hearing.from_dict(values.get("hearing")),
            bool(values.get("above_zero")),
        )
    if values["kind"] == Tokens.KIND:
        return Tokens(tuple(values["vocabulary"]), int(values["length"]), str(values.get("unit", CHARACTER)))
    raise ValueError(f"there are no features of the kind {values['kind']!r}")


def _columns(values: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    return tuple(Column(**{**column, "values": tuple(column["values"])}) for column in values)
