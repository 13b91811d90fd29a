"""Tasks that are drawn: sums, sorting, reversing, and repeating after a long pause."""

from __future__ import annotations

import numpy as np

from core.datasets.texts.pairs.rows import Pairs, pair_dataset

TRAIN, TEST = 20_000, 2_000
_SPLIT = f"{TRAIN:,} training and {TEST:,} test pairs, drawn from a fixed seed."


def add(rng: np.random.Generator, count: int) -> Pairs:
    """Return sums of two numbers of up to one, two or three digits, with their result."""
    limits = 10 ** rng.integers(1, 4, (count, 2))
    numbers = rng.integers(0, limits).tolist()
    return [(f"{first}+{second}", str(first + second)) for first, second in numbers]


def order(rng: np.random.Generator, count: int) -> Pairs:
    """Return rows of 4 to 10 digits, and the same digits in their order."""
    digits, lengths = rng.integers(48, 58, (count, 10), "uint8"), rng.integers(4, 11, count)
    rows = [bytes(row[:length]).decode() for row, length in zip(digits, lengths, strict=True)]
    return [(row, "".join(sorted(row))) for row in rows]


def turn(rng: np.random.Generator, count: int) -> Pairs:
    """Return rows of 4 to 10 letters, and the same letters backwards."""
    letters, lengths = rng.integers(97, 123, (count, 10), "uint8"), rng.integers(4, 11, count)
    rows = [bytes(row[:length]).decode() for row, length in zip(letters, lengths, strict=True)]
    return [(row, row[::-1]) for row in rows]


def repeat(rng: np.random.Generator, count: int) -> Pairs:
    """Return ten letters of eight and then 30 dots, and the same ten letters."""
    rows = [bytes(row).decode() for row in rng.integers(97, 105, (count, 10), "uint8")]
    return [(row + "." * 30, row) for row in rows]


SUMS = pair_dataset(
    "sums",
    "Sums",
    add,
    "+0123456789",
    (7, 5),
    (40_000, TEST),
    split=f"40,000 training and {TEST:,} test sums of two numbers of up to three digits, drawn from a fixed seed.",
    source="sums as texts, as in Zaremba and Sutskever, 2014; drawn by Glassbox",
)
SORTING = pair_dataset(
    "sorting",
    "Sort digits",
    order,
    "0123456789",
    (10, 11),
    (TRAIN, TEST),
    split=_SPLIT,
    source="sorting, as in Graves et al., 2014, section 4.5; drawn by Glassbox",
)
REVERSING = pair_dataset(
    "reversing",
    "Reverse letters",
    turn,
    "abcdefghijklmnopqrstuvwxyz",
    (10, 11),
    (TRAIN, TEST),
    split=_SPLIT,
    source="reversing, as in Grefenstette et al., 2015; drawn by Glassbox",
)
COPYING = pair_dataset(
    "copying",
    "Repeat after a pause",
    repeat,
    ".abcdefgh",
    (40, 11),
    (TRAIN, TEST),
    split=_SPLIT,
    source="the copying task of Hochreiter and Schmidhuber, 1997, as in Arjovsky et al., 2016; drawn by Glassbox",
)
PAIRED = (SUMS, SORTING, REVERSING, COPYING)
