"""What of a sequence the units of a network could follow, and how well each does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

OPENING, CLOSING = "([{", ")]}"
TRACKED = {
    "position": "Position",
    "quoted": "Inside quotes",
    "depth": "Bracket depth",
    "capital": "Capital letter",
    "word_end": "End of a word",
    "line": "Length of the line",
}
QUOTES = '"\u201c\u201d'


def of_text(pieces: Sequence[str]) -> dict[str, np.ndarray]:
    """Return what is true at the end of each piece of a text, such as a character: bool or float64 (pieces,).

    Args:
        pieces: What the network reads at each step, one after another; "" where it reads nothing.
    """
    text = "".join(pieces)
    ends = np.cumsum([len(piece) for piece in pieces]) - 1
    signs = {
        "quoted": _quoted(text),
        "depth": _depth(text),
        "capital": np.array([sign.isupper() for sign in text], bool),
        "word_end": _word_ends(text),
        "line": _line(text),
    }
    empty = np.array([not piece for piece in pieces], bool)
    found = {"position": np.cumsum(~empty).astype(np.float64)}
    for name, values in signs.items():
        held = values[np.maximum(ends, 0)] if len(text) else np.zeros(len(pieces))
        found[name] = np.where(empty, 0, held).astype(values.dtype)
    return found


def _quoted(text: str) -> np.ndarray:
    marks = np.array([sign in QUOTES for sign in text], bool)
    inside: np.ndarray = (np.cumsum(marks) % 2 == 1) & ~marks
    return inside


def _depth(text: str) -> np.ndarray:
    found, depth = np.zeros(len(text)), 0
    for place, sign in enumerate(text):
        depth = max(0, depth + (sign in OPENING) - (sign in CLOSING))
        found[place] = depth
    return found


def _word_ends(text: str) -> np.ndarray:
    letters = np.array([sign.isalnum() for sign in text], bool)
    ends: np.ndarray = letters & ~np.append(letters[1:], False)
    return ends


def _line(text: str) -> np.ndarray:
    found, length = np.zeros(len(text)), 0
    for place, sign in enumerate(text):
        length = 0 if sign == "\n" else length + 1
        found[place] = length
    return found


def of_series(values: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return what a network that reads numbers (steps, columns) could follow: each now, and its sum so far."""
    found = {"position": np.arange(1.0, len(values) + 1)}
    for name, column in zip(names, values.T.astype(np.float64), strict=False):
        found |= {f"{name} now": column, f"{name}, all so far": np.cumsum(column)}
    return found


def scores(values: np.ndarray, tracked: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return how well each unit follows each thing: -1 to 1, 0 for not at all, NaN where the thing never changes.

    Of a thing that is true or false, 2 AUC - 1, where AUC is the chance that a step where it is true has the higher
    value; of a number, the correlation.

    Args:
        values: What the units say, (steps, units).
        tracked: The things, bool or float64 (steps,).
    """
    measures = {name: _auc if one.dtype == bool else _correlation for name, one in tracked.items()}
    return {name: measures[name](values, one) for name, one in tracked.items()}


def _auc(values: np.ndarray, is_so: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    yes, no = int(is_so.sum()), int((~is_so).sum())
    if not yes or not no:
        return np.full(values.shape[1], np.nan)
    ranks = rankdata(values, axis=0)
    found: np.ndarray = 2 * (ranks[is_so].sum(0) - yes * (yes + 1) / 2) / (yes * no) - 1
    return found


def _correlation(values: np.ndarray, number: np.ndarray) -> np.ndarray:
    from_mean, apart = values - values.mean(0), number - number.mean()
    lengths = np.sqrt((from_mean**2).sum(0) * (apart**2).sum())
    if not apart.any():
        return np.full(values.shape[1], np.nan)
    zeros = np.zeros(values.shape[1])
    found: np.ndarray = np.divide(apart @ from_mean, lengths, out=zeros, where=lengths > 1e-12)
    return found


def auc(score: float) -> float:
    """Return the area under the curve of a score of something true or false, in whichever direction it is larger."""
    return (1 + abs(score)) / 2
