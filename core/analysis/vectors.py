"""Rows of numbers: checked before they are compared, and how far they are apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.errors import AnalysisError

CHUNK = 256  # rows compared at once: with 2,000 others 4 MB of float64
# Of both squared lengths: float32 knows nothing finer than 6e-8 of a value, and rounding must not part equal rows.
_EQUAL = 1e-12


def checked_rows(what: str, values: np.ndarray, least: int = 1, columns: int | None = None) -> np.ndarray:
    """Return rows of finite numbers as float64 (n, d); arguments and errors as `check_rows`."""
    return check_rows(what, values, least, columns).astype(np.float64)


def check_rows(what: str, values: np.ndarray, least: int = 1, columns: int | None = None) -> np.ndarray:
    """Return rows of finite numbers (n, d) as they are.

    Args:
        what: Their name in a message, in the plural.
        values: (n, d).
        least: Fewest rows that will do.
        columns: What d must be, if that is given.

    Raises:
        AnalysisError: They have another shape, are too few, or not all finite.
    """
    values = np.asarray(values)
    wanted = f"(n, {columns})" if columns else "(n, d)"
    if values.ndim != 2 or not values.shape[1] or columns not in (None, values.shape[1]):
        raise AnalysisError(f"the {what} have the wrong shape", expected=wanted, received=str(values.shape))
    if len(values) < least:
        raise AnalysisError(f"there are too few {what}", expected=f"at least {least:,}", received=f"{len(values):,}")
    if values.dtype.kind not in "fiub" or not np.isfinite(values).all():
        raise AnalysisError(f"the {what} are not all finite numbers")
    return values


def squared_distances(asked: np.ndarray, base: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield squared Euclidean distances, 256 rows at a time; those of equal rows are exactly 0.

    Args:
        asked: float64 (n, d).
        base: float64 (m, d).

    Yields:
        The rows of `asked`, and float64 (rows, m).
    """
    middle = base.mean(0)  # |a - b|² = |a|² + |b|² - 2ab cancels least around 0
    asked, base = asked - middle, base - middle
    lengths, base_lengths = (asked**2).sum(1)[:, None], (base**2).sum(1)
    for start in range(0, len(asked), CHUNK):
        rows = slice(start, start + CHUNK)
        both = lengths[rows] + base_lengths
        apart = both - 2 * asked[rows] @ base.T
        apart[apart <= _EQUAL * both] = 0
        yield rows, apart
