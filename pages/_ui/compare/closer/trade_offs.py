"""What results cost: runs over settings, costs and results."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.analysis.compare.pareto import pareto_front
from core.figures.comparison.trade_offs import draw_parallel, draw_trade_off
from core.names import in_words
from core.runs.comparison.axes import Axis, Kind, axes_of
from core.store import Run
from pages._ui.components.charts.chart import chart
from pages._ui.shell import shell, words

FEWEST_OF_PARALLEL = 3  # runs
MOST_AXES = 8  # of parallel coordinates


def draw_trade_offs(runs: Sequence[Run], names: Sequence[str], colours: Sequence[str], key: str) -> None:
    """Draw runs over a setting or cost and a result, which of them no other beats, and all that differs at once.

    Args:
        runs: Training runs.
        names: What each is called.
        colours: The colour of each.
        key: Distinguishes its elements from others of the page.
    """
    axes = axes_of(shell.store(), runs)
    results = [axis for axis in axes if axis.kind is Kind.RESULT]
    below = [axis for axis in axes if axis.kind is not Kind.RESULT]
    if not results or not below:
        st.caption("There is nothing to draw until two of these runs have different results.")
        return
    with st.container(horizontal=True, key=f"{key}_axes"):
        up = _choose("Result", results, f"{key}_up", "What the vertical axis shows.")
        first = next((axis for axis in below if axis.kind is Kind.COST), below[0])
        across = _choose("Over", below, f"{key}_across", "A setting that differs, or a cost.", first)
    is_cost = across.kind is Kind.COST and bool(up.sign)
    front = pareto_front(across.losses, up.losses) if is_cost else []
    chart(
        draw_trade_off(across, up, names, colours, front),
        key=f"{key}_scatter",
        alt=f"{up.label} over {across.label}: "
        + "; ".join(f"{name} {across.said(at)}, {up.said(at)}" for at, name in enumerate(names)),
    )
    st.markdown(_told(across, up, names, front))
    if len(runs) >= FEWEST_OF_PARALLEL:
        _parallel(axes, up, names, colours, key)


def _choose(label: str, axes: Sequence[Axis], key: str, help_text: str, first: Axis | None = None) -> Axis:
    by_key = {axis.key: axis for axis in axes}
    chosen = st.selectbox(
        label,
        list(by_key),
        list(by_key).index(first.key) if first else 0,
        format_func=lambda name: by_key[name].label if name in by_key else name,
        key=key,
        width=280,
        help=help_text,
    )
    return by_key.get(chosen, axes[0])


def _told(across: Axis, up: Axis, names: Sequence[str], front: Sequence[int]) -> str:
    """Say which runs no other beats, or why that cannot be said."""
    cost, result = (words.plain(in_words(axis.label)) for axis in (across, up))
    if not front:
        why = f"{cost} is no cost" if up.sign else "the result is neither good nor bad by itself"
        return f"No Pareto front is drawn, since {why}."
    which = [words.plain(names[place]) for place in front]
    if len(which) == 1:
        return f"**{which[0]}** beats all others: none has less {cost}, and none a better {result}."
    return f"**Pareto front: {', '.join(which)}.** No other run has both less {cost} and a better {result} than these."


def _parallel(axes: Sequence[Axis], up: Axis, names: Sequence[str], colours: Sequence[str], key: str) -> None:
    others = [axis for axis in axes if axis.kind is not Kind.RESULT]
    shown = [*others[: MOST_AXES - 1], up]
    left_out = "" if len(others) < MOST_AXES else f" The first {MOST_AXES - 1} of {len(others)} are shown."
    st.markdown(
        f"**All that differs.** Each line is a run; on the right its {words.plain(up.label.lower())}.{left_out}"
    )
    alt = "Parallel coordinates: " + ", ".join(axis.label for axis in shown)
    chart(draw_parallel(shown, names, colours), key=f"{key}_parallel", alt=alt)
