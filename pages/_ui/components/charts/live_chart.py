"""Line charts that take new points as they come and keep their zoom."""

from __future__ import annotations

from typing import Any

from pages._ui.components import component

_component = component("charts/live_chart", "<div class='charts' role='group'></div>", "charts/plotly")


FIRST_COLUMN = 4  # of a row that is a metric


def live_chart(
    charts: list[dict[str, Any]], rows: list[list[float | None]], identity: str, note: str, *, key: str
) -> None:
    """Draw charts; the browser keeps what it was sent before, and how it is looked at.

    Args:
        charts: Each with `title`, `unit`, `names`, `colors` and `columns` (indices into a row).
        rows: New points, oldest first: id, step, epoch (2.5 is in the midst of the third), seconds, then values,
            None where there is none. Rows that the browser has already are ignored.
        identity: Another one makes it start again.
        note: Which of the points these are; whether they are smoothed is chosen, and said, in the browser.
        key: Streamlit's key.
    """
    _component(key=key, data={"charts": charts, "rows": rows, "identity": identity, "note": note}, height="content")


def preload() -> None:
    """Let the browser load the chart library before there is anything to draw."""
    live_chart([], [], "preload", "", key="preload_charts")
