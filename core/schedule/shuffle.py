"""The order in which a run sees its examples, without TensorFlow.

TensorFlow's `index_shuffle` moves each place with a small cipher, so that no list has to be kept; a test holds this
against it. Source: Beaulieu et al., The Simon and Speck families of lightweight block ciphers, 2013; the walk along the
cycle: Black and Rogaway, Ciphers with arbitrary finite domains, 2002.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

FIRST_KEY = 498_247_692  # that TensorFlow puts before the seed
LEAST_BITS = 16  # of a block: shorter ones shuffle badly
KEY_ADDS = 0xFFFFFFFC  # the constant of Simon's keys, and below the first bit of its sequence
KEY_BIT = 1


def shuffled_rows(examples: int, seed: int, epoch: int) -> np.ndarray:
    """Return the rows of an epoch in the order in which a run sees them, int64 (examples,)."""
    if examples < 2:
        return np.zeros(examples, np.int64)
    last = examples - 1
    bits = math.ceil(math.log2(last))
    bits = max(bits + bits % 2, LEAST_BITS)
    places = np.arange(1 << bits, dtype=np.uint64)
    moved = _encrypted(places, _keys((FIRST_KEY, seed, epoch), bits // 2), bits // 2).astype(np.int64)
    walk = np.where(places > last, moved, places.astype(np.int64))  # from a place outside on; one inside is the end
    rows: np.ndarray = moved[np.arange(examples) % len(moved)]
    while (rows > last).any():  # each turn goes twice as far
        rows, walk = walk[rows], walk[walk]
    return rows


def _keys(given: Sequence[int], word: int) -> list[int]:
    """Return the keys of the four rounds."""
    mask = (1 << word) - 1
    first, second, third = (key & mask for key in given)

    def right(value: int, by: int) -> int:
        return (value >> by | value << (word - by)) & mask

    fourth = KEY_ADDS & mask ^ KEY_BIT ^ first ^ right(third, 3) ^ right(third, 4)
    return [first, second, third, fourth]


def _encrypted(values: np.ndarray, keys: Sequence[int], word: int) -> np.ndarray:
    """Return values after two double rounds; each has a left and a right word."""
    mask = np.uint64((1 << word) - 1)

    def turned(x: np.ndarray, by: int) -> Any:
        return (x << np.uint64(by) | x >> np.uint64(word - by)) & mask

    def mixed(x: np.ndarray) -> Any:
        return turned(x, 1) & turned(x, 8) ^ turned(x, 2)

    left, right = values >> np.uint64(word) & mask, values & mask
    for one, two in (keys[:2], keys[2:]):
        left = left ^ mixed(right) ^ np.uint64(one)
        right = right ^ mixed(left) ^ np.uint64(two)
    whole: np.ndarray = left << np.uint64(word) | right
    return whole
