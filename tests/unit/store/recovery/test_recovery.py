"""Whatever happens to the database, every trained model is still there."""

import gzip
import json
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.jobs.foreman import Foreman
from core.jobs.work import Outcome, Work
from core.settings import Settings
from core.store import Run, Status, Store, open_store
from core.store.metrics import Checkpoint, Point, Snapshot
from core.store.records import LOCAL, NewRun
from core.store.recovery.recovery import LOST_AND_FOUND, ORPHAN_S
from core.store.runs.catalog import UNDO_S

NEW = NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a run", family="cnn", preset="fast")
WEIGHTS = {"weights/0000": np.arange(3.0)}


def begun(store: Store, name: str = "a run") -> Work:
    """A run whose worker has saved its first snapshot."""
    store.runs.submit(NewRun(**{**vars(NEW), "name": name}))
    run = store.runs.claim("train", host="here", slot="train-0", pid=10**9)
    assert run is not None
    work = Work(store, run, "CPU")
    work.files.write_json("config", {"epochs": 1})
    store.metrics.append(run.id, [Point(step, step, step / 10, {"loss": 1 / (1 + step)}) for step in range(3)])
    work.files.save_snapshot(0, WEIGHTS)
    store.metrics.add_snapshot(run.id, Snapshot(0, 0, 0.0))
    store.metrics.add_checkpoint(run.id, Checkpoint(2, work.files.save_checkpoint(2, WEIGHTS), True))
    return work


def trained(store: Store, name: str = "a run") -> Run:
    work = begun(store, name)
    work.files.model.write_bytes(b"a model")
    work.finish(Outcome(Status.SUCCEEDED, {"test_accuracy_last": 0.9, "best_step": 2}))
    return store.runs.get(work.run.id)


def contents(store: Store, run_id: str) -> tuple[object, ...]:
    """All that is known of a run, and that its files open."""
    points = [(p.step, p.epoch, p.wall_s, p.values) for p in store.metrics.since(run_id)]
    snapshots, states = store.metrics.snapshots(run_id), store.metrics.checkpoints(run_id)
    for snapshot in snapshots:
        np.testing.assert_equal(store.files(run_id).load_snapshot(snapshot.step), WEIGHTS)
    for state in states:
        np.testing.assert_equal(store.files(run_id).load_checkpoint(state.step, state.sha256), WEIGHTS)
    return store.runs.get(run_id), points, snapshots, states


def back_up(store: Store, to: Path) -> None:
    path = store.settings.home / "glassbox.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)


def drop_database(settings: Settings) -> None:
    for path in settings.home.glob("glassbox.db*"):
        path.unlink()


def tidied(store: Store, after_s: float = 0.0) -> None:
    store.tidy(time.time() + after_s)


def test_a_database_that_was_moved_away_loses_no_run(store: Store, settings: Settings) -> None:
    run = trained(store)
    store.runs.rename(run.id, "my best", "ann")
    store.runs.annotate(run.id, "of May", "ann")
    store.runs.star(run.id, True, "ann")
    store.runs.publish(run.id, True, "ann")
    before = contents(store, run.id)
    said = store.files(run.id).read_json("run")
    del said["steering"]  # as an older version wrote it
    store.files(run.id).write_json("run", said)
    store.close()
    drop_database(settings)
    again = open_store(settings)
    assert contents(again, run.id) == before
    assert [found.id for found in again.runs.list(owners=["ann"])] == [run.id]
    again.close()


@pytest.mark.parametrize("how", ["moved away", "an older one", "emptied"])
def test_a_database_that_is_replaced_while_it_is_open_loses_no_run(store: Store, tmp_path: Path, how: str) -> None:
    older = trained(store, "older")
    backup = tmp_path / "backup.db"
    back_up(store, backup)
    newer = trained(store, "newer")
    store.runs.rename(older.id, "renamed since", "ann")
    before = [contents(store, run.id) for run in (older, newer)]
    database = store.settings.home / "glassbox.db"
    if how == "moved away":
        database.rename(tmp_path / "old.db")
    else:
        backup = backup if how == "an older one" else tmp_path / "empty.db"
        backup.touch()
        os.replace(backup, database)
    tidied(store)
    assert [contents(store, run.id) for run in (older, newer)] == before
    store.runs.rename(newer.id, "it goes on", "ann")
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT name FROM runs WHERE id = ?", [newer.id]).fetchone() == ("it goes on",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_run_that_has_ended_since_the_backup_has_ended(store: Store, settings: Settings, tmp_path: Path) -> None:
    work = begun(store)
    back_up(store, tmp_path / "backup.db")
    work.finish(Outcome(Status.SUCCEEDED, {"test_accuracy_last": 0.9}))
    before = contents(store, work.run.id)
    store.close()
    drop_database(settings)
    (tmp_path / "backup.db").rename(settings.home / "glassbox.db")
    again = open_store(settings)
    Foreman(again).step()  # which would bury a run that has no worker
    assert contents(again, work.run.id) == before
    assert again.runs.submit(NEW)
    assert again.runs.claim("train", host="here", slot="train-0", pid=1) is not None  # its place is free
    again.close()


