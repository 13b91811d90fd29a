"""What the words in a table's first rows tell, without pandas, which takes a quarter of a second to import."""

from __future__ import annotations

LABEL_NAMES = frozenset(("label", "labels", "class", "y", "target"))  # of a column


def is_number(cell: str) -> bool:
    """Return whether a cell of a CSV file is a number; a decimal comma may be in it."""
    try:
        float(cell.replace(",", ".", 1))
    except ValueError:
        return False
    return True
