"""Is a text copied: how long are its pieces that stand in another text, word for word?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ORDER = 5  # of the text by counting that copying is compared with


@dataclass(frozen=True, eq=False)
class Copied:
    """The pieces of a text that stand in another one.

    Args:
        lengths: Of each place the longest piece that begins there and stands in the other text, (n,).
        start, length: Of the longest of all.
        source: Where it stands in the other text first.
    """

    lengths: np.ndarray
    start: int
    length: int
    source: int


def find_copied(written: np.ndarray, learned: np.ndarray) -> Copied:
    """Find the pieces of a text that stand word for word in another one.

    A piece that begins one token later ends no earlier, so both ends only move forward.

    Args:
        written, learned: Tokens, int (n,) and (m,).
    """
    text, known = _as_text(written), _as_text(learned)
    lengths, end = np.zeros(len(text), np.int64), 0
    for start in range(len(text)):
        end = max(end, start)
        while end < len(text) and text[start : end + 1] in known:
            end += 1
        lengths[start] = end - start
    start = int(lengths.argmax()) if len(lengths) else 0
    length = int(lengths[start]) if len(lengths) else 0
    return Copied(lengths, start, length, known.find(text[start : start + length]))


def _as_text(tokens: np.ndarray) -> str:
    """Return tokens as a text with a character for each, so that it is searched quickly."""
    return np.asarray(tokens, "<u4").tobytes().decode("utf-32-le", "surrogatepass")


def by_counting(learned: np.ndarray, count: int, seed: int, order: int = ORDER) -> np.ndarray:
    """Draw a text in which each piece of `order` tokens stands in another text, int (count,).

    Each token is drawn as often as it follows the `order` - 1 before it there.
    """
    rng, keep, learned = np.random.default_rng(seed), order - 1, np.asarray(learned, np.int64)
    base = int(learned.max()) + 1
    contexts = np.zeros(len(learned) - keep, np.int64)
    for back in range(keep):
        contexts = contexts * base + learned[back : back + len(contexts)]
    ranked = np.argsort(contexts, kind="stable")
    ordered, place = contexts[ranked], int(rng.integers(len(contexts)))
    found = list(learned[place : place + keep])
    while len(found) < count:
        context = 0
        for token in found[-keep:]:
            context = context * base + int(token)
        low, high = np.searchsorted(ordered, [context, context + 1])
        at = ranked[rng.integers(low, high)] if low < high else rng.integers(len(contexts))
        found.append(learned[at + keep])
    return np.array(found[:count])
