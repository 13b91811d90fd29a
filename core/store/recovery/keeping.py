"""Copies of a run's row and numbers in its folder, so that a lost database loses no run.

The database has priority: a copy is read only if the database lacks the run or has an older state. `heartbeat` grows
with each change and tells which is newer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from core.errors import ArtifactError
from core.store.artifacts import RunFiles
from core.store.metrics import Metrics, Point
from core.store.records import Run, Status
from core.store.runs.stints import begin_stint, end_stint
from core.store.schema import checkpoints, metrics, runs, slots, snapshots

Row = dict[str, Any]  # of a table
RECORD = "run"  # run.json
NUMBERS = (metrics, snapshots, checkpoints)
TWIN = "Another task does the same."


def keeper(folder: Path) -> Callable[[Run], None]:
    """Return a function that copies a run's row to its folder.

    Args:
        folder: The folder of all runs.
    """

    def note(run: Run) -> None:
        files = RunFiles(folder / run.id)
        is_begun = run.kind == "train" and run.is_held
        if is_begun or files.folder.exists():
            with suppress(OSError):  # the row is written; the foreman updates the copy
                files.write_json(RECORD, vars(run))

    return note


def read_record(files: RunFiles) -> Run | None:
    """Read the run in a folder; None if there is no valid copy."""
    try:
        said = files.read_json(RECORD)
        row = {column.name: said.get(column.name, empty(column)) for column in runs.c}
        run = Run(**{**row, "status": Status(row["status"])})
    except (ArtifactError, OSError, ValueError, TypeError, AttributeError):
        return None
    return run if run.id == files.folder.name and is_sound(run) else None


def empty(column: sa.Column[Any]) -> object:
    """Return the value of a column that an older version did not have."""
    if column.nullable:
        return None
    return {} if isinstance(column.type, sa.JSON) else column.type.python_type()


def is_sound(run: Run) -> bool:
    """Return whether each column has a value of its type."""
    values = vars(run)
    return all(_fits(column, values[column.name]) for column in runs.c)


def _fits(column: sa.Column[Any], value: object) -> bool:
    if value is None:
        return bool(column.nullable)
    kind = column.type.python_type
    return isinstance(value, (int, float) if kind is float else kind) and _is_storable(value)


def _is_storable(value: object) -> bool:
    """Return whether SQLite stores a value without change."""
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return abs(value) < 2**63 if isinstance(value, int) else True


def keep_numbers(store_metrics: Metrics, files: RunFiles, run: Run) -> None:
    """Copy a run's metrics, snapshots and checkpoints to its folder, unless done since it ended."""
    if not files.folder.exists() or (run.finished and _written(files.numbers) >= run.finished):
        return
    tables = {
        "metrics": [_plain(point) for point in store_metrics.since(run.id)],
        "snapshots": [vars(snapshot) for snapshot in store_metrics.snapshots(run.id)],
        "checkpoints": [vars(checkpoint) for checkpoint in store_metrics.checkpoints(run.id)],
    }
    with suppress(OSError):
        files.write_numbers(tables)


def _plain(point: Point) -> Row:
    return {name: value for name, value in vars(point).items() if name != "id"}


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def take_back(connection: Connection, files: RunFiles, run: Run) -> bool:
    """Restore a run's row and numbers from its folder, unless the database has the same or a newer state.

    If another task of its kind and subject is live, the run is restored as lost.

    Args:
        connection: A connection in a transaction.
        files: The run's folder.
        run: The run as read from it.

    Returns:
        Whether the database has changed.
    """
    row = {**vars(run), **{name: _known(connection, getattr(run, name)) for name in ("after", "parent")}}
    given_up = {"status": Status.LOST, "lease": None, "finished": time.time(), "heartbeat": run.heartbeat + 1}
    is_held = run.is_held
    if not _put(connection, run, row):
        is_held = False
        if run.status.is_final or not _put(connection, run, {**row, **given_up, "error": TWIN}):
            return False
    connection.execute(sa.delete(slots).where(slots.c.run == run.id))
    end_stint(connection, run.id)
    if is_held:
        seat = sa.insert(slots).prefix_with("OR IGNORE")
        connection.execute(seat.values(host=run.host, slot=run.slot, run=run.id))
        begin_stint(connection, run.id, run.owner)
    _take_numbers(connection, files, run)
    return True


