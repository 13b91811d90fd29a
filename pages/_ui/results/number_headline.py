"""The headline of a regression network's results: errors, comparisons and cost."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from core.analysis.number.errors import error_numbers
from core.analysis.number.intervals import ErrorIntervals, Interval
from core.runs.comparison.baselines import NAMES
from core.store import Run
from pages._ui.inside.links import link_step
from pages._ui.results.context import SaidNumbers
from pages._ui.results.run_facts import best_and_last, cost, shift, titled
from pages._ui.results.simple_methods import capital, known_methods, offer_methods
from pages._ui.shell import words

DIGITS = 4  # significant digits in a table
BASELINES = {which: NAMES[which] for which in ("linear", "boosting", "mean", "persistence", "seasonal")}


def headline(shown: SaidNumbers, intervals: ErrorIntervals) -> None:
    """Draw the errors with their intervals, comparisons and the cost of the run."""
    numbers = error_numbers(shown.truth, shown.said)
    with st.container(border=True, key="result"):
        _cards(shown, numbers, intervals)
        best = best_and_last(shown.run, "test_rmse", shown.in_unit)
        for sentence in filter(None, (shift(shown.run), _gap(shown, numbers["rmse"], intervals.rmse), best)):
            st.markdown(sentence)
        _baselines(shown, numbers, intervals.rmse)
        st.caption(cost(shown.run))
        link_step(shown.run)


def _cards(shown: SaidNumbers, numbers: dict[str, float], intervals: ErrorIntervals) -> None:
    found = {name: getattr(intervals, name) for name in numbers}
    in_unit = {name: shown.in_unit(found[name].low, found[name].high) for name in ("rmse", "mae")}
    rmse, mae, r2 = st.columns(3)
    with rmse:
        st.metric(titled("RMSE", shown.which), shown.in_unit(numbers["rmse"]))
        st.markdown(f"The typical error; large errors count most. 95 % interval: {in_unit['rmse']}.")
    with mae:
        st.metric(titled("MAE", shown.which), shown.in_unit(numbers["mae"]))
        st.markdown(f"The mean absolute error. 95 % interval: {in_unit['mae']}.")
    with r2:
        st.metric(titled("R²", shown.which), words.number(numbers["r2"]))
        st.markdown(
            "The share of the variance that it explains; always predicting the mean explains none. "
            f"95 % interval: {words.number(found['r2'].low)} to {words.number(found['r2'].high)}."
        )
    st.markdown(f"Measured on {len(shown.truth):,} unseen {shown.kind}.")


def _gap(shown: SaidNumbers, rmse: float, interval: Interval) -> str:
    """Return what the gap between training and test error means; "" if it was not measured."""
    train = shown.number("train_rmse")
    if train is None:
        return ""
    return (
        f"Its RMSE is {shown.in_unit(train)} on its training {shown.kind}, {shown.in_unit(rmse)} on unseen ones. "
        f"{_meaning(shown, train, interval)}"
    )


def _meaning(shown: SaidNumbers, train: float, interval: Interval) -> str:
    if shown.run.config.get("test_shift", "none") != "none":
        return "Its test images were changed on purpose, so the gap includes the effect of that change."
    if train in interval:
        return "The gap is within the range of chance."
    if train > interval.high:
        return f"It does no worse on unseen {shown.kind}: no sign that it has memorised any."
    return (
        "The gap is larger than chance explains: it has memorised some. Dropout, weight decay or more data reduce it."
    )


def _baselines(shown: SaidNumbers, numbers: dict[str, float], interval: Interval) -> None:
    """Draw the table of baselines, if they were measured, and say what the network adds."""
    summary = {**shown.run.summary, **_boosted(shown.run)}
    known = {which: name for which, name in BASELINES.items() if f"test_rmse_{which}" in summary}
    if not known:
        offer_methods(shown.run)
        return
    strongest = min(known, key=lambda which: summary[f"test_rmse_{which}"])
    st.markdown(_worth(known[strongest], summary[f"test_rmse_{strongest}"], numbers["rmse"], interval))
    rows = {
        "This network": numbers,
        **{
            capital(name): {number: summary[f"test_{number}_{which}"] for number in numbers}
            for which, name in known.items()
        },
    }
    titles = {"rmse": shown.heading("RMSE"), "mae": shown.heading("MAE"), "r2": "R²"}
    columns = {title: [row[number] for row in rows.values()] for number, title in titles.items()}
    st.dataframe(
        pd.DataFrame({"Model": list(rows), **columns}),
        key="baselines",
        hide_index=True,
        column_config={title: number_column(values, DIGITS) for title, values in columns.items()},
        alt="RMSE, MAE and R² of this network and of the baselines",
    )
    st.caption(f"All were trained on the same {shown.kind} and tested on the same {shown.kind}.")
    offer_methods(shown.run)


def _boosted(run: Run) -> dict[str, float]:
    """Return what gradient boosting reaches, as entries of a summary, if it is known."""
    known = known_methods(run)
    found = known.results.get("boosting", {}) if known else {}
    return {f"{key.removesuffix('_last')}_boosting": value for key, value in found.items()}


def _worth(name: str, baseline: float, rmse: float, interval: Interval) -> str:
    if baseline in interval:
        return f"It does about as well as **{name}**, whose RMSE lies within its interval."
    if baseline < interval.low:
        return f"**{capital(name)}** does better: train longer or change the settings."
    return f"Its RMSE is {words.percent(1 - rmse / baseline, 0)} below that of **{name}**."


def number_column(values: Iterable[float], digits: int) -> st.column_config.NumberColumn:
    """Return a column with as many decimal places as give its largest number that many digits."""
    largest = max(map(abs, values))
    return st.column_config.NumberColumn(format=f"%.{words.places(largest, digits)}f")
