"""Command that forecasts a series on: forecast."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.command import Commands, refuse
from core.cli.follow import open_home
from core.cli.report import show
from core.datasets import find_dataset
from core.datasets.series.known import known_from
from core.errors import DatasetError
from core.runs.forecasting import forecast_on, known_of, series_of
from core.settings import Settings
from core.store.records import LOCAL


def add_commands(command: Commands) -> None:
    """Declare the command."""
    sub = command("forecast", forecast, "Forecast the next steps of a series with a run's network.")
    sub.add_argument("id", metavar="RUN", help="a run that learned the next step of one long series")
    sub.add_argument("--steps", type=int, default=12, help="steps to forecast (default: 12)")
    sub.add_argument("--file", type=Path, metavar="CSV", help="a table to go on from (default: the run's own data)")
    sub.add_argument("--out", type=Path, metavar="CSV", help="write the forecast to this file")


def forecast(settings: Settings, options: argparse.Namespace) -> int:
    """Print the next steps, or write them to a file."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    series = series_of(store, run, find_dataset(settings, run.dataset).spec)
    try:
        file = options.file
        known = known_from(file, file.name, series) if file else known_of(store, run, series, LOCAL)
    except DatasetError as error:
        return refuse(error)
    ahead = forecast_on(store, run, series, known, options.steps, actor=LOCAL)
    if options.out is not None:
        options.out.write_text(ahead.as_csv(series))
    found = {"run": run.id, "target": series.target.name, "unit": series.target.unit, "steps": ahead.rows()}
    lines = [f"{row['time']}  {row['value']:g} {series.target.unit}".rstrip() for row in ahead.rows()]
    show(options, {**found, "notes": list(known.said)}, "\n".join([*known.said, *lines]))
    return 0
