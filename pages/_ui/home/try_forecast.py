"""Try a network that forecasts a series, on its own or on a table of the visitor's."""

from __future__ import annotations

from core.datasets import Dataset
from core.runs.forecasting import series_of
from core.store import Run
from pages._ui.results.forecast_on import forecast_further
from pages._ui.shell import shell


def try_forecast(run: Run, dataset: Dataset) -> None:
    """Draw the forecast; the body of a fragment."""
    forecast_further(run, series_of(shell.store(), run, dataset.spec))
