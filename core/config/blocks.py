"""Lists of blocks as one setting, such as the layers of a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from core.config.fields import Fields, wrong


@dataclass(frozen=True)
class Blocks:
    """An ordered list of blocks, written `conv:32:3:relu,pool:max:2,dense:128`."""

    kinds: tuple[type[Block], ...]
    most: int
    label: str
    help: str

    def check(self, name: str, value: object) -> tuple[Block, ...]:
        """Return `value` as a tuple of blocks; JSON's list of texts is understood.

        Raises:
            ConfigError: An entry is no block of these kinds, or there are too many.
        """
        if not isinstance(value, list | tuple) or len(value) > self.most:
            raise wrong(name, self.expected(), value)
        return tuple(self._block(name, entry) for entry in value)

    def parse(self, name: str, text: str) -> tuple[Block, ...]:
        """Return the blocks that `text` writes down; empty text is an empty list."""
        return self.check(name, text.split(",") if text else [])

    def format(self, value: Sequence[Block]) -> str:
        """Return the text that `parse` reads back exactly."""
        return ",".join(block.to_text() for block in value)

    def say(self, value: Sequence[Block]) -> str:
        """Return how many there are."""
        return "1 layer" if len(value) == 1 else f"{len(value)} layers"

    def expected(self) -> str:
        """Say in words what the field may hold."""
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
    """One entry of a list of layers; written as its kind and its values, joined by colons."""

    kind: ClassVar[str]
    title: ClassVar[str]  # on the page

    @property
    def summary(self) -> str:
        """What is set, in a few words; empty where nothing can be."""
        return ""

    def to_text(self) -> str:
        """Return `kind:value:value` with every value, so that a new default changes no old link."""
        texts = [field.format(getattr(self, name)) for name, field in self.fields().items()]
        return ":".join([self.kind, *texts])

    @classmethod
    def from_texts(cls, name: str, texts: list[str]) -> Self:
        """Make a block of this kind from the texts of its values.

        Raises:
            ConfigError: There are too many values, or one of them is wrong.
        """
        fields = cls.fields()
        if len(texts) > len(fields):
            shape = ":".join([cls.kind, *fields])
            raise wrong(name, f"{cls.kind} written as {shape}", ":".join([cls.kind, *texts]))
        pairs = zip(fields.items(), texts, strict=False)
        return cls(**{key: field.parse(f"{name}: {cls.kind} {key}", text) for (key, field), text in pairs})
