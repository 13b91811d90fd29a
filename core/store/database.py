"""Opening the store: SQLite in WAL mode, brought to the newest schema under a file lock."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from core.errors import StoreError
from core.locks import locked
from core.settings import Settings
from core.store.artifacts import RunFiles
from core.store.metrics import Metrics
from core.store.people import People
from core.store.processes import Processes
from core.store.runs import Runs
from core.store.schema import HEAD

BUSY_MS = 10_000  # how long a writer waits for another
ORPHAN_S = 60.0  # so old a folder without a run must be to be removed


@dataclass(frozen=True)
class Store:
    """The runs, their metrics and their files.

    Args:
        settings: Where it lies.
        engine: The database.
        runs: Tasks and their life cycle.
        metrics: Numbers, snapshots and checkpoints of runs.
        processes: Foremen, workers and probes.
        people: What they are called.
    """

    settings: Settings
    engine: Engine
    runs: Runs
    metrics: Metrics
    processes: Processes
    people: People

    def files(self, run_id: str) -> RunFiles:
        """Return the folder of a run's files."""
        return RunFiles(self.settings.home / "runs" / run_id)

    def sweep(self, now: float) -> None:
        """Remove for good what was deleted: first the rows, so that a crash between leaves a folder at worst."""
        for run_id in self.runs.sweep(now):
            self.files(run_id).remove()

    def sweep_orphans(self, now: float) -> None:
        """Remove folders whose run is not there; a young one may be that of a run that is only being made."""
        folders = list((self.settings.home / "runs").iterdir())
        known = self.runs.ids()
        for folder in folders:
            with suppress(FileNotFoundError):
                if folder.name not in known and now - folder.stat().st_mtime > ORPHAN_S:
                    self.files(folder.name).remove()

    def close(self) -> None:
        """Close the database's connections."""
        self.engine.dispose()


def open_store(settings: Settings) -> Store:
    """Open the store of a home, made and migrated if need be.

    Raises:
        StoreError: The folder cannot be written, or SQLite does not grant WAL there.
    """
    path = settings.home / "glassbox.db"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        (settings.home / "runs").mkdir(exist_ok=True)
        engine = _engine(path)
        _migrate(engine, settings.home)
    except (OSError, OperationalError) as error:
        reason = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
        raise StoreError(
            f"Glassbox cannot write to its home folder {settings.home}",
            expected="a folder on a local disk that this user may write",
            received=str(reason),
            fix="Set GLASSBOX_HOME to another folder, or change its permissions.",
        ) from error
    except DatabaseError as error:
        raise StoreError(
            f"{path} is not a database that Glassbox can read",
            received=str(error.orig),
            fix="Move that file away, or set GLASSBOX_HOME to another folder.",
        ) from error
    return Store(settings, engine, Runs(engine), Metrics(engine), Processes(engine), People(engine))


def in_words(error: OperationalError) -> StoreError:
    """Return what to tell the user when the database could not do something just now."""
    return StoreError(
        "Glassbox could not read or write its database just now",
        received=str(error.orig),
        fix="See whether the disk is full, then try again: nothing that was saved is lost.",
    )


def _engine(path: Path) -> Engine:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError(
            "SQLite cannot use its write-ahead log in the home folder",
            expected="journal mode wal",
            received=mode,
            fix="Set GLASSBOX_HOME to a folder on a local disk.",
        )
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def revision(engine: Engine) -> str | None:
    """Return the schema's revision in the database, None if it is new."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(engine: Engine, home: Path) -> None:
    with locked(home / "migrate.lock"):
        found = revision(engine)
        if found == HEAD:
            _check_writable(engine)
            return
        if found is not None and found > HEAD:
            raise StoreError(
                "the home folder was written by a newer Glassbox",
                expected=f"schema {HEAD}",
                received=found,
                fix="Update Glassbox, or set GLASSBOX_HOME to another folder.",
            )
        from alembic import command
        from alembic.config import Config as AlembicConfig

        alembic = AlembicConfig()
        alembic.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # all tables or none, even if we are killed
            alembic.attributes["connection"] = connection
            command.upgrade(alembic, "head")
            connection.commit()


def _check_writable(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.rollback()
