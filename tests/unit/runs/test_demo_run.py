from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.datasets import DEFAULT_DATASET
from core.families import FAMILIES
from core.families.cnn import FAMILY
from core.runs.demo_run import ensure_demo_run, find_demo_run
from core.settings import Settings
from core.store import Run, Status, Store, open_store
from core.store.records import SERVER, NewRun

FAST = FAMILY.presets[FAMILY.default_preset].config


@pytest.fixture(autouse=True)
def nobody_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.submit.ensure_foreman", lambda settings: None)


def at_work(store: Store) -> Run:
    prepare = store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
    if prepare:
        store.runs.move(prepare.id, Status.SUCCEEDED)
    run = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert run is not None
    return run


def test_a_new_home_has_none_until_it_is_ensured_once(store: Store) -> None:
    assert find_demo_run(store) is None
    run = ensure_demo_run(store)
    assert ensure_demo_run(store).id == run.id
    assert find_demo_run(store) == run
    assert (run.owner, run.config, run.preset) == (SERVER, FAST.to_dict(), FAMILY.default_preset)
    assert run.priority < 0
    assert len(store.runs.list()) == 1


def test_each_family_has_one_of_its_own_on_the_data_of_its_default_preset(store: Store) -> None:
    for family in FAMILIES.values():
        run = ensure_demo_run(store, family)
        preset = family.presets[family.default_preset]
        assert (run.family, run.config, run.owner) == (family.id, preset.config.to_dict(), SERVER)
        assert run.dataset == (preset.dataset or DEFAULT_DATASET)
        assert ensure_demo_run(store, family).id == run.id
    assert len(store.runs.list(owners=[SERVER], kind="train")) == len(FAMILIES)


def test_a_trained_one_is_used_again(store: Store) -> None:
    run = ensure_demo_run(store)
    store.runs.move(at_work(store).id, Status.SUCCEEDED)
    assert ensure_demo_run(store).id == run.id
    assert ensure_demo_run(store).status is Status.SUCCEEDED


@pytest.mark.parametrize("status", [Status.STOPPED, Status.LOST])
def test_one_that_was_interrupted_goes_on(store: Store, status: Status) -> None:
    run = ensure_demo_run(store)
    store.runs.move(at_work(store).id, status)
    again = ensure_demo_run(store)
    assert (again.id, again.status) == (run.id, Status.QUEUED)


def test_one_that_failed_is_tried_again_after_a_while(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ensure_demo_run(store)
    store.runs.move(at_work(store).id, Status.FAILED)
    assert ensure_demo_run(store).id == run.id
    monkeypatch.setattr("core.runs.demo_run.AGAIN_S", -1.0)
    assert ensure_demo_run(store).id != run.id


def test_other_settings_and_other_peoples_runs_are_no_demo_network(store: Store) -> None:
    new = NewRun(
        kind="train",
        dataset="mnist_5k",
        owner=SERVER,
        name="old",
        family="cnn",
        config=FAST.changed(["seed=1"]).to_dict(),
    )
    store.runs.submit(new)
    store.runs.submit(replace(new, config=FAST.to_dict(), owner="ann"))
    assert find_demo_run(store) is None


def test_servers_that_start_at_once_queue_one(settings: Settings, store: Store) -> None:
    def start(_: int) -> str:
        mine = open_store(settings)
        try:
            return ensure_demo_run(mine).id
        finally:
            mine.close()

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(start, range(6)))
    assert len(found) == 1
