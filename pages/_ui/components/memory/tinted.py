"""Texts whose pieces are coloured by a value, with bars of what is expected after a piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from pages._ui.components import component

_component = component("memory/tinted", "<div class='tinted'></div>", "layers/paint", "memory/along")

Bar = tuple[str, float, bool]  # a piece, its share, and whether it is what came


@dataclass(frozen=True, eq=False)
class Tinted:
    """A text.

    Args:
        pieces: What stands at each step.
        values: Of each piece what colours it, blue below 0 and orange above; () for none.
        title: What stands above it.
        marks: Which pieces are underlined; () for none.
        tips: What is said of each piece on hover; () for nothing.
        bars: Of each piece what is expected after it; () for nothing.
    """

    pieces: Sequence[str]
    values: Sequence[float] | np.ndarray = ()
    title: str = ""
    marks: Sequence[bool] | np.ndarray = ()
    tips: Sequence[str] = ()
    bars: Sequence[Sequence[Bar]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return it for the browser, ready for JSON."""
        return {
            "pieces": list(self.pieces),
            "values": [float(f"{value:.4g}") for value in np.nan_to_num(np.asarray(self.values, np.float64))],
            "title": self.title,
            "marks": [bool(mark) for mark in self.marks],
            "tips": list(self.tips),
            "bars": [[(name, round(float(share), 5), bool(right)) for name, share, right in one] for one in self.bars],
        }


def tinted(
    texts: Sequence[Tinted],
    *,
    key: str,
    legend: str = "",
    bars_title: str = "",
    start: int = 0,
    place: int = -1,
    is_beside: bool = False,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Draw texts on one scale of colours.

    Args:
        texts: The texts.
        key: Streamlit's key.
        legend: What the colours mean.
        bars_title: What is above the bars, with {} for the chosen piece.
        start: The first piece that is shown.
        place: The chosen piece; -1 for none.
        is_beside: Whether they stand side by side, where there is room.
        on_pick: Is given the piece that somebody chooses; None if the page need not know.
    """

    def picked() -> None:
        told = st.session_state.get(key, {}).get("picked")
        if told is not None and on_pick is not None:
            on_pick(int(told["place"]))

    shown = [text.to_dict() for text in texts]
    data = {
        "texts": shown,
        "most": max((abs(value) for text in shown for value in text["values"][start:]), default=0.0) or 1.0,
        "legend": legend,
        "barsTitle": bars_title,
        "start": start,
        "place": place,
        "isBeside": is_beside,
        "isAsked": on_pick is not None,
    }
    _component(key=key, data=data, on_picked_change=picked, height="content")
