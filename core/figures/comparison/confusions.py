"""Draw confusion matrices and their difference as tables whose cells are coloured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from core.figures.colours import NEGATIVE, POSITIVE, rgb
from core.figures.names import ON_AXIS
from core.names import shortened, signed

FULL = 0.75  # opacity above which text is white


def draw_matrix(matrix: np.ndarray, classes: Sequence[str], title: str) -> str:
    """Return a confusion matrix as HTML; a cell is the bluer, the larger its share of its row.

    Args:
        matrix: Counts, true class by predicted class, int (classes, classes).
        classes: Names of the classes.
        title: What it is called.
    """
    shares = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    return _table(matrix, -shares, classes, title, lambda count: f"{count:,}")


def draw_difference(first: np.ndarray, second: np.ndarray, classes: Sequence[str], title: str) -> str:
    """Return the second matrix less the first as HTML; blue is less, orange is more, white is no difference.

    Args:
        first, second: Confusion matrices on the same examples.
        classes: Names of the classes.
        title: What it is called.
    """
    apart = second - first
    shares = apart / max(1, int(np.abs(apart).max()))
    return _table(apart, shares, classes, title, lambda count: signed(count, ",d"))


def _table(
    counts: np.ndarray, shares: np.ndarray, classes: Sequence[str], title: str, say: Callable[[int], str]
) -> str:
    heads = [escape(shortened(name, ON_AXIS)) for name in classes]

    def cell(row: int, column: int) -> str:
        count, share = int(counts[row, column]), float(shares[row, column])
        told = escape(f"is {classes[row]}, predicted {classes[column]}: {say(count)}", quote=True)
        text = say(count) if count else ""
        return f"<td title='{told}' style='{_colour(share)}'>{text}</td>" if count else "<td></td>"

    size = range(len(classes))
    top = "".join(f"<th scope='col'><span>{name}</span></th>" for name in heads)
    lines = "".join(
        f"<tr><th scope='row'>{heads[row]}</th>{''.join(cell(row, column) for column in size)}</tr>" for row in size
    )
    corner = "<th class='corner'>is ↓ said →</th>"
    return (
        f"{STYLE}<div class='matrix' tabindex='0' role='region' aria-label='{escape(title, quote=True)}'><table>"
        f"<caption>{escape(title)}</caption><tr>{corner}{top}</tr>{lines}</table></div>"
    )


def _colour(share: float) -> str:
    """Return the look of a cell: blue below 0, orange above, the denser the further from it."""
    opacity = min(1.0, 0.12 + 0.88 * abs(share))
    ink = "; color: #FFFFFF" if opacity > FULL else ""
    red, green, blue = rgb(POSITIVE if share > 0 else NEGATIVE)
    return f"background: rgb({red} {green} {blue} / {opacity:.2f}){ink}"


STYLE = """<style>.matrix { overflow: auto; max-height: 460px; font-variant-numeric: tabular-nums; font-size: 0.8rem; }
.matrix table { border-collapse: separate; border-spacing: 2px; }
.matrix caption { text-align: left; font-weight: 600; font-size: 0.9rem; padding-bottom: 0.25rem; }
.matrix th { font-weight: 400; padding: 1px 4px; white-space: nowrap; } .matrix th[scope=row] { text-align: right; }
.matrix th span { display: inline-block; max-width: 5em; overflow: hidden; text-overflow: ellipsis; }
.matrix td { min-width: 30px; height: 26px; text-align: center; border-radius: 3px; padding: 0 3px;
  background: rgb(128 128 128 / 0.1); }</style>"""
