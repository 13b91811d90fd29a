"""The numbers of runs: metrics by cursor, and the index of snapshots and checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from core.store.schema import checkpoints, metrics, runs, snapshots

MOST_ROWS = 20_000  # a run with more is thinned
FIRST_STEPS = 20  # always kept: the curve is steepest there

_POINT = (metrics.c.id, metrics.c.step, metrics.c.epoch, metrics.c.wall_s, metrics.c["values"])

# Each place is one lookup in the index.
_CURVE = sa.text("""
WITH RECURSIVE place(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM place WHERE n < :last),
edge AS (SELECT min(id) AS low, max(id) AS high FROM metrics WHERE run = :run)
SELECT step, json_extract("values", :path) FROM metrics WHERE id IN (
    SELECT (SELECT min(id) FROM metrics WHERE run = :run AND id >= low + (high - low) * n / :last) FROM place, edge
) ORDER BY id""")


@dataclass(frozen=True)
class Point:
    """Metrics after `step` updates; 0 is the untrained network."""

    step: int
    epoch: int
    wall_s: float
    values: dict[str, float]


@dataclass(frozen=True)
class StoredPoint(Point):
    """A point with its ever-growing id, the cursor of readers."""

    id: int


@dataclass(frozen=True)
class Snapshot:
    """A snapshot of a run."""

    step: int
    epoch: int
    wall_s: float


@dataclass(frozen=True)
class Checkpoint:
    """A state to resume from, with the expected hash of its file."""

    step: int
    sha256: str
    best: bool


Row = TypeVar("Row", Snapshot, Checkpoint)


class Metrics:
    """Metrics, snapshots and checkpoints.

    Args:
        engine: The store's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, run_id: str, points: Sequence[Point]) -> None:
        """Write points in one transaction."""
        rows = [{"run": run_id, **vars(point)} for point in points]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(sa.insert(metrics), rows)

    def since(self, run_id: str, cursor: int = 0, *, stride: int = 1) -> list[StoredPoint]:
        """Return the points with ids above `cursor`, in the order of writing.

        Args:
            run_id: The run.
            cursor: Id of the last known point.
            stride: Only every `stride`-th step, the first `FIRST_STEPS`, and points with validation metrics.
        """
        thinned = [] if stride == 1 else [_is_kept(stride)]
        query = sa.select(*_POINT).where(metrics.c.run == run_id, metrics.c.id > cursor, *thinned)
        with self._engine.connect() as connection:
            return [StoredPoint(**row._mapping) for row in connection.execute(query.order_by(metrics.c.id))]

    def newest(self, run_id: str, most: int) -> list[StoredPoint]:
        """Return the newest points, at most `most`, in the order of writing."""
        query = sa.select(*_POINT).where(metrics.c.run == run_id).order_by(metrics.c.id.desc()).limit(most)
        with self._engine.connect() as connection:
            return [StoredPoint(**row._mapping) for row in connection.execute(query)][::-1]

    def curve(self, run_id: str, name: str, most: int = 40) -> list[tuple[int, float]]:
        """Return at most `most` (step, value) of a metric, evenly spread, without reading all rows."""
        asked = {"run": run_id, "path": f'$."{name}"', "last": most - 1}
        with self._engine.connect() as connection:
            rows = connection.execute(_CURVE, asked).all()
        return [(step, value) for step, value in rows if value is not None]

    def rewind(self, run_id: str, step: int) -> None:
        """Delete everything after `step`; readers see a new generation and start again."""
        tables = (metrics, snapshots, checkpoints)
        with self._engine.begin() as connection:
            for table in tables:
                connection.execute(sa.delete(table).where(table.c.run == run_id, table.c.step > step))
            grow = sa.update(runs).where(runs.c.id == run_id)
            connection.execute(grow.values(generation=runs.c.generation + 1))

    def thin(self, run_id: str, stride: int) -> None:
        """Keep every `stride`-th step, the first `FIRST_STEPS`, and rows with validation metrics."""
        with self._engine.begin() as connection:
            query = sa.select(metrics.c.id, metrics.c.step, metrics.c["values"]).where(metrics.c.run == run_id)
            rows = connection.execute(query).all()
            drop = [
                i
                for i, step, values in rows
                if step % stride and step > FIRST_STEPS and not any(k.startswith("val_") for k in values)
            ]
            for start in range(0, len(drop), 500):
                connection.execute(sa.delete(metrics).where(metrics.c.id.in_(drop[start : start + 500])))

    def count(self, run_id: str) -> int:
        """Return the number of a run's points."""
        query = sa.select(sa.func.count()).where(metrics.c.run == run_id)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def add_snapshot(self, run_id: str, snapshot: Snapshot) -> None:
        """Record a snapshot; a second one of the same step replaces the first."""
        with self._engine.begin() as connection:
            _replace(connection, snapshots, run_id, vars(snapshot))

    def snapshots(self, run_id: str) -> list[Snapshot]:
        """Return a run's snapshots, sorted by step."""
        return self._by_step(snapshots, Snapshot, run_id)

    def add_checkpoint(self, run_id: str, checkpoint: Checkpoint) -> None:
        """Record a checkpoint; a new best one replaces the previous best."""
        with self._engine.begin() as connection:
            if checkpoint.best:
                mark = sa.update(checkpoints).where(checkpoints.c.run == run_id)
                connection.execute(mark.values(best=False))
            _replace(connection, checkpoints, run_id, vars(checkpoint))

    def drop_checkpoint(self, run_id: str, step: int) -> None:
        """Remove a checkpoint from the index."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(checkpoints).where(checkpoints.c.run == run_id, checkpoints.c.step == step))

    def checkpoints(self, run_id: str) -> list[Checkpoint]:
        """Return a run's checkpoints, sorted by step."""
        return self._by_step(checkpoints, Checkpoint, run_id)

    def _by_step(self, table: sa.Table, kind: type[Row], run_id: str) -> list[Row]:
        columns = [table.c[field.name] for field in fields(kind)]
        query = sa.select(*columns).where(table.c.run == run_id).order_by(table.c.step)
        with self._engine.connect() as connection:
            return [kind(**row._mapping) for row in connection.execute(query)]


def _is_kept(stride: int) -> sa.ColumnElement[bool]:
    is_validated = sa.cast(metrics.c["values"], sa.Text).contains('"val_', autoescape=True)
    return sa.or_(metrics.c.step % stride == 0, metrics.c.step <= FIRST_STEPS, is_validated)


def _replace(connection: Connection, table: sa.Table, run_id: str, values: dict[str, object]) -> None:
    connection.execute(sa.delete(table).where(table.c.run == run_id, table.c.step == values["step"]))
    connection.execute(sa.insert(table).values(run=run_id, **values))
