"""The choice of what is looked at more closely; only the chosen view is computed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.figures.colours import RUNS
from core.runs.comparison import Comparison, letter
from pages._ui.compare.answers import chosen_pair, draw_by_class, draw_disagreements, has_answers
from pages._ui.compare.closer.baselines import baselines_side_by_side, can_have_baselines
from pages._ui.compare.closer.confusions import draw_calibrations, draw_confusions
from pages._ui.compare.closer.made import generators, made_side_by_side, quality_side_by_side
from pages._ui.compare.closer.trade_offs import draw_trade_offs
from pages._ui.compare.networks import networks_side_by_side
from pages._ui.compare.numbers import has_numbers, numbers_side_by_side

VIEW = "compare_view"  # in the link too


def look_closer(found: Comparison) -> None:
    """Draw the choice of views, and the chosen one."""
    views = _views(found)
    st.subheader("Look closer")
    chosen = st.segmented_control(
        "What to look at",
        list(views),
        default=next(iter(views)),
        required=True,
        key=VIEW,
        bind="query-params",
        label_visibility="collapsed",
    )
    views.get(str(chosen), next(iter(views.values())))()


def _views(found: Comparison) -> dict[str, Callable[[], None]]:
    """Return the views that these runs have, the most telling first."""
    views: dict[str, Callable[[], None]] = {}
    if has_answers(found):
        views["Disagreements"] = lambda: _of_pair(found, draw_disagreements)
        views["Confusions"] = lambda: _of_pair(found, draw_confusions)
        views["Each class"] = lambda: _of_pair(found, draw_by_class)
        views["Calibration"] = lambda: _calibrations(found)
    if has_numbers(found):
        views["Residuals"] = lambda: numbers_side_by_side(found)
    if generators(found):
        views["What they make"] = lambda: made_side_by_side(found)
        views["Quality over time"] = lambda: quality_side_by_side(found)
    views["Costs and results"] = lambda: _trade_offs(found)
    if can_have_baselines(found):
        views["Baselines"] = lambda: baselines_side_by_side(found)
    views["Networks"] = lambda: networks_side_by_side(found)
    return views


def _of_pair(found: Comparison, draw: Callable[..., None]) -> None:
    shown, names, _ = chosen_pair(found)
    draw(shown, names)


def _calibrations(found: Comparison) -> None:
    shown, names, places = chosen_pair(found)
    draw_calibrations(shown, names, [RUNS[place] for place in places])


def _trade_offs(found: Comparison) -> None:
    names = [letter(place) for place in range(len(found.runs))]
    draw_trade_offs(found.runs, names, RUNS[: len(names)], "compare")
