"""What is left of a damaged database, and what to do, in words."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from core.cli import main
from core.errors import StoreError
from core.jobs.alone import alone
from core.jobs.submit import ALIVE_LOCK, FOREMAN_LOCK
from core.locks import FileLock, is_held
from core.settings import ROOT, Settings
from core.store import Store, in_words, open_store
from core.store.records import NewRun
from core.store.recovery.salvage import damage, recover
from tests.support.damage import spoil_pages
from tests.unit.store.recovery.test_recovery import contents, trained


@pytest.fixture
def database(settings: Settings) -> Path:
    return settings.home / "glassbox.db"


def test_a_damaged_page_costs_what_stood_on_it_and_no_trained_run(store: Store, database: Path) -> None:
    runs = [trained(store, name) for name in ("first", "second")]
    before = [contents(store, run.id) for run in runs]
    store.people.call("ann", "Ada")
    kept = store.findings.keep("ann", "one is better", ["first", "second"], {"consulted": 2}, "as I thought")
    tasks = spoil_pages(store)
    with pytest.raises(DatabaseError) as caught:
        store.runs.list(kind=None)
    assert "python -m core recover" in str(in_words(caught.value))
    assert damage(database)
    done = recover(store.settings)
    assert not damage(database)
    assert [contents(store, run.id) for run in runs] == before  # the open store takes the new one
    left = [run.id for run in store.runs.list(kind="check")]
    assert len(tasks) / 2 < len(left) < len(tasks)
    assert {tasks[0], tasks[-1]} <= set(left)  # on both sides of the damage
    assert done.salvaged >= len(left)
    assert store.people.nickname("ann") == "Ada"
    assert store.findings.list("ann") == [kept]
    assert done.damaged is not None
    assert damage(done.damaged)


def test_a_damaged_database_of_an_older_version_loses_no_more(store: Store) -> None:
    waiting = store.runs.submit(NewRun(kind="train", dataset="tiny", owner="ann", name="r", family="mlp"))
    tasks = spoil_pages(store)
    with closing(sqlite3.connect(store.settings.home / "glassbox.db")) as connection:
        connection.execute("ALTER TABLE runs RENAME COLUMN steering TO later")
    recover(store.settings)
    assert store.runs.get(waiting.id).config == waiting.config
    assert len(store.runs.list(kind="check")) > len(tasks) / 2


def test_numbers_that_were_lost_come_from_the_folder(store: Store) -> None:
    run = trained(store)
    before = contents(store, run.id)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM metrics WHERE step = 1")
    spoil_pages(store)
    recover(store.settings)
    assert contents(store, run.id) == before


def test_a_file_that_is_no_database_is_replaced_by_what_the_folders_tell(
    store: Store, settings: Settings, database: Path
) -> None:
    run = trained(store)
    before = contents(store, run.id)
    store.close()
    database.write_bytes(b"this is no database, " * 100)
    with pytest.raises(StoreError, match="python -m core recover"):
        open_store(settings)
    done = recover(settings)
    assert (done.salvaged, done.back) == (0, [run.id])
    assert contents(store, run.id) == before


def test_a_database_that_is_well_is_left_alone(store: Store, database: Path) -> None:
    run = trained(store)
    done = recover(store.settings)
    assert (done.damaged, done.back, done.lost_and_found) == (None, [], [])
    assert store.runs.get(run.id) == run
    assert [path.name for path in database.parent.glob("glassbox.db.*")] == []


def test_a_database_that_somebody_holds_is_not_damaged(store: Store, database: Path) -> None:
    store.close()
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert damage(database, 0.1) == ""


@pytest.mark.parametrize(
    ("lock", "shared", "words"),
    [
        (FOREMAN_LOCK, False, "Glassbox is running in this home: its foreman. End its foreman, then run this again"),
        (ALIVE_LOCK, True, "Glassbox is running in this home: a server or command. End its servers and commands"),
    ],
)
def test_nothing_is_recovered_while_somebody_is_at_work(
    settings: Settings,
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lock: str,
    shared: bool,
    words: str,
) -> None:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    settings.home.mkdir(exist_ok=True)
    database.write_bytes(b"no database")
    somebody = FileLock(settings.home / lock, shared=shared)
    somebody.acquire()
    assert main(["recover"]) == 2
    assert words in capsys.readouterr().err
    assert database.read_bytes() == b"no database"
    somebody.release()
    assert main(["recover"]) == 0


def test_no_foreman_starts_while_a_home_is_recovered(store: Store) -> None:
    with alone(store.settings):
        assert is_held(store.settings.home / FOREMAN_LOCK)
    assert not is_held(store.settings.home / FOREMAN_LOCK)


def test_the_foreman_that_is_to_be_ended_is_named(settings: Settings) -> None:
    settings.home.mkdir(exist_ok=True)
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from core.locks import FileLock; from pathlib import Path; "
    code += f"FileLock(Path({str(settings.home / FOREMAN_LOCK)!r})).acquire(); print(flush=True); input()"
    foreman = subprocess.Popen(
        [sys.executable, "-c", code, "core.jobs.foreman"],
        env={**os.environ, **settings.environment()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert foreman.stdout is not None
    foreman.stdout.readline()
    with pytest.raises(
        StoreError, match=rf"its foreman, process {foreman.pid}\. End its foreman with kill {foreman.pid},"
    ):
        alone(settings).__enter__()
    foreman.communicate(b"\n", timeout=60)


def test_the_command_says_what_was_done(
    store: Store,
    settings: Settings,
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    run = trained(store)
    store.runs.submit(NewRun(kind="check", dataset="x", owner="ann", name="y"))
    store.close()
    database.write_bytes(b"no database")
    (settings.home / "lost+found" / "old").mkdir(parents=True)
    assert main(["runs"]) == 2
    assert "python -m core recover" in capsys.readouterr().err
    assert main(["recover", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["back"] == [run.id]
    assert Path(said["damaged"]).read_bytes() == b"no database"
    assert main(["recover"]) == 0
    out = capsys.readouterr().out
    assert "intact" in out
    assert str(settings.home / "lost+found" / "old") in out
