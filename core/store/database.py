"""Open the store: SQLite in WAL mode, migrated to the newest schema under a file lock."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from core.disk import IS_FULL, WHAT_TO_DO, is_about_room
from core.errors import StoreError
from core.locks import locked
from core.private import keep_private
from core.settings import Settings
from core.store.artifacts import RunFiles
from core.store.metrics import Metrics
from core.store.nicknames import People
from core.store.notes.findings import Findings
from core.store.notes.guesses import Guesses
from core.store.notes.marks import Marks
from core.store.notes.slices import Slices
from core.store.processes import Processes
from core.store.records import Run
from core.store.recovery.keeping import keep_numbers, keeper, take_back
from core.store.recovery.recovery import Recovered, bring_back, set_aside, tidy
from core.store.runs.aged import leaving
from core.store.runs.runs import Runs
from core.store.schema import HEAD
from core.store.shares import Shares
from core.store.views import Views

MIGRATE_LOCK = "migrate.lock"
BUSY_MS = 10_000  # how long a writer waits for another
RECOVER = "On the server, end Glassbox and run python -m core recover: it keeps the damaged file and restores all runs."


@dataclass(frozen=True)
class Store:
    """The runs, their metrics and their files.

    Args:
        settings: Settings with the home folder.
        engine: The database.
        runs: Tasks and their life cycle.
        metrics: Metrics, snapshots and checkpoints of runs.
        processes: Foremen, workers and probes.
        people: Nicknames.
        views: Views of the table of runs that visitors have named.
        guesses: What visitors expected of their runs.
        findings: Comparisons that visitors have kept.
        shares: Secret links that open a run on private data.
        marks: Examples that visitors have marked as mislabelled.
        slices: Groups of test examples that visitors have named.
    """

    settings: Settings
    engine: Engine
    runs: Runs
    metrics: Metrics
    processes: Processes
    people: People
    views: Views
    guesses: Guesses
    findings: Findings
    shares: Shares
    marks: Marks
    slices: Slices

    def files(self, run_id: str) -> RunFiles:
        """Return the folder of a run's files."""
        return RunFiles(self.settings.home / "runs" / run_id)

    def leaving(self) -> dict[str, float]:
        """Return when old runs of visitors go, by id, as `kept_runs` of the settings says."""
        return leaving(self.engine, self.settings.kept_runs)

    def sweep(self, now: float) -> None:
        """Remove deleted runs for good: files first, so that no folder is left to restore from."""
        if gone := self.runs.late(now):
            for run_id in gone:
                self.files(run_id).remove()
            self.runs.forget(gone)

    def tidy(self, now: float) -> Recovered:
        """Restore runs whose folders are newer than the database, and update the copies of the others."""
        return tidy(self.engine, self.settings.home, now)

    def keep(self, run: Run) -> None:
        """Copy a run's numbers to its folder."""
        keep_numbers(self.metrics, self.files(run.id), run)

    def adopt(self, run: Run, folder: Path) -> None:
        """Take in a run whose folder another store has filled: the folder is moved, then the database reads it.

        Args:
            run: The run, as `run.json` in the folder has it.
            folder: The folder, on the disk of the home.

        Raises:
            OSError: It cannot be moved.
        """
        files = self.files(run.id)
        os.replace(folder, files.folder)
        try:
            with self.engine.begin() as connection:
                take_back(connection, files, run)
        except DatabaseError:
            files.remove()
            raise

    def close(self) -> None:
        """Close the database's connections."""
        self.engine.dispose()


