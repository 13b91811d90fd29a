"""A run's row and numbers, written beside its files: a database that is lost loses no run.

The database is what counts; these copies are read only when it does not know the run, or an older state of it
(`heartbeat` grows with each change, so the newer copy is known).
"""

from __future__ import annotations

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
from core.store.schema import checkpoints, metrics, runs, slots, snapshots
from core.store.stints import begin_stint, end_stint

RECORD = "run"  # run.json


def keeper(folder: Path) -> Callable[[Run], None]:
    """Return what writes a run's row beside its files, below the folder of all runs."""

    def note(run: Run) -> None:
        files = RunFiles(folder / run.id)
        is_begun = run.kind == "train" and run.is_held
        if is_begun or files.folder.exists():
            with suppress(OSError):  # the row is written; the foreman mends the copy
                files.write_json(RECORD, vars(run))

    return note


def read_record(files: RunFiles) -> Run | None:
    """Return what a folder says of its run; None if it says nothing that can be understood."""
    try:
        said = files.read_json(RECORD)
        row = {column.name: said.get(column.name, _empty(column)) for column in runs.c}
        run = Run(**{**row, "status": Status(row["status"])})
    except (ArtifactError, OSError, ValueError, TypeError, AttributeError):
        return None
    return run if run.id == files.folder.name and is_sound(run) else None


def _empty(column: sa.Column[Any]) -> Any:
    return None if column.nullable else column.type.python_type()


def is_sound(run: Run) -> bool:
    """Return whether each column has a value of its type."""
    values = vars(run)
    return all(_fits(column, values[column.name]) for column in runs.c)


def _fits(column: sa.Column[Any], value: Any) -> bool:
    if value is None:
        return bool(column.nullable)
    kind = column.type.python_type
    return isinstance(value, (int, float) if kind is float else kind) and (kind is not int or abs(value) < 2**63)


def keep_numbers(store_metrics: Metrics, files: RunFiles, run: Run) -> None:
    """Write a run's metrics, saved moments and checkpoints beside its files, unless that was done since it ended."""
    if not files.folder.exists() or (run.finished and _written(files.numbers) >= run.finished):
        return
    tables = {
        "metrics": [_plain(point) for point in store_metrics.since(run.id)],
        "snapshots": [vars(snapshot) for snapshot in store_metrics.snapshots(run.id)],
        "checkpoints": [vars(checkpoint) for checkpoint in store_metrics.checkpoints(run.id)],
    }
    with suppress(OSError):
        files.write_numbers(tables)


def _plain(point: Point) -> dict[str, Any]:
    return {name: value for name, value in vars(point).items() if name != "id"}


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def take_back(connection: Connection, files: RunFiles, run: Run) -> bool:
    """Give a run the row and numbers that its folder tells of, unless the database knows it as well or better.

    Args:
        connection: In a transaction.
        files: The run's folder.
        run: What it says.

    Returns:
        Whether the database has changed.
    """
    row = {**vars(run), **{name: _known(connection, getattr(run, name)) for name in ("after", "parent")}}
    older = sa.update(runs).where(runs.c.id == run.id, runs.c.heartbeat < run.heartbeat)
    if not connection.execute(older.values(**row).returning(runs.c.id)).first():
        new = sa.insert(runs).prefix_with("OR IGNORE").values(**row)
        if not connection.execute(new.returning(runs.c.id)).first():
            return False
    connection.execute(sa.delete(slots).where(slots.c.run == run.id))
    end_stint(connection, run.id)
    if run.is_held:
        seat = sa.insert(slots).prefix_with("OR IGNORE")
        connection.execute(seat.values(host=run.host, slot=run.slot, run=run.id))
        begin_stint(connection, run.id, run.owner)
    _take_numbers(connection, files, run)
    return True


def take_more_numbers(connection: Connection, files: RunFiles, run: Run) -> None:
    """Renew a run's numbers if its folder holds more of them than the database."""
    with suppress(ArtifactError):
        count = sa.select(sa.func.count()).where(metrics.c.run == run.id)
        if len(files.read_numbers().get("metrics", [])) > connection.execute(count).scalar_one():
            _take_numbers(connection, files, run)


def _known(connection: Connection, run_id: str | None) -> str | None:
    return connection.execute(sa.select(runs.c.id).where(runs.c.id == run_id)).scalar() if run_id else None


def _take_numbers(connection: Connection, files: RunFiles, run: Run) -> None:
    """Renew metrics from the copy; saved moments and checkpoints also from the files, of which some may be newer."""
    with suppress(ArtifactError):
        copied = _rows(metrics, run, files.read_numbers().get("metrics", []))
        connection.execute(sa.delete(metrics).where(metrics.c.run == run.id))
        _insert(connection, metrics, copied)
    for table, found in ((snapshots, _moments(files, run)), (checkpoints, _checkpoints(files, run))):
        connection.execute(sa.delete(table).where(table.c.run == run.id))
        _insert(connection, table, _rows(table, run, found))


def _rows(table: sa.Table, run: Run, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [column.name for column in table.c if column.name not in ("id", "run")]
    return [{**{name: row[name] for name in names}, "run": run.id} for row in rows]


def _insert(connection: Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _copied(files: RunFiles, name: str) -> dict[int, dict[str, Any]]:
    with suppress(ArtifactError):
        return {row["step"]: row for row in files.read_numbers().get(name, [])}
    return {}


def _moments(files: RunFiles, run: Run) -> list[dict[str, Any]]:
    copied, steps = _copied(files, "snapshots"), run.progress.get("steps_per_epoch")
    return [
        copied.get(step) or {"step": step, "epoch": step // steps if steps else 0, "wall_s": 0.0}
        for step in files.moments()
    ]


def _checkpoints(files: RunFiles, run: Run) -> list[dict[str, Any]]:
    copied, best = _copied(files, "checkpoints"), run.summary.get("best_step")
    return [
        {"step": step, "sha256": sha256, "best": copied[step]["best"] if step in copied else step == best}
        for step, sha256 in files.checkpoints().items()
    ]