def test_a_run_that_was_training_comes_back_as_lost_and_goes_on_from_its_checkpoint(
    store: Store, settings: Settings
) -> None:
    work = begun(store)
    tidied(store)  # the foreman's, each minute
    sha256 = work.files.save_checkpoint(5, WEIGHTS)
    work.files.save_snapshot(5, WEIGHTS)
    store.close()
    drop_database(settings)
    again = open_store(settings)
    Foreman(again).step()
    run, points, snapshots, states = contents(again, work.run.id)
    assert isinstance(run, Run)
    assert (run.status, run.name, len(points)) == (Status.LOST, "a run", 3)
    assert [snapshot.step for snapshot in snapshots] == [0, 5]
    assert states == [
        Checkpoint(2, again.metrics.checkpoints(run.id)[0].sha256, True),
        Checkpoint(5, sha256, False),
    ]
    assert again.runs.resume(run.id, "ann").status is Status.QUEUED
    again.close()


def test_what_was_deleted_does_not_come_back(store: Store, settings: Settings) -> None:
    kept, undone, gone, swept = (trained(store, name) for name in ("kept", "undone", "gone", "swept"))
    for run in (undone, swept):
        store.runs.delete(run.id, "ann")
    store.runs.undelete(undone.id, "ann")
    store.sweep(time.time() + UNDO_S + 1)
    store.runs.delete(gone.id, "ann")
    store.close()
    drop_database(settings)
    again = open_store(settings)
    tidied(again, ORPHAN_S + 1)
    assert set(again.runs.beats()) == {kept.id, undone.id}
    assert {path.name for path in (settings.home / "runs").iterdir()} == {kept.id, undone.id}
    again.close()