def open_store(settings: Settings) -> Store:
    """Open the store of a home; create or migrate it if needed, and restore runs from their folders.

    Raises:
        StoreError: The folder cannot be written, SQLite cannot use WAL there, or the database is damaged.
    """
    path = database_of(settings.home)
    try:
        keep_private(settings.home)
        (settings.home / "runs").mkdir(exist_ok=True)
        make_ready(path, unknown_only=True)
    except (OSError, OperationalError) as error:
        if is_about_room(error):
            raise StoreError(IS_FULL, fix=WHAT_TO_DO) from error
        if isinstance(error, OperationalError) and is_damage(error):
            raise in_words(error) from error
        reason = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
        raise StoreError(
            f"Glassbox cannot write to its home folder {settings.home}",
            expected="a folder on a local disk that this user may write to",
            received=str(reason),
            fix="Set GLASSBOX_HOME to another folder, or change its permissions.",
        ) from error
    except DatabaseError as error:
        raise StoreError("the database of this server is damaged", received=str(error.orig), fix=RECOVER) from error
    engine = engine_of(path)
    _reopen_if_replaced(engine, path)
    runs = Runs(engine, keeper(settings.home / "runs"))
    people, views, guesses = People(engine), Views(engine), Guesses(engine)
    tables = Metrics(engine), Processes(engine), people, views, guesses, Findings(engine)
    return Store(settings, engine, runs, *tables, Shares(engine), Marks(engine), Slices(engine))


def database_of(home: Path) -> Path:
    """Return the database file of a home; SQLite keeps `-wal` and `-shm` beside it."""
    return home / "glassbox.db"


def in_words(error: DatabaseError) -> StoreError:
    """Turn a database error into an error for users."""
    reason = str(error.orig)
    if is_damage(error):
        return StoreError("the database of this server is damaged", received=reason, fix=RECOVER)
    if is_about_room(error):
        return StoreError(IS_FULL, fix=WHAT_TO_DO)
    return StoreError(
        "Glassbox could not read or write its database just now",
        received=reason,
        fix="Try again in a moment: no saved data is lost.",
    )


def is_damage(error: DatabaseError) -> bool:
    """Return whether the database file is damaged, so that retrying is pointless."""
    return tells_of_damage(str(error.orig))


def tells_of_damage(said: str) -> bool:
    """Return whether SQLite's message means a damaged file, not a busy, full or unreachable one."""
    return any(words in said for words in ("malformed", "not a database", "unsupported file format"))


def engine_of(path: Path) -> Engine:
    """Return an engine for a database file, in WAL mode."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _configure)
    return engine


def make_ready(path: Path, *, unknown_only: bool = False) -> None:
    """Migrate a database to the newest schema, and restore runs from their folders.

    Args:
        path: The database file.
        unknown_only: Whether to restore only runs that it does not know, not newer states of known ones.
    """
    engine = engine_of(path)
    try:
        migrate(engine, path.parent)
        bring_back(engine, path.parent, unknown_only=unknown_only)
    finally:
        engine.dispose()


def _reopen_if_replaced(engine: Engine, path: Path) -> None:
    """Reconnect when the database file was moved or replaced."""

    @event.listens_for(engine, "connect")
    def note(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "checkout")
    def look(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
        wal = path.with_name(f"{path.name}-wal")
        if record.info["file"] == _identity(path) is not None:
            record.info["wal"] = _identity(wal)
            return
        with locked(path.parent / MIGRATE_LOCK):
            if record.info.get("wal") == _identity(wal) is not None:  # left by the old database, harmful to the new one
                for stale in (wal, path.with_name(f"{path.name}-shm")):
                    with suppress(FileNotFoundError):
                        set_aside(stale, path.parent)
        make_ready(path)
        raise DisconnectionError("the database was replaced")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _configure(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
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
    """Return the database's schema revision; None if it is new."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def migrate(engine: Engine, home: Path) -> None:
    """Migrate a database to the newest schema, under a lock.

    Raises:
        StoreError: A newer Glassbox wrote it.
    """
    with locked(home / MIGRATE_LOCK):
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
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # all or nothing, even if the process is killed
            alembic.attributes["connection"] = connection
            command.upgrade(alembic, "head")
            connection.commit()


def _check_writable(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.rollback()
