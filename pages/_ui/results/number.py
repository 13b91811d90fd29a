"""The results of a regression network on unseen examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.number.intervals import Interval, error_intervals
from core.analysis.number.residuals import ErrorGrowth, LargeError, Trend, error_growth, largest_errors
from core.datasets.features import Vector
from core.datasets.prepared import is_prepared
from core.datasets.tables.columns import cells_of
from core.errors import ArtifactError
from core.figures.number import MOST_DOTS, draw_predictions, draw_residual_counts, draw_residuals
from core.runs.visible import examples_seen
from core.store import Run
from core.store.records import IMPORTED
from pages._ui.components.charts.chart import chart
from pages._ui.inside.images.groups import draw_groups
from pages._ui.inside.links import has_inside, link_inside
from pages._ui.results.context import SaidNumbers
from pages._ui.results.forecasts import forecasts
from pages._ui.results.number_headline import headline, number_column
from pages._ui.results.run_facts import choose_network, say_why_empty
from pages._ui.runs.curves import draw_all_curves
from pages._ui.shell import privacy, shell, words
from pages._ui.sweep.more_data import offer_more_data

LARGEST = 10  # errors in the table
DIGITS = 5  # of the largest number in the table

GROWTH = {
    Trend.NONE: "Its errors are about as large for small predictions as for large ones",
    Trend.GROWS: "Its errors grow with the prediction: trust large predictions less",
    Trend.SHRINKS: "Its errors shrink as the prediction grows: trust small predictions less",
}


def results(run: Run) -> None:
    """Show the results of a regression run on unseen data."""
    if "test_r2_last" not in run.summary or not run.status.is_final:
        say_why_empty(run, "Errors, residuals and the largest mistakes")
        return
    try:
        shown = _chosen(run)
    except ArtifactError:
        if run.origin != IMPORTED:
            raise
        _without_answers(run)
        return
    intervals, sees = error_intervals(shown.truth, shown.said), privacy.sees_run(run)
    headline(shown, intervals)
    if sees:
        forecasts(shown)
    draw_all_curves(run)
    offer_more_data(run)
    st.subheader("Predicted and true")
    if sees:
        _scatters(shown)
    else:
        privacy.say(f"Single {shown.kind} are")
    st.subheader("What the errors have in common")
    _errors(shown, intervals.bias)
    if sees:
        st.subheader("Largest errors")
        _largest(shown)
    st.fragment(draw_groups)(run, shown.which)


def _without_answers(run: Run) -> None:
    """Show what is known of an imported run whose answers stayed with its private data."""
    spec, summary = shell.dataset(run.dataset).spec, run.summary
    unit = f" {words.name(spec.target.unit)}".rstrip()
    keys = {"test_rmse_last": ("RMSE", unit), "test_mae_last": ("MAE", unit), "test_r2_last": ("R²", "")}
    known = {key: summary[key] for key in keys if summary.get(key) is not None}
    found = [f"{keys[key][0]} **{words.number(value)}{keys[key][1]}**" for key, value in known.items()]
    st.markdown(f"On unseen {spec.kind}: {', '.join(found)}.")
    st.caption(f"Its answers to single {spec.kind} did not come with it: they would tell values of private data.")


def _chosen(run: Run) -> SaidNumbers:
    """Return the chosen network with its predictions."""
    found, spec = shell.store().files(run.id).load_predictions(), shell.dataset(run.dataset).spec
    which = choose_network(run, found)
    return SaidNumbers(run, which, spec.target, spec.kind, found["ids"], found["y_true"], found[f"values_{which}"])


def _scatters(shown: SaidNumbers) -> None:
    numbers, count = (shown.truth, shown.said, shown.target), len(shown.truth)
    left, right = st.columns(2)
    with left:
        st.markdown("**Predicted against true**: points on the line are right")
        alt = f"Predicted against true values of {count:,} {shown.kind}; on the diagonal both are equal"
        chart(draw_predictions(*numbers), key="predictions", alt=alt)
    with right:
        st.markdown("**Residuals**: above the line the prediction is too low")
        alt = f"Residuals (true minus predicted) against predictions of {count:,} {shown.kind}"
        chart(draw_residuals(*numbers), key="residuals", alt=alt)
    if count > MOST_DOTS:
        st.caption(f"Showing {MOST_DOTS:,} of {count:,} {shown.kind}, evenly spread.")


def _errors(shown: SaidNumbers, interval: Interval) -> None:
    bias = float((shown.truth.astype(float) - shown.said).mean())
    st.markdown(_bias(shown, bias, interval))
    st.markdown(_growth(error_growth(shown.truth, shown.said)))
    alt = f"Histogram of the residuals; their mean is {shown.in_unit(bias)}"
    chart(draw_residual_counts(shown.truth, shown.said, shown.target), key="residual_counts", alt=alt)


def _bias(shown: SaidNumbers, bias: float, interval: Interval) -> str:
    if 0 in interval:
        return (
            f"It shows no bias: true minus predicted is {shown.in_unit(bias)} on average, "
            f"and 0 lies within the 95 % interval, {shown.in_unit(interval.low, interval.high)}."
        )
    side = "little" if bias > 0 else "much"
    low, high = sorted((abs(interval.low), abs(interval.high)))
    return (
        f"On average it predicts **{shown.in_unit(abs(bias))} too {side}** (95 % interval {shown.in_unit(low, high)})."
    )


def _growth(found: ErrorGrowth) -> str:
    if found.correlation is None:
        return "Its errors or its predictions are all equal, so no trend can be measured."
    return (
        f"{GROWTH[found.trend]} (Spearman's correlation of the absolute error with the prediction: "
        f"{found.correlation:.2f})."
    )


def _largest(shown: SaidNumbers) -> None:
    errors = largest_errors(shown.ids, shown.truth, shown.said, LARGEST)
    numbers = {
        "True": [error.truth for error in errors],
        "Predicted": [error.said for error in errors],
        "True minus predicted": [error.residual for error in errors],
    }
    columns = {shown.heading(title): values for title, values in numbers.items()}
    st.dataframe(
        pd.DataFrame({"Row": [error.index for error in errors], **columns, **_cells(shown, errors, columns)}),
        key="largest_errors",
        hide_index=True,
        column_config={
            "Row": st.column_config.NumberColumn(format="%d", help="Its row in the test data, counted from 0."),
            **{title: number_column(values, DIGITS) for title, values in columns.items()},
        },
        alt="The examples with the largest errors: row in the test data, true and predicted value",
    )
    name = words.name(shown.target.name)
    if has_inside(shown.run):
        link_inside(shown.run, "Open the worst one in Inside", row=errors[0].index)
    st.caption(f"The {shown.kind} with the largest errors in {name}. Check them first: the data itself may be wrong.")


def _cells(
    shown: SaidNumbers, errors: Sequence[LargeError], taken: Iterable[str]
) -> dict[str, list[str] | list[float]]:
    """Return the rows themselves, by column; nothing if they are no rows of a table, or not on this server."""
    features = shell.dataset(shown.run.dataset).spec.features
    if not isinstance(features, Vector) or not is_prepared(shell.store().settings, shown.run.dataset):
        return {}
    data = examples_seen(shell.store(), shown.run, privacy.viewer(shown.run))
    if data.version != shown.run.dataset_version:  # its rows are others now
        return {}
    return cells_of(features, np.array(data.x_test[[error.index for error in errors]]), ["Row", *taken])
