"""Read-only SQL over the store, for scripts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass

from core.errors import StoreError
from core.settings import Settings
from core.store.database import database_of

MOST_ROWS = 100_000


@dataclass(frozen=True)
class Answer:
    """The rows that a query returns.

    Args:
        columns: Their names.
        rows: The values, in the order of the columns.
    """

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


def query(settings: Settings, sql: str) -> Answer:
    """Run one SQL statement that cannot change anything.

    Args:
        settings: Settings of the home.
        sql: A statement in SQLite's SQL; the tables are in `docs/contracts.md`.

    Raises:
        StoreError: There is no store, the statement is wrong, would change something, or returns too many rows.
    """
    path = database_of(settings.home)
    if not path.exists():
        raise StoreError(f"there is nothing in {settings.home} yet", fix="Train something first.")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            cursor = connection.execute(sql)
            if cursor.description is None:
                raise StoreError("this statement returns no rows", expected="a select", received=sql[:80])
            rows = cursor.fetchmany(MOST_ROWS + 1)
            columns = tuple(column[0] for column in cursor.description)
    except sqlite3.Error as error:
        tables = "Tables are runs, metrics, snapshots and those in docs/contracts.md."
        raise StoreError("this statement cannot be run", received=str(error), fix=tables) from error
    if len(rows) > MOST_ROWS:
        raise StoreError("too many rows", expected=f"at most {MOST_ROWS:,}", fix="Add a limit.")
    return Answer(columns, rows)
