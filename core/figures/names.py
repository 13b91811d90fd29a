"""Show user-given names in charts: escaped, and short enough for an axis."""

from __future__ import annotations

from collections.abc import Sequence

from core.names import LONGEST, shortened

BELOW = 24  # most characters of a name below a small image
ON_AXIS = 16  # and of a name on an axis
MOST_TICKS = 25  # with more classes the axis has no names
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def as_text(name: str, longest: int = LONGEST) -> str:
    """Escape and shorten a name, as plotly interprets some HTML."""
    return shortened(name, longest).translate(_MARKUP)


def class_axis(classes: Sequence[str]) -> dict[str, object]:
    """Return `update_xaxes` arguments for a chart that draws class i at x = i."""
    return {
        "tickmode": "array",
        "tickvals": list(range(len(classes))),
        "ticktext": [as_text(name, ON_AXIS) for name in classes],
        "showticklabels": len(classes) <= MOST_TICKS,
        "range": [-0.6, len(classes) - 0.4],
        "showgrid": False,
        "zeroline": False,
        "title_text": "class",
        "automargin": True,
        "fixedrange": True,
    }
