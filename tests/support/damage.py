"""Damage that a disk may do to a database."""

import sqlite3
from contextlib import closing

from core.store import Store
from core.store.records import NewRun

PAGE = 4096


def spoil_pages(store: Store, table: str = "runs") -> list[str]:
    """Overwrite a page in the middle of a table that then has more than one, but leave the rest; return its tasks."""
    new = NewRun(kind="check", dataset="mnist_5k", owner="ann", name="a check", config={"filled": "x" * 500})
    ids = [store.runs.submit(new).id for _ in range(40)]
    store.close()
    path = store.settings.home / "glassbox.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root, size = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = ?", [table]
        ).fetchone()
    assert size == PAGE
    with path.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        node = file.read(PAGE)
        assert node[0] == 5  # an inner page of a table
        cells = int.from_bytes(node[3:5], "big")
        middle = int.from_bytes(node[12 + cells // 2 * 2 :][:2], "big")
        child = int.from_bytes(node[middle:][:4], "big")
        file.seek((child - 1) * PAGE)
        file.write(b"\xa5" * PAGE)
    return ids
