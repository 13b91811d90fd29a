"""Rebuild a damaged database from its readable rows and from the folders of the runs."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.errors import StoreError
from core.locks import locked
from core.settings import Settings
from core.store.artifacts import RunFiles
from core.store.database import BUSY_MS, MIGRATE_LOCK, database_of, engine_of, migrate, open_store, tells_of_damage
from core.store.records import Run, Status
from core.store.recovery.keeping import Row, empty, is_sound, take_more_numbers
from core.store.recovery.recovery import LOST_AND_FOUND, bring_back
from core.store.schema import (
    checkpoints,
    controls,
    findings,
    guesses,
    marks,
    metrics,
    people,
    runs,
    slices,
    snapshots,
    views,
)

KEPT = (
    people,
    views,
    findings,
    marks,
    slices,
    guesses,
    metrics,
    snapshots,
    checkpoints,
    controls,
)  # and runs; others are temporary
BAD_SECTOR = ("SQLITE_IOERR_READ", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_CORRUPTFS")


@dataclass
class Rescue:
    """The result of `recover`.

    Args:
        damaged: New path of the damaged database; None if it was intact.
        salvaged: Number of runs read from it.
        back: Ids of runs restored from their folders, or brought to a newer state.
        lost_and_found: Everything in `lost+found`.
    """

    damaged: Path | None = None
    salvaged: int = 0
    back: list[str] = field(default_factory=list)
    lost_and_found: list[Path] = field(default_factory=list)


def recover(settings: Settings) -> Rescue:
    """Replace a damaged database, and restore every run that has a folder.

    Raises:
        StoreError: The home folder cannot be written, or a newer Glassbox wrote it.
    """
    done, path = Rescue(), database_of(settings.home)
    if path.exists() and damage(path):
        try:
            done.salvaged, done.back = _renew(path)
        except (OSError, sqlite3.OperationalError) as error:
            fix = "Check whether the disk is full, then run this again: nothing was changed."
            raise StoreError("the database cannot be rebuilt", received=str(error), fix=fix) from error
        done.damaged = _replace(path)
    store = open_store(settings)
    done.back += store.tidy(time.time()).back
    store.close()
    with suppress(FileNotFoundError):
        done.lost_and_found = sorted((settings.home / LOST_AND_FOUND).iterdir())
    return done


def damage(path: Path, most_s: float = float("inf")) -> str:
    """Return SQLite's message about a damaged database; empty if no damage is found.

    Args:
        path: The database file.
        most_s: Seconds after which to stop the check.
    """
    until = time.monotonic() + most_s
    try:
        with closing(_reader(path, min(most_s, BUSY_MS / 1000))) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > until, 100_000)
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return str(error) if tells_of_damage(str(error)) or error.sqlite_errorname in BAD_SECTOR else ""
    return "" if found == "ok" else found


def _reader(path: Path, busy_s: float = BUSY_MS / 1000) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", timeout=busy_s, uri=True)
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    return connection


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _renew(path: Path) -> tuple[int, list[str]]:
    """Build a new database beside the damaged one; return the number of runs read and the ids restored from folders."""
    new, home = _new(path), path.parent
    new.unlink(missing_ok=True)
    engine = engine_of(new)
    migrate(engine, home)
    with closing(_reader(path)) as source, closing(sqlite3.connect(new)) as target:
        count = _put(target, runs, (row for row in _read(source, runs) if _is_run(row)))
        for table in KEPT:
            _put(target, table, _read(source, table))
        for statement in _REFERENCES:
            target.execute(statement)
        target.commit()
    back = bring_back(engine, home).back
    with engine.begin() as connection:
        for run in [Run.from_row(row) for row in connection.execute(sa.select(runs))]:
            take_more_numbers(connection, RunFiles(home / "runs" / run.id), run)
    engine.dispose()
    return count, back


def _replace(path: Path) -> Path:
    """Replace the damaged database by the new one, and return the damaged one's new path."""
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    with locked(path.parent / MIGRATE_LOCK):
        for end in ("-shm", "-wal", ""):
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
        _new(path).rename(path)
    return aside


def _read(source: sqlite3.Connection, table: sa.Table) -> Iterator[Row]:
    """Yield the rows from the first up to the damage, then from the last back to it; columns of later schemas empty."""
    last = -1
    for order in ("ASC", "DESC"):
        query = f'SELECT rowid AS place, * FROM "{table.name}" WHERE rowid > ? ORDER BY rowid {order}'
        with suppress(sqlite3.DatabaseError):
            rows = source.execute(query, [last])
            names = [column[0] for column in rows.description]
            for values in rows:
                row = {**_nothing(table), **dict(zip(names, values, strict=True))}
                last = row["place"] if order == "ASC" else last
                yield row


def _nothing(table: sa.Table) -> Row:
    """Return a row without values, as SQLite stores it."""
    return {c.name: json.dumps(empty(c)) if isinstance(c.type, sa.JSON) else empty(c) for c in table.c}


def _is_run(row: Row) -> bool:
    try:
        values = {
            column.name: json.loads(row[column.name]) if isinstance(column.type, sa.JSON) else _typed(column, row)
            for column in runs.c
        }
        return is_sound(Run(**{**values, "status": Status(values["status"])}))
    except (KeyError, TypeError, ValueError):
        return False


def _typed(column: sa.Column[Any], row: Row) -> Any:
    value = row[column.name]
    return bool(value) if isinstance(column.type, sa.Boolean) and value in (0, 1) else value


def _put(target: sqlite3.Connection, table: sa.Table, rows: Iterable[Row]) -> int:
    names = [column.name for column in table.c]
    columns, places = ", ".join(f'"{name}"' for name in names), ", ".join("?" for _ in names)
    before = target.total_changes
    target.executemany(
        f'INSERT OR IGNORE INTO "{table.name}" ({columns}) VALUES ({places})',
        ([row.get(name) for name in names] for row in rows),
    )
    return target.total_changes - before


_REFERENCES = (
    'UPDATE runs SET "after" = NULL WHERE "after" NOT IN (SELECT id FROM runs)',
    "UPDATE runs SET parent = NULL WHERE parent NOT IN (SELECT id FROM runs)",
    *(f"DELETE FROM {table} WHERE run NOT IN (SELECT id FROM runs)" for table in KEPT if "run" in table.c),
    'DELETE FROM metrics WHERE NOT json_valid("values")',
    "DELETE FROM controls WHERE NOT json_valid(payload)",
    "DELETE FROM guesses WHERE rival NOT IN (SELECT id FROM runs)",
    "DELETE FROM findings WHERE NOT (json_valid(runs) AND json_valid(record))",
    "DELETE FROM slices WHERE NOT json_valid(rows)",
    "INSERT OR IGNORE INTO slots SELECT host, slot, id FROM runs WHERE status = 'running'",
)
