"""Lists of blocks as one setting, such as the layers of a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from core.config.fields import Bounded, Fields, wrong


@dataclass(frozen=True)
class Blocks:
    """An ordered list of blocks, written `conv:32:3:relu,pool:max:2,dense:128`."""

    kinds: tuple[type[Block], ...]
    most: int
    label: str
    help: str

    def check(self, name: str, value: object) -> tuple[Block, ...]:
        """Return `value` as a tuple of blocks; accept a list of texts from JSON too.

        Raises:
            ConfigError: An entry is not a block of these kinds, or there are too many.
        """
        if not isinstance(value, list | tuple) or len(value) > self.most:
            raise wrong(name, self.expected(), value)
        return tuple(self._block(name, entry) for entry in value)

    def parse(self, name: str, text: str) -> tuple[Block, ...]:
        """Parse `conv:32,dense:128`; empty text is an empty list."""
        return self.check(name, text.split(",") if text else [])

    def format(self, value: Sequence[Block]) -> str:
        """Return text that `parse` turns back into the same blocks."""
        return ",".join(block.to_text() for block in value)

    def say(self, value: Sequence[Block]) -> str:
        """Return the number of layers in words."""
        return "1 layer" if len(value) == 1 else f"{len(value)} layers"

    def expected(self) -> str:
        """Describe the allowed values."""
        names = ", ".join(kind.kind for kind in self.kinds)
        example = ",".join(kind().to_text() for kind in self.kinds[:2])
        return f"at most {self.most} blocks of the kinds {names}, such as {example}"

    def _block(self, name: str, entry: object) -> Block:
        if isinstance(entry, self.kinds):
            return entry
        word, *values = str(entry).strip().split(":")
        for kind in self.kinds:
            if kind.kind == word:
                return kind.from_texts(name, values)
        raise wrong(name, self.expected(), entry)


def blocks(
    default: tuple[Block, ...],
    kinds: tuple[type[Block], ...],
    *,
    most: int,
    label: str,
    help: str,
) -> Any:
    """Declare a field that holds a list of at most `most` blocks."""
    return dataclasses.field(default=default, metadata={"field": Blocks(kinds, most, label, help)})


@dataclass(frozen=True)
class Block(Fields):
    """One entry of a list of layers, written as its kind and its values, joined by colons."""

    kind: ClassVar[str]
    title: ClassVar[str]  # shown to users

    @property
    def summary(self) -> str:
        """The settings in a few words; empty if there are none."""
        return ""

    def to_text(self) -> str:
        """Return `kind:value:value` with every value, so that old links survive new defaults."""
        texts = [field.format(getattr(self, name)) for name, field in self.fields().items()]
        return ":".join([self.kind, *texts])

    def widened(self, factor: float) -> Self:
        """Return the block with so many times as many units, filters or whatever it has, as far as its bounds allow."""
        widths = {
            name: min(max(round(factor * getattr(self, name)), int(field.low)), int(field.high))
            for name, field in self.fields().items()
            if isinstance(field, Bounded) and field.is_width
        }
        return dataclasses.replace(self, **widths)

    @classmethod
    def from_texts(cls, name: str, texts: list[str]) -> Self:
        """Create a block of this kind from the texts of its values.

        Raises:
            ConfigError: There are too many values, or one of them is wrong.
        """
        fields = cls.fields()
        if len(texts) > len(fields):
            shape = ":".join([cls.kind, *fields])
            raise wrong(name, f"{cls.kind} written as {shape}", ":".join([cls.kind, *texts]))
        pairs = zip(fields.items(), texts, strict=False)
        return cls(**{key: field.parse(f"{name}: {cls.kind} {key}", text) for (key, field), text in pairs})
