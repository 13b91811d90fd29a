"""What a network forecasts of the test part of a long series, beside simple methods."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analysis.number.forecast import scores
from core.datasets.series.long import LongSeries, long_series
from core.errors import ArtifactError
from core.figures.forecast import METHODS, draw_forecasts
from core.runs.forecasting import forecasts_seen
from pages._ui.components.charts.chart import chart
from pages._ui.results.context import SaidNumbers
from pages._ui.results.forecast_on import forecast_further
from pages._ui.results.number_headline import number_column
from pages._ui.results.simple_methods import capital
from pages._ui.shell import privacy, shell

DIGITS = 4  # significant digits of an error


def forecasts(shown: SaidNumbers) -> None:
    """Draw the forecasts of the test part, and their errors; nothing for other data than a long series."""
    spec = shell.dataset(shown.run.dataset).spec
    series, step = long_series(spec), _step(shown)
    if series is None or step is None:
        return
    try:
        arrays = forecasts_seen(shell.store(), shown.run, step, privacy.viewer(shown.run))
    except ArtifactError:  # its file is gone or damaged
        return
    for plot in draw_forecasts(arrays, spec):
        st.subheader("What it forecasts")
        chart(plot.figure.update_layout(height=400, margin_b=150), key="forecasts", alt=plot.text)
        st.caption(plot.text.partition(" Errors")[0] + _how(series))
        _table(scores(arrays), series, shown)
    st.subheader("Forecast on")
    st.fragment(forecast_further)(shown.run, series)


def _step(shown: SaidNumbers) -> int | None:
    """Return the snapshot of the network that is shown; None if there is none."""
    steps = [snapshot.step for snapshot in shell.store().metrics.snapshots(shown.run.id)]
    wanted = shown.run.summary.get("best_step") if shown.which == "best" else max(steps, default=None)
    return wanted if wanted in steps else None


def _how(series: LongSeries) -> str:
    others = (
        " Other columns are taken to be as a period before, or as at last." if len(series.features.columns) > 1 else ""
    )
    return f" Running free, each forecast goes into the next, and nothing that came is told.{others}"


def _table(found: dict[str, dict[str, float]], series: LongSeries, shown: SaidNumbers) -> None:
    names = [capital(METHODS[name][0]) if name else "This network" for name in found]
    titles = {"ahead": f"RMSE {series.ahead}", "free": "RMSE running free"}
    columns = {shown.heading(title): [one[way] for one in found.values()] for way, title in titles.items()}
    st.dataframe(
        pd.DataFrame({"Model": names, **columns}),
        key="forecast_errors",
        hide_index=True,
        column_config={title: number_column(values, DIGITS) for title, values in columns.items()},
        alt="Errors of this network and of simple methods, one step ahead and running free",
    )
