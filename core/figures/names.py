"""Names that people have given, in charts: as text, and short enough to stand under a bar."""

from __future__ import annotations

from collections.abc import Sequence

from core.names import LONGEST, shortened

BELOW = 24  # characters of a name where it stands below a small image
ON_AXIS = 16  # and where it stands under a bar
MOST_TICKS = 25  # more classes are drawn without a name under each
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def as_text(name: str, longest: int = LONGEST) -> str:
    """Return a name so that plotly, which takes some HTML, draws it letter by letter."""
    return shortened(name, longest).translate(_MARKUP)


def class_axis(classes: Sequence[str]) -> dict[str, object]:
    """Return the axis of a chart that draws class number i at i, for `update_xaxes`."""
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