def test_a_sweep_that_was_cut_short_is_finished_by_the_next(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(store)
    store.runs.delete(run.id, "ann")

    def killed(gone: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store.runs, "forget", killed)
        with pytest.raises(KeyboardInterrupt):
            store.sweep(time.time() + UNDO_S + 1)
    tidied(store, ORPHAN_S + 1)
    store.sweep(time.time() + UNDO_S + 1)
    assert run.id not in store.runs.beats()
    assert not store.files(run.id).folder.exists()


def spoil(text: str) -> Callable[[Store, str], None]:
    return lambda store, name: (store.files(name).folder / "run.json").write_text(text)


@pytest.mark.parametrize("damage", [spoil("{"), spoil("[]"), spoil('{"id": "strange"}'), lambda store, name: None])
def test_a_folder_that_says_nothing_is_set_aside_when_it_is_old(
    store: Store, damage: Callable[[Store, str], None]
) -> None:
    store.files("strange").write_json("config", {"epochs": 1})
    damage(store, "strange")
    tidied(store)
    assert store.files("strange").folder.exists()
    [place] = store.tidy(time.time() + ORPHAN_S + 1).aside
    assert place == store.settings.home / LOST_AND_FOUND / "strange"
    assert (place / "config.json").exists()
    assert not store.files("strange").folder.exists()
    assert store.runs.list(kind=None) == []


def test_a_folder_with_nothing_but_a_log_is_removed(store: Store) -> None:
    store.files("log").folder.mkdir()
    store.files("log").log.write_text("fenced off")
    assert not store.tidy(time.time() + ORPHAN_S + 1)
    assert not store.files("log").folder.exists()


def test_a_folder_that_is_put_back_by_hand_is_a_run_again(store: Store, tmp_path: Path) -> None:
    run = trained(store)
    before = contents(store, run.id)
    store.files(run.id).folder.rename(tmp_path / run.id)
    store.runs.delete(run.id, LOCAL)
    store.sweep(time.time() + UNDO_S + 1)
    (tmp_path / run.id).rename(store.files(run.id).folder)
    assert store.tidy(time.time()).back == [run.id]
    assert contents(store, run.id) == before


def test_runs_of_a_version_that_kept_no_copies_get_them(store: Store, settings: Settings) -> None:
    run = trained(store)
    for name in ("run.json", "numbers.json.gz"):
        (store.files(run.id).folder / name).unlink()
    before = contents(store, run.id)
    tidied(store)
    store.close()
    drop_database(settings)
    again = open_store(settings)
    assert contents(again, run.id) == before
    again.close()


def test_a_copy_that_could_not_be_written_is_renewed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(store)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *paths: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        store.runs.rename(run.id, "renamed on a full disk", "ann")
    assert store.files(run.id).read_json("run")["name"] == "a run"
    tidied(store)
    assert store.files(run.id).read_json("run")["name"] == "renamed on a full disk"
    assert store.runs.get(run.id).name == "renamed on a full disk"


ROW = {"step": 0, "epoch": 0, "wall_s": 0.0, "values": {"loss": 1.0}}
ODD_NUMBERS: list[Any] = [
    [],
    {"metrics": 3},
    {"metrics": [[]]},
    {"metrics": [{"step": 0}]},
    {"snapshots": [{**ROW, "step": "first"}]},
    {"metrics": [ROW, {**ROW, "step": 10**30}]},
    {"metrics": [{**ROW, "wall_s": float("nan")}]},
    {"checkpoints": [{"step": 2, "sha256": 5, "best": True}]},
]


def test_numbers_that_nobody_understands_are_set_aside_and_cost_no_run(store: Store, settings: Settings) -> None:
    sound = trained(store, "sound")
    odd = [trained(store, "odd") for _ in ODD_NUMBERS]
    before, saved = contents(store, sound.id), contents(store, odd[0].id)[2:]
    for run, numbers in zip(odd, ODD_NUMBERS, strict=True):
        store.files(run.id).numbers.write_bytes(gzip.compress(json.dumps(numbers).encode()))
    (store.files(sound.id).folder / "snapshots" / f"{'9' * 40}.npz").touch()
    (store.files(sound.id).folder / "checkpoints" / "7" / "state.npz").mkdir(parents=True)
    store.close()
    drop_database(settings)
    again = open_store(settings)
    tidied(again)
    assert contents(again, sound.id) == before
    for run in odd:
        assert contents(again, run.id)[:2] == (run, [])
        assert [snapshot.step for snapshot in contents(again, run.id)[2]] == [0]
        assert contents(again, run.id)[3] == saved[1]
    aside = {path.name for path in (settings.home / LOST_AND_FOUND).iterdir()}
    assert aside == {f"{run.id}-numbers.json.gz" for run in odd}
    again.close()


@pytest.mark.parametrize(
    "odd",
    [
        {"progress": {"steps_per_epoch": "ten"}, "summary": {"best_step": []}},
        {"name": "\ud800"},
        {"created": float("nan")},
        {"priority": 10**30},
        {"progress": "too deep"},
    ],
)
def test_whatever_one_record_says_the_other_runs_come_back(
    store: Store, settings: Settings, odd: dict[str, Any]
) -> None:
    strange, sound = trained(store, "strange"), trained(store, "sound")
    before = contents(store, sound.id)
    record = json.dumps({**store.files(strange.id).read_json("run"), **odd}).replace('"too deep"', "[" * 10**5)
    (store.files(strange.id).folder / "run.json").write_text(record)
    store.files(strange.id).numbers.unlink()
    store.close()
    drop_database(settings)
    again = open_store(settings)
    tidied(again, ORPHAN_S + 1)
    assert contents(again, sound.id) == before
    is_back = strange.id in again.runs.beats()
    assert is_back != (settings.home / LOST_AND_FOUND / strange.id).exists()
    again.close()


@pytest.mark.parametrize("is_known", [True, False])
def test_of_two_tasks_that_do_the_same_the_one_that_comes_back_is_lost(store: Store, is_known: bool) -> None:
    new = NewRun(kind="prepare", dataset="mnist_5k", owner="ann", name="Prepare", subject="mnist_5k")
    first = store.runs.submit(new)
    store.files(first.id).write_json("config", {})
    taken = store.runs.claim("prepare", host="here", slot="prepare-0", pid=10**9)
    assert taken is not None
    store.runs.beat(first.id, str(taken.lease))
    with store.engine.begin() as connection:  # an older database
        change = "UPDATE runs SET heartbeat = 0, status = 'stopped'" if is_known else "DELETE FROM runs"
        connection.exec_driver_sql(change)
        connection.exec_driver_sql("DELETE FROM slots")
    twin = store.runs.submit(new)
    assert store.tidy(time.time()).back == [first.id]
    back = store.runs.get(first.id)
    assert (back.status, back.lease, store.runs.get(twin.id).status) == (Status.LOST, None, Status.QUEUED)
    assert store.runs.claim("prepare", host="here", slot="prepare-0", pid=1) is not None
    assert not store.tidy(time.time())
