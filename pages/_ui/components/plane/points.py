"""A plane in which points of several classes are placed, sprayed, moved and removed with mouse, finger or keys."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from core.datasets.points.placed import MOST
from core.datasets.points.points import LIMIT
from core.figures.colours import VIRIDIS
from pages._ui.components import component

KEYS = "Arrow keys move the cursor (with Shift, finely). Enter places a point there, Delete removes the nearest."
Points = tuple[np.ndarray, np.ndarray]  # float32 (n, 2), and classes int64 (n,) or numbers float32 (n,)

_TOOLS = "".join(
    f"<button type='button' data-tool='{tool}' title='{words}'>{tool.title()}</button>"
    for tool, words in {
        "place": "One point a click",
        "spray": "Many points around the pointer, while you hold it down",
        "move": "Drag a point",
        "remove": "Wipe points away",
    }.items()
)
_component = component(
    "plane/points",
    f"<div class='placing'><div class='tools' role='group' aria-label='Tool'>{_TOOLS}</div>"
    "<div class='colors' role='group' aria-label='Class'></div>"
    "<label class='number' hidden><span>Value</span><input type='range' step='any'><output></output><i></i></label>"
    f"<canvas role='application' tabindex='0' aria-description='{KEYS}'></canvas>"
    "<p class='counts' role='status'></p><div class='tools'><button type='button' class='undo'>Undo</button>"
    "<button type='button' class='clear'>Clear</button></div>"
    f"<p class='keys'>{KEYS}</p></div>",
)


def placed(key: str, begun: Points, version: str) -> Points:
    """Return the points in a plane, with classes or numbers as those that it began with.

    Malformed data from the browser counts as no change.

    Args:
        key: Streamlit's key of the plane.
        begun: The points that it began with.
        version: Names them; what was sent for others is out of date.
    """
    told = (st.session_state.get(key) or {}).get("placed") or {}
    try:
        rows = np.array(told["points"], np.float64).reshape(-1, 3)
        labels = rows[:, 2].astype(begun[1].dtype)
    except (KeyError, TypeError, ValueError):
        return begun
    is_number = begun[1].dtype.kind == "f"
    is_sound = len(rows) <= MOST and np.isfinite(rows).all() and (is_number or ((labels >= 0) & (labels < 6)).all())
    if told.get("version") != version or not is_sound:
        return begun
    return rows[:, :2].clip(-LIMIT, LIMIT).astype(np.float32), labels


def points_plane(begun: Points, version: str, colors: Mapping[str, str], *, key: str) -> None:
    """Show the plane.

    Args:
        begun: The points to begin with.
        version: Names them; another name replaces what is in the plane.
        colors: Class name -> CSS colour.
        key: Streamlit's key; `placed` reads the points.
    """
    points, labels = begun
    rows = [[round(float(x), 3), round(float(y), 3), of.item()] for (x, y), of in zip(points, labels, strict=True)]
    is_number = labels.dtype.kind == "f"
    reach = max(1.0, float(np.abs(labels).max(initial=0)))
    data: dict[str, object] = {"ramp": VIRIDIS, "reach": reach} if is_number else {"ramp": None}
    data |= {"points": rows, "version": version, "colors": dict(colors), "limit": LIMIT, "most": MOST}
    _component(key=key, data=data, on_placed_change=lambda: None, height="content")
