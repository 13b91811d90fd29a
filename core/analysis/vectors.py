"""Check rows of numbers, and compute distances between them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.errors import AnalysisError

CHUNK = 256  # rows compared at once: 4 MB of float64 with 2,000 others
# Relative to both squared lengths: float32 resolves 6e-8 of a value, and rounding must not separate equal rows.
_EQUAL = 1e-12


def checked_rows(what: str, values: np.ndarray, least: int = 1, columns: int | None = None) -> np.ndarray:
    """Return rows of finite numbers as float64 (n, d); arguments and errors as `check_rows`."""
    return check_rows(what, values, least, columns).astype(np.float64)


def check_rows(what: str, values: np.ndarray, least: int = 1, columns: int | None = None) -> np.ndarray:
    """Check rows of finite numbers (n, d) and return them unchanged.

    Args:
        what: Plural noun for the rows, for error messages.
        values: (n, d).
        least: Minimum number of rows.
        columns: Required d; any by default.

    Raises:
        AnalysisError: The shape is wrong, there are too few rows, or not all values are finite.
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
    """Yield squared Euclidean distances, 256 rows at a time; exactly 0 for equal rows.

    Args:
        asked: float64 (n, d).
        base: float64 (m, d).

    Yields:
        Slice of `asked`, and its squared distances to `base`, float64 (rows, m).
    """
    middle = base.mean(0)  # |a - b|² = |a|² + |b|² - 2ab loses least precision around 0
    asked, base = asked - middle, base - middle
    lengths, base_lengths = (asked**2).sum(1)[:, None], (base**2).sum(1)
    for start in range(0, len(asked), CHUNK):
        rows = slice(start, start + CHUNK)
        both = lengths[rows] + base_lengths
        apart = both - 2 * asked[rows] @ base.T
        apart[apart <= _EQUAL * both] = 0
        yield rows, apart
