"""A slider over the saved moments of a training, with a button that plays them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages._ui.components import component

_component = component(
    "timeline/timeline",
    "<div class='timeline'><button type='button' class='play'></button>"
    "<input type='range' step='1' aria-label='Moment of the training'><output></output></div>",
)


@dataclass(frozen=True)
class Moved:
    """Where a slider was moved to.

    Args:
        number: Grows with each move.
        step: The chosen moment; None if it was never moved.
    """

    number: int = 0
    step: int | None = None


def moved(key: str) -> Moved:
    """Return where the slider with this key was moved to; malformed data from the browser counts as never moved."""
    told = (st.session_state.get(key) or {}).get("moved") or {}
    try:
        return Moved(int(told["number"]), int(told["step"]))
    except (KeyError, TypeError, ValueError):
        return Moved()


def timeline(steps: Sequence[int], labels: Sequence[str], chosen: int, *, key: str, seen: int) -> None:
    """Show the slider. Draw it after all that it moves: the browser then sends the next move, or plays on.

    Args:
        steps: The saved moments, in order.
        labels: What is said of each.
        chosen: The moment that is shown.
        key: Streamlit's key; `moved` reads it.
        seen: Number of the last move that was answered.
    """
    data = {"steps": list(steps), "labels": list(labels), "chosen": chosen, "seen": seen}
    _component(key=key, data=data, on_moved_change=lambda: None, height="content")