def _put(connection: Connection, run: Run, row: Row) -> bool:
    """Insert a row or replace an older one; return False if the database has a newer one or a live twin."""
    older = sa.update(runs).prefix_with("OR IGNORE").where(runs.c.id == run.id, runs.c.heartbeat < run.heartbeat)
    new = sa.insert(runs).prefix_with("OR IGNORE")
    statements = (older.values(**row), new.values(**row))
    return any(connection.execute(statement.returning(runs.c.id)).first() for statement in statements)


def take_more_numbers(connection: Connection, files: RunFiles, run: Run) -> None:
    """Restore a run's numbers if its folder has more of them than the database."""
    with suppress(ArtifactError):
        count = sa.select(sa.func.count()).where(metrics.c.run == run.id)
        if len(read_numbers(files)["metrics"]) > connection.execute(count).scalar_one():
            _take_numbers(connection, files, run)


def read_numbers(files: RunFiles) -> dict[str, list[Row]]:
    """Read a folder's copy of metrics, snapshots and checkpoints, by table.

    Raises:
        ArtifactError: The copy is missing or damaged.
    """
    said = files.read_numbers()
    try:
        tables = {table.name: [_told(table, row) for row in said.get(table.name, [])] for table in NUMBERS}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"{files.numbers.name} is damaged", received=str(error)) from error
    return tables


def _told(table: sa.Table, row: Row) -> Row:
    told = {column.name: row[column.name] for column in table.c if column.name not in ("id", "run")}
    if odd := [name for name, value in told.items() if not _fits(table.c[name], value)]:
        raise ValueError(f"{table.name} with invalid {', '.join(odd)}")
    return told


def _known(connection: Connection, run_id: str | None) -> str | None:
    return connection.execute(sa.select(runs.c.id).where(runs.c.id == run_id)).scalar() if run_id else None


def _take_numbers(connection: Connection, files: RunFiles, run: Run) -> None:
    """Restore metrics from the copy, and snapshots and checkpoints also from files, which may be newer."""
    try:
        copied = read_numbers(files)
    except ArtifactError:
        copied = {table.name: [] for table in NUMBERS}
    else:
        _renew(connection, metrics, run, copied["metrics"])
    _renew(connection, snapshots, run, _snapshots(files, run, copied["snapshots"]))
    _renew(connection, checkpoints, run, _checkpoints(files, run, copied["checkpoints"]))


def _renew(connection: Connection, table: sa.Table, run: Run, rows: list[Row]) -> None:
    connection.execute(sa.delete(table).where(table.c.run == run.id))
    if rows:
        connection.execute(sa.insert(table), [{**row, "run": run.id} for row in rows])


def _snapshots(files: RunFiles, run: Run, copied: list[Row]) -> list[Row]:
    known, said = {row["step"]: row for row in copied}, run.progress.get("steps_per_epoch")
    steps = said if isinstance(said, int) and said > 0 else None
    return [
        known.get(step) or {"step": step, "epoch": step // steps if steps else 0, "wall_s": 0.0}
        for step in files.snapshot_steps()
    ]


def _checkpoints(files: RunFiles, run: Run, copied: list[Row]) -> list[Row]:
    known, best = {row["step"]: row for row in copied}, run.summary.get("best_step")
    return [
        {"step": step, "sha256": sha256, "best": known[step]["best"] if step in known else step == best}
        for step, sha256 in files.checkpoints().items()
    ]
