"""A run's numbers as a CSV table."""

from __future__ import annotations

import csv
import io

from core.store import Run, Store

FIRST = ("step", "epoch", "wall_s")


def curves_csv(store: Store, run: Run) -> str:
    """Return all stored metrics of a run: a row for each step, a column for each metric, empty where not measured."""
    points = store.metrics.since(run.id)
    names = sorted({name for point in points for name in point.values})
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*FIRST, *names])
    for point in points:
        table.writerow([point.step, point.epoch, point.wall_s, *(point.values.get(name, "") for name in names)])
    return text.getvalue()
