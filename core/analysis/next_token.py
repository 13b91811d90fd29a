"""Counting as a baseline for the next character: n-grams with absolute discounting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.datasets.targets import NextToken

DISCOUNT = 0.75  # taken off every count, for what was not seen; Chen and Goodman 1999 find 0.6 to 0.9 for texts
ORDERS = (1, 3, 5)
UNKNOWN = "\U0010ffff"  # in no text: Unicode has no such character


def next_token_baselines(y_train: np.ndarray, y_test: np.ndarray, target: NextToken) -> dict[str, dict[str, float]]:
    """Return the mean surprise, in nats a character, of methods that only count characters.

    Args:
        y_train, y_test: Tokens of pieces that follow each other, int (n, length).
        target: The tokens.

    Returns:
        `nats` of `uniform`, where all are alike, and of `1gram`, `3gram` and `5gram`.
    """
    signs = sorted({sign for token in target.vocabulary for sign in token})
    found = {"uniform": {"nats": math.log(len(signs) + 1)}}
    train, test = (_characters(y, target, signs) for y in (y_train, y_test))
    surprises = ngram_surprises(train, test, len(signs) + 1, max(ORDERS))
    return found | {f"{order}gram": {"nats": float(surprises[order].mean())} for order in ORDERS}


def _characters(y: np.ndarray, target: NextToken, signs: Sequence[str]) -> np.ndarray:
    """Return the characters that tokens stand for, int (n,): 0 for what is unknown, else 1 + the place in `signs`."""
    text = "".join([target.vocabulary[token] or UNKNOWN for token in y.ravel().tolist()])
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    known = np.array([ord(sign) for sign in signs], np.uint32)
    places = np.searchsorted(known, codes)
    found: np.ndarray = np.where(known[np.minimum(places, len(known) - 1)] == codes, places + 1, 0)
    return found


def ngram_surprises(train: np.ndarray, test: np.ndarray, tokens: int, most: int) -> dict[int, np.ndarray]:
    """Return the surprise of each test token by the n - 1 before it, nats (n,), for n from 1 to `most`.

    p_n(token | context) = max(count - D, 0) / total + D * kinds / total * p_{n-1}(token | shorter context), and p_0 is
    uniform; a context that was never seen gives p_{n-1}.

    Args:
        train, test: Tokens of two texts, int (n,).
        tokens: Number of tokens.
        most: Largest n.

    Source: Ney, Essen and Kneser, On structuring probabilistic dependences, 1994, interpolated.
    """
    share, found = np.full(len(test), 1 / tokens), dict[int, np.ndarray]()
    for order in range(1, most + 1):
        contexts, asked = _contexts(train, order, tokens), _contexts(test, order, tokens)
        learned = train[order - 1 :].astype(np.int64)
        counts = _Counts(*np.unique(contexts * tokens + learned, return_counts=True))
        seen_contexts = counts.keys // tokens  # in order, as the keys are
        firsts = np.flatnonzero(np.diff(seen_contexts, prepend=-1))
        totals = _Counts(seen_contexts[firsts], np.add.reduceat(counts.counts, firsts))
        kinds = _Counts(totals.keys, np.diff(firsts, append=len(seen_contexts)))
        said = test[order - 1 :].astype(np.int64)
        total, kind = totals.of(asked), kinds.of(asked)
        seen = np.maximum(total, 1)
        count = np.maximum(counts.of(asked * tokens + said) - DISCOUNT, 0)
        better = count / seen + DISCOUNT * kind / seen * share[order - 1 :]
        share = share.copy()
        share[order - 1 :] = np.where(total > 0, better, share[order - 1 :])
        found[order] = -np.log(share)
    return found


def _contexts(text: np.ndarray, order: int, tokens: int) -> np.ndarray:
    """Return a number for the `order` - 1 tokens before each token that has so many."""
    found = np.zeros(len(text) - order + 1, np.int64)
    for back in range(order - 1):
        found = found * tokens + text[back : back + len(found)]
    return found


@dataclass(frozen=True, eq=False)
class _Counts:
    """How often each number occurs.

    Args:
        keys: The numbers, in order.
        counts: How often each occurs.
    """

    keys: np.ndarray
    counts: np.ndarray

    def of(self, asked: Sequence[int] | np.ndarray) -> np.ndarray:
        places = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        counts: np.ndarray = np.where(self.keys[places] == asked, self.counts[places], 0)
        return counts
