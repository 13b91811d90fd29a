"""Which columns of a table matter: how much worse the answers become when one is shuffled."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets import Prepared
from core.datasets.features import Vector
from core.figures.inside.columns import draw_importance
from core.runs.examples.columns import rows_to_measure
from pages._ui.components.charts.chart import chart
from pages._ui.inside.files import offer
from pages._ui.inside.learned.chosen import SLOW_S, affordable, of_all
from pages._ui.inside.subject import Arrays, Inside

ROWS, REPEATS, AT_ONCE = 1_000, 10, 8  # most rows, shuffles of a column, and columns in one question
SHOWN = 15  # columns in the chart
SURE = 2.0  # standard deviations above 0
THOUSAND = 1000  # from here on an axis says 5k
MEASURES = {"accuracy": "Accuracy", "loss": "Loss"}


def draw_importances(inside: Inside, data: Prepared) -> None:
    """Draw the columns, the most important first."""
    features = inside.dataset.spec.features
    count = len(features.columns) if isinstance(features, Vector) else 0
    most = affordable(inside, ROWS, REPEATS * AT_ONCE)
    rows, is_held = rows_to_measure(inside.run, data, most)
    st.caption(
        "Each column is shuffled among the rows, so that it tells nothing any more. What the answers lose, they owe to "
        "it. Columns that tell the same share the credit: with one shuffled, the other still tells."
    )
    measure = "rmse"
    if inside.dataset.spec.classes:
        measure = str(
            st.segmented_control(
                "Measured by",
                list(MEASURES),
                default="accuracy",
                required=True,
                format_func=MEASURES.get,
                key=f"inside_measure_{inside.run.id}",
                help="Accuracy counts changed answers. Loss also counts how sure they are: it shows small effects.",
            )
        )
    ask, none = inside.asker(SLOW_S), np.zeros((0, *inside.dataset.spec.input_shape), np.float32)

    def question() -> Arrays:
        parts = [
            ask("importance", none, rows=rows, columns=np.arange(at, min(at + AT_ONCE, count)), repeats=REPEATS)
            for at in range(0, count, AT_ONCE)
        ]
        shuffled = {name for name in parts[0] if name.startswith("shuffled/")}
        return {**parts[0], **{name: np.concatenate([part[name] for part in parts]) for name in shuffled}}

    show = partial(_show, inside, measure, len(rows), is_held)
    of_all(inside).follow("importance", question, show, height=60 + 28 * min(count, SHOWN))


def _show(inside: Inside, measure: str, count: int, is_held: bool, found: Arrays) -> None:
    names = [column.name for column in inside.dataset.spec.features.columns]  # type: ignore[union-attr]
    before, shuffled = float(found[f"before/{measure}"]), found[f"shuffled/{measure}"]
    worse = (before - shuffled) if measure == "accuracy" else (shuffled - before)
    means, spreads = worse.mean(1), worse.std(1)
    order = np.argsort(-means, kind="stable")
    label, form = _label(inside, measure, float(np.abs(means).max()))
    shown = order[:SHOWN]
    figure = draw_importance([names[at] for at in shown], means[shown], spreads[shown], label, form)
    listed = ", ".join(f"{names[at]} {means[at]:.3g}" for at in shown)
    chart(figure, key="inside_importance", alt=f"{label} when a column is shuffled: {listed}")
    if len(order) > SHOWN:
        st.caption(f"Showing {SHOWN} of {len(order):,} columns; the file below holds all.")
    useless = int((means < SURE * spreads).sum() + ((means == 0) & (spreads == 0)).sum())
    if useless:
        more = " By loss, smaller effects stand out." if measure == "accuracy" else ""
        st.markdown(f"Shuffling {useless:,} of {len(names):,} columns costs no more than chance could.{more}")
    st.caption(f"Bars: the mean of {REPEATS} shuffles; lines: one standard deviation. {_rows(inside, count, is_held)}")
    table = pd.DataFrame({"column": names, label: means, "standard deviation": spreads}).iloc[order]
    offer(inside, "importance", table=lambda: table, key="importance")


def _label(inside: Inside, measure: str, most: float) -> tuple[str, str]:
    """Return the title of the axis, and the format of its numbers, the largest of which is `most`."""
    if measure == "accuracy":
        return "accuracy lost", ".1%"
    if measure == "loss":
        return "loss gained, nats", ".3~g"
    unit = inside.dataset.spec.target.unit  # type: ignore[union-attr]
    return f"RMSE gained{f', {unit}' if unit else ''}", ".3~s" if most >= THOUSAND else ".3~g"


def _rows(inside: Inside, count: int, is_held: bool) -> str:
    """Say which rows it was measured on, and why on those."""
    kind = inside.dataset.spec.kind
    if is_held:
        return f"Measured on {count:,} validation {kind}, which it has not learned from; test {kind} stay unseen."
    return (
        f"Measured on {count:,} {kind} that it learned from, as this run held back too few: columns that it has "
        f"memorised count, too. Test {kind} are not used, so that nobody chooses columns by them."
    )
