"""Let a network forecast the time to come, of its own series or of a table that somebody brings."""

from __future__ import annotations

import streamlit as st

from core.datasets.series.known import Known, known_apart
from core.datasets.series.long import LongSeries
from core.errors import ProbeAwayError
from core.figures.forecast import draw_ahead
from core.runs.forecasting import Ahead, forecast_on, known_of
from core.store import Run
from pages._ui.components.charts.chart import chart
from pages._ui.data.uploads import choose
from pages._ui.shell import privacy, shell, words

MOST, USUAL, MOST_MB = 500, 24, 20  # steps, and size of a table
DEADLINE_S = 20.0
_DONE = "_forecast_on"  # session key: of which run and how, and what was forecast
_FILE = "A table with the same columns. Without one, the network goes on from the end of the data that it learned from."
_STEPS = "How many steps it says. Few: each is likely near. Many: errors grow, as each forecast goes into the next."


def forecast_further(run: Run, series: LongSeries) -> None:
    """Draw the choice of a series and of how far, and the forecast; the body of a fragment."""
    if not privacy.sees_run(run):
        privacy.say("What it forecasts is")
        return
    left, right = st.columns([35, 65], gap="large")
    with left:
        steps = st.slider("Steps", 1, MOST, min(USUAL, MOST), key="forecast_steps", help=_STEPS)
        files = choose(
            "Go on from a table of yours", key="forecast_file", types=["csv", "tsv", "xlsx"], megabytes=MOST_MB
        )
        st.caption(_FILE)
        st.button("Forecast", key="forecast_go", icon=":material/timeline:")
    if st.session_state.get("forecast_go"):
        with left, shell.guard():
            if files:
                with st.spinner("It reads the table"):
                    known = known_apart(shell.store().settings, files[0].path, files[0].name, run.dataset)
            else:
                known = known_of(shell.store(), run, series, privacy.viewer(run))
            st.session_state[_DONE] = (run.id, known, _asked(run, series, known, int(steps)))
    done = st.session_state.get(_DONE)
    with right:
        if done and done[0] == run.id and done[2]:
            _draw(series, done[1], done[2])
        else:
            st.caption("The forecast appears here.")


def _asked(run: Run, series: LongSeries, known: Known, steps: int) -> Ahead | None:
    """Return the forecast; None, and say so, while the process that answers is starting."""
    try:
        with st.spinner("It forecasts"):
            actor = privacy.viewer(run)
            return forecast_on(shell.store(), run, series, known, steps, actor=actor, deadline_s=DEADLINE_S)
    except ProbeAwayError:
        st.info(f"The process that answers is {shell.probe_state()}. Press Forecast again in a moment.")
        return None


def _draw(series: LongSeries, known: Known, ahead: Ahead) -> None:
    for sentence in known.said:
        st.caption(words.plain(sentence))
    figure = draw_ahead(series, known.steps[:, series.place], known.clock, ahead.values)
    name = words.plain(series.target.name)
    chart(figure, key="forecast_ahead", alt=f"The end of {name}, and {len(ahead.values):,} steps that are forecast")
    last = f"{ahead.times[-1]}: {words.number(float(ahead.values[-1]))} {series.target.unit}".rstrip()
    st.caption(f"From {ahead.times[0]} to {words.plain(last)}. Running free: each forecast goes into the next.")
    st.download_button(
        "Download as CSV",
        ahead.as_csv(series),
        "forecast.csv",
        "text/csv",
        key="forecast_csv",
        icon=":material/download:",
        on_click="ignore",
    )
