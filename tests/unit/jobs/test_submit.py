import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.config import Config
from core.datasets import prepare
from core.datasets.own import own
from core.errors import ConfigError, DatasetError, NotAllowedError, RunError, StoreError
from core.families.cnn import FAMILY, PRESETS, CnnConfig
from core.jobs import delete_data, ensure_foreman, ensure_prepared, resume_training, submit, submit_training
from core.jobs.branch import branch_training
from core.jobs.repeat import run_again
from core.jobs.submit import ALIVE_LOCK, FOREMAN_LOCK, default_name, full_name, queue_preparation, throw_away
from core.layers.blocks import Dense, Flatten
from core.locks import FileLock, is_held
from core.program.export import program_of_form
from core.runs.comparison.again import first_of
from core.settings import Settings
from core.steering.record import Edit
from core.store import Run, Status, Store, open_store
from core.store.metrics import Snapshot
from core.store.records import LOCAL, SERVER
from tests.support import tiny

FAST = PRESETS["fast"]


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Record the processes that would be started, in homes that no other test has visited."""
    calls: list[Any] = []
    alive: dict[Path, FileLock] = {}
    monkeypatch.setattr(submit, "_alive", alive)
    monkeypatch.setattr(submit, "_foremen", {})

    def start(*arguments: Any, **options: Any) -> SimpleNamespace:
        calls.append((arguments, options))
        return SimpleNamespace(poll=lambda: None)

    monkeypatch.setattr(subprocess, "Popen", start)
    yield calls
    for lock in alive.values():
        lock.release()


@pytest.fixture
def home(settings: Settings) -> Settings:
    settings.home.mkdir()
    return settings


def train(store: Store, config: Config = FAST.config, dataset: str = "mnist_5k", **options: Any) -> Run:
    return submit_training(store, FAMILY, config, dataset, "ann", preset=FAST, **options)


# The foreman


def test_a_foreman_is_started_for_this_home_if_there_is_none(home: Settings, started: list[Any]) -> None:
    ensure_foreman(home)
    [((command,), options)] = started
    assert command[1:] == ["-m", "core.jobs.foreman"]
    assert Settings.from_environment(options["env"]) == home
    assert options["start_new_session"]


def test_no_second_foreman_is_started(home: Settings, started: list[Any]) -> None:
    foreman = FileLock(home.home / FOREMAN_LOCK)
    foreman.acquire()
    ensure_foreman(home)
    assert started == []
    foreman.release()
    ensure_foreman(home)
    assert len(started) == 1


def test_no_second_foreman_is_started_while_the_first_is_on_its_way(home: Settings, started: list[Any]) -> None:
    ensure_foreman(home)
    ensure_foreman(home)
    assert len(started) == 1


def test_a_visit_is_shown_for_as_long_as_the_process_lives_and_its_time_is_kept(home: Settings) -> None:
    ensure_foreman(home)
    path = home.home / ALIVE_LOCK
    assert is_held(path)
    os.utime(path, (1, 1))
    ensure_foreman(home)
    assert path.stat().st_mtime > 1_000_000


def test_a_home_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot write to its home folder.*GLASSBOX_HOME"):
        ensure_foreman(Settings(tmp_path / "file" / "home", tmp_path))


# Preparing data


def test_preparing_is_queued_once(store: Store) -> None:
    first = ensure_prepared(store, "mnist_5k")
    assert first is not None
    assert (first.kind, first.dataset, first.status, first.owner) == ("prepare", "mnist_5k", Status.QUEUED, "server")
    assert ensure_prepared(store, "mnist_5k") == first
    running = store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
    assert ensure_prepared(store, "mnist_5k") == running
    assert len(store.runs.list(kind="prepare")) == 1


@pytest.mark.parametrize("status", [Status.FAILED, Status.LOST, Status.STOPPED])
def test_a_preparation_that_did_not_succeed_is_queued_again(
    store: Store, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ensure_prepared(store, "mnist_5k")
    assert first is not None
    store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
    store.runs.move(first.id, status)
    if status is not Status.STOPPED:  # not at once: a page that is drawn again and again would ask again and again
        assert ensure_prepared(store, "mnist_5k") == store.runs.get(first.id)
    monkeypatch.setattr("core.jobs.submit.AGAIN_S", 0.0)
    second = ensure_prepared(store, "mnist_5k")
    assert second is not None
    assert (second.id != first.id, second.status) == (True, Status.QUEUED)


@pytest.mark.usefixtures("tiny_arrays")
def test_prepared_data_needs_no_task(store: Store) -> None:
    prepare(store.settings, "tiny")
    assert ensure_prepared(store, "tiny") is None
    assert store.runs.list(kind=None) == []


def test_data_that_cannot_be_had_is_refused_with_what_to_do(store: Store) -> None:
    store.settings.data_dir.mkdir()
    (store.settings.data_dir / "broken.npz").touch()
    with pytest.raises(DatasetError, match=r"broken\.npz cannot be read"):
        ensure_prepared(store, "file_broken")
    with pytest.raises(DatasetError, match="no data set 'cifar'"):
        ensure_prepared(store, "cifar")
    assert store.runs.list(kind=None) == []


def test_the_same_file_is_read_again_only_with_other_options(store: Store) -> None:
    first = queue_preparation(store, "own_x", "X", owner="ann", options={"target": "price", "kinds": {}})
    assert (first.owner, first.name, first.config) == ("ann", "Prepare X", {"target": "price", "kinds": {}})
    assert queue_preparation(store, "own_x", "X", owner="ann", options={"kinds": {}, "target": "price"}) == first
    assert queue_preparation(store, "own_x", "X", owner="ann", options={"target": "size"}).id != first.id


def test_a_run_that_was_lost_with_its_preparation_is_resumed_with_a_new_one(store: Store) -> None:
    run = train(store)
    [first] = store.runs.list(kind="prepare")
    store.runs.move(first.id, Status.LOST, error="Its worker process ended.")
    store.runs.end_orphans()
    assert store.runs.get(run.id).status is Status.LOST
    with pytest.raises(NotAllowedError):
        resume_training(store, run.id, "bob")
    assert len(store.runs.list(kind="prepare")) == 1
    store.files(run.id).save_frame(3, {"units/dense_1": np.ones(2)})  # a crash of the machine left it
    resumed = resume_training(store, run.id, "ann")
    assert store.files(run.id).frame_stamp() == 0
    second = store.runs.list(kind="prepare")[0]
    assert (second.id != first.id, second.status) == (True, Status.QUEUED)
    assert (resumed.status, resumed.after, resumed.error) == (Status.QUEUED, second.id, "")


# Training


def test_a_run_on_data_that_is_not_prepared_waits_for_its_preparation(store: Store, started: list[Any]) -> None:
    config = replace(FAST.config, epochs=4)
    run = train(store, config, priority=2)
    [preparation] = store.runs.list(kind="prepare")
    assert (run.status, run.after, run.dataset_version) == (Status.QUEUED, preparation.id, None)
    assert (run.kind, run.family, run.preset, run.dataset, run.owner) == ("train", "cnn", "fast", "mnist_5k", "ann")
    assert (run.split_seed, run.priority) == (0, 2)
    assert CnnConfig.from_dict(run.config) == config
    assert len(started) == 1


@pytest.mark.usefixtures("tiny_arrays")
def test_a_run_on_prepared_data_names_its_version_and_need_not_wait(store: Store) -> None:
    version = prepare(store.settings, "tiny")
    run = train(store, tiny.CONFIG, "tiny")
    assert (run.after, run.dataset_version) == (None, version)
    assert store.runs.claimable("train")


@pytest.mark.parametrize("dataset", ["file_mine", "cifar"])
def test_a_run_on_data_that_is_not_here_is_not_queued(store: Store, started: list[Any], dataset: str) -> None:
    with pytest.raises(DatasetError):
        train(store, dataset=dataset)
    assert store.runs.list(kind=None) == []
    assert started == []


@pytest.mark.parametrize("preset", ["fast", "article", "few_images"])
def test_what_is_wrong_with_the_data_is_said_and_not_what_no_network_could_do_with_it(
    store: Store, preset: str
) -> None:
    x, y = np.zeros((6, 28, 28), np.uint8), np.arange(6) % 3
    store.settings.data_dir.mkdir(exist_ok=True)
    np.savez(store.settings.data_dir / "mine.npz", x_train=x, y_train=y[:5], x_test=x, y_test=y)
    with pytest.raises(DatasetError, match=r"mine\.npz: y_train has 5 labels for 6 images of x_train"):
        train(store, PRESETS[preset].config, "file_mine")
    with pytest.raises(DatasetError, match=r"mine\.npz: y_train has 5 labels"):
        program_of_form(f"preset={preset}&dataset=file_mine", store.settings)


def test_an_impossible_network_is_not_queued(store: Store, started: list[Any]) -> None:
    with pytest.raises(ConfigError):
        train(store, replace(FAST.config, layers=(Dense(),)))
    assert store.runs.list(kind=None) == []
    assert started == []


def test_a_run_has_the_name_that_it_was_given(store: Store) -> None:
    assert train(store, name="Mine").name == "Mine"


def test_a_run_without_a_name_is_called_by_what_differs_from_its_preset(store: Store) -> None:
    config = replace(FAST.config, epochs=4, layers=(Flatten(),) * 9)
    assert train(store).name == "Fast digits"
    assert train(store, config).name == default_name(config, FAST)
    assert default_name(config, FAST) == "Fast digits, epochs 4, other layers"


CHANGES: dict[str, Any] = {
    "learning_rate": 0.5,
    "epochs": 4,
    "batch_size": 32,
    "optimizer": "sgd",
    "l2": 0.01,
    "seed": 7,
}
TOLD = [
    "learning rate 0.5",
    "epochs 4",
    "batch size 32",
    "seed 7",
    "optimiser sgd",
    "L2 0.01",
]


@pytest.mark.parametrize("count", range(1, 7))
def test_the_name_of_a_run_tells_four_changes_or_three_and_how_many_more(count: int) -> None:
    told = TOLD[:count]
    names = [name for name in CnnConfig.fields() if name in CHANGES][:count]
    config = replace(FAST.config, **{name: CHANGES[name] for name in names})
    expected = told if count <= 4 else [*told[:3], f"{count - 3} more changes"]
    assert default_name(config, FAST) == ", ".join(["Fast digits", *expected])


def test_the_full_name_of_a_run_says_every_change_and_what_the_preset_has() -> None:
    config = replace(FAST.config, epochs=4, seed=7)
    assert full_name(config, FAST) == "Fast digits: epochs 4 instead of 3, seed 7 instead of 0"
    assert full_name(FAST.config, FAST) == "Fast digits"
    unlimited = replace(FAST.config, epochs=9, max_images=0)
    assert default_name(unlimited, FAST) == "Fast digits, epochs 9, no example budget"


def test_the_name_of_a_run_with_many_changes_still_says_that_its_layers_are_others() -> None:
    config = replace(FAST.config, **CHANGES, layers=(Flatten(),) * 9)
    assert default_name(config, FAST) == ", ".join(["Fast digits", *TOLD[:3], "3 more changes", "other layers"])


def test_a_visitor_cannot_learn_from_somebody_elses_data(tmp_path: Path) -> None:
    from core.datasets.own.own import change
    from core.datasets.points.drawn import keep_points
    from core.errors import NotAllowedError
    from core.families import find_family

    settings = Settings(tmp_path / "home", tmp_path / "data")
    ink = np.full((84, 84), 255, np.uint8)
    key, store, gan = keep_points(settings, "ann", "Ann's", ink), open_store(settings), find_family("gan")
    preset = gan.presets["ring"]
    with pytest.raises(NotAllowedError, match="belongs to somebody else"):
        submit_training(store, gan, preset.config, key, "bob", preset=preset)
    assert not store.runs.list()
    for owner in ("ann", SERVER, LOCAL):
        submit_training(store, gan, preset.config, key, owner, preset=preset)
    change(settings, key, "ann", published=True)
    submit_training(store, gan, preset.config, key, "bob", preset=preset)
    bobs = store.runs.list(owners=["bob"])[0]
    store.runs.stop(bobs.id, "bob")
    change(settings, key, "ann", published=False)
    with pytest.raises(NotAllowedError, match="belongs to somebody else"):
        submit_training(store, gan, preset.config, key, "bob", preset=preset)
    with pytest.raises(NotAllowedError, match="belongs to somebody else"):
        submit.resume_training(store, bobs.id, "bob")
    store.close()


def test_data_is_deleted_when_nobody_learns_from_it_and_nobody_learns_from_it_then(tmp_path: Path) -> None:
    from core.datasets.points.drawn import keep_points
    from core.families import find_family

    settings = Settings(tmp_path / "home", tmp_path / "data")
    key = keep_points(settings, "ann", "Ann's", np.full((84, 84), 255, np.uint8))
    store, gan = open_store(settings), find_family("gan")
    preset = gan.presets["ring"]
    run = submit_training(store, gan, preset.config, key, "ann", preset=preset)
    with pytest.raises(DatasetError, match="a run is learning from it"):
        delete_data(store, key, "ann")
    store.runs.stop(run.id, "ann")
    store.files(run.id).save_frame(3, {"units/dense_1": np.ones(2)})  # computed from an example
    delete_data(store, key, "ann")
    assert store.files(run.id).frame_stamp() == 0
    with pytest.raises(DatasetError, match="This data was deleted"):
        submit_training(store, gan, preset.config, key, "ann", preset=preset)
    store.runs.delete(run.id, "ann")
    store.close()


@pytest.mark.parametrize("is_read", [True, False])
def test_who_throws_data_away_stops_its_reading_whether_it_waits_or_works(store: Store, is_read: bool) -> None:
    card = own.begin(store.settings, "ann", "Cups", "photos", {})
    task = queue_preparation(store, card.id, card.title, owner="ann")
    if is_read:
        assert store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
    with pytest.raises(NotAllowedError):
        throw_away(store, card.id, "bob")
    assert store.runs.pending(task.id) == []
    throw_away(store, card.id, "ann")
    assert own.cards(store.settings) == []
    if is_read:
        assert [control.kind for control in store.runs.pending(task.id)] == ["stop"]
    else:
        assert store.runs.get(task.id).status is Status.STOPPED


# From another run


def test_the_same_settings_from_another_start_are_another_run(store: Store) -> None:
    prepare(store.settings, "mnist_5k")
    parent = train(store)
    with pytest.raises(RunError, match="saved nothing to start from yet"):
        branch_training(store, parent.id, "ann")
    store.metrics.add_snapshot(parent.id, Snapshot(40, 0, 0.0))
    child = branch_training(store, parent.id, "ann")
    assert (child.parent, child.branch_step, child.config) == (parent.id, 40, parent.config)
    assert branch_training(store, parent.id, "ann", at=40).id == child.id
    assert branch_training(store, parent.id, "ann", edits=[Edit("dense_1/kernel", (0, 0), 1.0)]).id != child.id
    assert train(store, once=True).id == parent.id


# Again


def test_a_run_is_run_again_with_exactly_its_settings_and_one_at_a_time(store: Store) -> None:
    prepare(store.settings, "mnist_5k")
    first = train(store, FAST.config.changed(["seed=7", "batch_size=50"]), name="mine")
    with pytest.raises(RunError, match="a run that succeeded"):
        run_again(store, first, "ben")
    claimed = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert claimed is not None
    store.runs.move(first.id, Status.SUCCEEDED)
    again = run_again(store, store.runs.get(first.id), "ben")
    assert (again.name, again.owner, again.status) == ("mine, again", "ben", Status.QUEUED)
    assert (again.config, again.dataset_version, again.parent) == (first.config, first.dataset_version, None)
    assert first_of(again) == first.id
    assert run_again(store, store.runs.get(first.id), "ben").id == again.id
    assert run_again(store, store.runs.get(first.id), "cid").id != again.id
