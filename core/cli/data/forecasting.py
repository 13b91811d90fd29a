"""Options for a column that is to be forecast."""

from __future__ import annotations

import argparse
from typing import Any


def add_options(bring: argparse.ArgumentParser) -> None:
    """Declare the options of `data add`."""
    bring.add_argument("--forecast", metavar="COLUMN", help="column to forecast from what came before: a series")
    bring.add_argument("--date", metavar="COLUMN", help="column of dates of a series (default: looked for)")
    also = "column that a forecast may also read; can be repeated"
    bring.add_argument("--also", metavar="COLUMN", action="append", default=[], help=also)
    for name, words in (
        ("window", "steps that are read for a forecast (default: two periods)"),
        ("horizon", "steps from the last one that is read to the one that is forecast (default: 1)"),
        ("period", "steps after which the series repeats; 0: it does not (default: as its dates say)"),
    ):
        bring.add_argument(f"--{name}", type=int, metavar="N", help=words)
    bring.add_argument("--unit", default="", help="unit of the column to forecast")


def windows_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options of a series for its card."""
    named = {"length": options.window, "horizon": options.horizon, "period": options.period, "date": options.date}
    return {"also": options.also, "unit": options.unit, **{k: v for k, v in named.items() if v is not None}}
