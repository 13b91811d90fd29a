"""Homes that earlier versions have written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

import core.store
from core.settings import Settings
from core.store import Status, open_store
from core.store.records import SERVER

VERSIONS = Path(core.store.__file__).with_name("migrations")


@pytest.fixture
def old(settings: Settings) -> Iterator[sa.Engine]:
    """The empty database of a home."""
    (settings.home / "runs").mkdir(parents=True)
    engine = sa.create_engine(f"sqlite:///{settings.home / 'glassbox.db'}")
    yield engine
    engine.dispose()


def upgrade(connection: Connection, revision: str) -> None:
    alembic = Config()
    alembic.set_main_option("script_location", str(VERSIONS))
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, revision)


def add(connection: Connection, **columns: Any) -> None:
    """Insert a task as that version would have, with what it knew."""
    runs = sa.Table("runs", sa.MetaData(), autoload_with=connection)
    texts = dict.fromkeys(("name", "note", "error"), "")
    numbers = dict.fromkeys(("generation", "priority", "heartbeat", "starred", "published"), 0)
    rest = {"config": {}, "progress": {}, "summary": {}, "kind": "train", "dataset": "mnist_5k", "owner": "ann"}
    connection.execute(sa.insert(runs).values(**{**texts, **numbers, **rest, **columns}))


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_a_home_of_an_earlier_version_keeps_its_runs(settings: Settings, old: sa.Engine, version: str) -> None:
    with old.begin() as connection:
        upgrade(connection, version)
        add(connection, id="kept", name="my run", status="succeeded", created=1.0, summary={"parameters": 7})
        add(connection, id="waiting", status="queued", created=2.0)
    store = open_store(settings)
    kept = store.runs.get("kept")
    assert (kept.name, kept.status, kept.summary) == ("my run", Status.SUCCEEDED, {"parameters": 7})
    claimed = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert claimed is not None
    assert claimed.id == "waiting"
    store.close()


def test_tasks_that_an_earlier_version_queued_twice_all_come_to_their_end(settings: Settings, old: sa.Engine) -> None:
    with old.begin() as connection:
        upgrade(connection, "0002")
        for id_, status in (("a", "queued"), ("b", "running"), ("c", "queued"), ("d", "failed")):
            add(connection, id=id_, kind="prepare", owner=SERVER, status=status, created=1.0)
        for id_, run in (("e", "x"), ("f", "x"), ("g", "y")):
            add(connection, id=id_, kind="judge", owner=SERVER, status="queued", created=2.0, config={"run": run})
        add(connection, id="waiting", status="queued", created=3.0, after="c")
    store = open_store(settings)
    subjects = {run.id: run.subject for run in store.runs.list(kind=None)}
    assert {id_: subject for id_, subject in subjects.items() if subject} == {"b": "mnist_5k", "e": "x", "g": "y"}
    for slot in ("prepare-0", "prepare-1"):
        run = store.runs.claim("prepare", host="here", slot=slot, pid=1)
        assert run is not None
        store.runs.move(run.id, Status.SUCCEEDED)
    assert store.runs.claimable("train")
    store.close()
