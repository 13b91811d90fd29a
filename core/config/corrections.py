"""Corrections of training labels as one setting: which labels a run replaces, and which examples it leaves out."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.config.fields import wrong
from core.errors import ConfigError

DROP = "drop"  # instead of the right class
MOST = 500  # so that they fit into a link
_CORRECTION = re.compile(rf"([0-9]{{1,10}}):([0-9]{{1,10}}):([0-9]{{1,10}}|{DROP})")


@dataclass(frozen=True, order=True)
class Correction:
    """A training example whose label is wrong.

    Args:
        row: Its row in the training data.
        given: The class that the data gives it.
        right: Its right class; None to leave the example out.
    """

    row: int
    given: int
    right: int | None

    def to_text(self) -> str:
        """Return `row:given:right`, or `row:given:drop`."""
        return f"{self.row}:{self.given}:{DROP if self.right is None else self.right}"


def write_corrections(corrections: Iterable[Correction]) -> str:
    """Return corrections as text, sorted by row.

    Raises:
        ConfigError: There are too many.
    """
    found = sorted(corrections, key=lambda one: one.row)
    if len(found) > MOST:
        fix = "Correct the data itself, or leave some out."
        raise ConfigError(
            "there are too many corrections", expected=f"at most {MOST}", received=str(len(found)), fix=fix
        )
    return ",".join(one.to_text() for one in found)


@lru_cache(maxsize=64)
def read_corrections(text: str) -> tuple[Correction, ...]:
    """Read the text of `write_corrections`.

    Raises:
        ConfigError: A part is none, a row stands there twice, or a label is corrected to what it is.
    """
    found = tuple(_read(part) for part in text.split(",")) if text else ()
    rows = {one.row for one in found}
    if len(rows) < len(found) or any(one.given == one.right for one in found) or len(found) > MOST:
        raise ConfigError("these corrections cannot be used", expected=EXPECTED, received=repr(text[:60]))
    return found


EXPECTED = f"at most {MOST} parts such as 12:3:7 (row 12 is no 3 but a 7) or 40:3:{DROP}, no row twice"


def _read(part: str) -> Correction:
    found = _CORRECTION.fullmatch(part.strip())
    if found is None:
        raise ConfigError("these corrections cannot be used", expected=EXPECTED, received=repr(part[:60]))
    row, given, right = found.groups()
    return Correction(int(row), int(given), None if right == DROP else int(right))


@dataclass(frozen=True)
class Corrections:
    """A text that lists corrections, empty for none."""

    label: str
    help: str

    def check(self, name: str, value: object) -> str:
        """Return the text sorted by row.

        Raises:
            ConfigError: It lists no corrections.
        """
        if not isinstance(value, str):
            raise wrong(name, EXPECTED, value)
        try:
            return write_corrections(read_corrections(value.strip()))
        except ConfigError as error:
            raise wrong(name, EXPECTED, value[:60]) from error

    def parse(self, name: str, text: str) -> str:
        """Return the text."""
        return self.check(name, text)

    def format(self, value: str) -> str:
        """Return the text itself."""
        return value

    def say(self, value: str) -> str:
        """Return how many there are, with four digits that tell them from as many others."""
        found = read_corrections(value)
        left_out = sum(one.right is None for one in found)
        counts = {"label corrected": len(found) - left_out, "example left out": left_out}
        said = [f"{n} {what if n == 1 else what.replace(' ', 's ', 1)}" for what, n in counts.items() if n]
        return f"{', '.join(said)} (#{hashlib.sha256(value.encode()).hexdigest()[:4]})" if said else "none"

    def expected(self) -> str:
        """Describe the allowed values."""
        return EXPECTED


def corrections(*, label: str, help: str) -> Any:
    """Declare a field that holds corrections, none by default."""
    return dataclasses.field(default="", metadata={"field": Corrections(label, help)})
