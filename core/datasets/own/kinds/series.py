"""A column of a table, to forecast from what came before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.datasets.archives.archives import LIMITS
from core.datasets.dataset import Progress
from core.datasets.features import Series
from core.datasets.own.built import Built
from core.datasets.own.kinds.files import only_file
from core.datasets.own.kinds.kind import DataKind

DRAWN = 2_000  # steps of the preview


def read_own_series(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Read a series, and cut it into windows; the last fifth is for testing.

    Args:
        place: Folder of the one file.
        options: `name` of the file; `target`, the column to forecast, by default the first one of numbers; `date`, the
            column of dates, "" for none, by default looked for; `also`, other columns to read; `length`, `horizon` and
            `period` of `Windows`; `unit` of the target.
        progress: Receives the current step.

    Raises:
        DatasetError: The file is not a table, or its column is no series.
    """
    from core.datasets.series.brought import Windows, learn_series, number_columns, read_series
    from core.datasets.series.grid import date_column
    from core.datasets.tables.files import read_table
    from core.errors import DatasetError

    progress("reading the table", 0.1)
    frame = read_table(only_file(place), options["name"])
    progress("looking for dates and numbers", 0.5)
    date = date_column(frame) if options.get("date") is None else options["date"]
    numbers = [name for name in number_columns(frame) if name != date]
    target = options.get("target") or next(iter(numbers), "")
    if not target:
        raise DatasetError("no column holds numbers to forecast", received=", ".join(map(str, frame.columns[:10])))
    also = [name for name in options.get("also", ()) if name != target]
    brought = read_series(frame, [target, *also], date)
    windows = Windows.of(brought, options)
    progress("cutting it into windows", 0.8)
    arrays, spec = learn_series(brought, windows, options.get("unit", ""))
    assert isinstance(spec.features, Series)
    spec = replace(spec, features=replace(spec.features, above_zero=bool((brought.steps > 0).all())))
    values = brought.steps[:, 0]
    shown = values[:: max(1, -(-len(values) // DRAWN))]
    notes = {
        "said": [*brought.said, windows.say()],
        "steps": len(values),
        "drawn": [float(f"{value:.6g}") for value in shown],
        "columns": [str(name) for name in frame.columns],
        "numbers": numbers,
    }
    settled = {"target": target, "date": date, "also": also, "unit": options.get("unit", ""), **vars(windows)}
    return Built(arrays, spec, notes, options=settled)


KIND = DataKind(
    id="series",
    title="Series",
    takes="a table of measurements in time",
    way="A series",
    asks="A CSV, Parquet or Excel file with a row for each time, such as sales by day, and a column of dates if there "
    "is one. You choose which column to forecast once it is read.",
    limits=f"At most {LIMITS.archive_mb} MB; 30 to 200,000 steps. Dates must be at about equal intervals.",
    suffixes=(".csv", ".tsv", ".txt", ".parquet", ".xlsx"),
    likeness=lambda upload: 0,  # a table is a table until a column is to be forecast
    read=read_own_series,
    page="pages._ui.data.kinds.series:VIEW",
    is_forecast=True,
    keeps_raw=True,
    piece="column",
)
