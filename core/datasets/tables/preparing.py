"""How a column of a table becomes numbers: the choices for each kind of column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.datasets.tables.dates import DAYS, MONTH, WEEKDAY

NUMBER, WORD, DATE, LEFT_OUT = "number", "category", "date", "left_out"


@dataclass(frozen=True)
class Way:
    """A way to prepare a column.

    Args:
        title: What it is called.
        kind: Kind of the columns that it is for.
        empty: What empty cells can become, the default first; keys of `EMPTY`.
    """

    title: str
    kind: str
    empty: tuple[str, ...]


_OF_NUMBERS, _OF_WORDS, _OF_DATES = ("median", "mean", "zero", "drop"), ("own_word", "commonest", "drop"), ("median",)
WAYS = {
    "standardised": Way("standardised", NUMBER, _OF_NUMBERS),
    "robust": Way("by median and quartiles", NUMBER, _OF_NUMBERS),
    "zero_to_one": Way("scaled to 0 to 1", NUMBER, _OF_NUMBERS),
    "unchanged": Way("not scaled", NUMBER, _OF_NUMBERS),
    "one_hot": Way("one-hot", WORD, _OF_WORDS),
    DAYS: Way("days passed", DATE, (*_OF_DATES, "mean", "drop")),
    MONTH: Way("month, one-hot", DATE, _OF_WORDS),
    WEEKDAY: Way("day of the week, one-hot", DATE, _OF_WORDS),
    LEFT_OUT: Way("left out", "", ()),
}
EMPTY = {
    "median": "the median",
    "mean": "the mean",
    "zero": "0",
    "own_word": "a word of their own",
    "commonest": "the commonest word",
    "drop": "no row (left out)",
}
_KINDS = {NUMBER: NUMBER, WORD: WORD, "text": WORD, DATE: DATE}  # of a column -> of its ways


@dataclass(frozen=True)
class Preparation:
    """How a column is prepared: a key of `WAYS`, and what its empty cells become, a key of `EMPTY` or nothing."""

    way: str
    empty: str = ""


def ways_of(kind: str) -> list[str]:
    """Return the ways to prepare a column of a kind, the default first."""
    return [*(way for way, about in WAYS.items() if about.kind == _KINDS.get(kind)), LEFT_OUT]


def settle(kind: str, chosen: Mapping[str, str] | None = None) -> Preparation:
    """Return how a column of a kind is prepared: as was chosen where that fits the kind, else as usual."""
    wanted = chosen or {}
    ways = ways_of(kind)
    way = wanted.get("way", "") if wanted.get("way") in ways else ways[0]
    empty = WAYS[way].empty
    return Preparation(way, wanted["empty"] if wanted.get("empty") in empty else next(iter(empty), ""))


def misfit(column: str, kind: str, way: str, empty: str) -> str:
    """Say why a column of this kind cannot be prepared so; empty if it can."""
    if way not in ways_of(kind):
        ways = ", ".join(WAYS[one].title for one in ways_of(kind))
        return f"{column!r} is of the kind {kind}, which cannot be {WAYS[way].title}. Choose: {ways}."
    if empty and WAYS[way].empty and empty not in WAYS[way].empty:
        ways = ", ".join(EMPTY[one] for one in WAYS[way].empty)
        return f"Empty cells of {column!r} cannot become {EMPTY[empty]} if it is {WAYS[way].title}. Choose: {ways}."
    return ""
