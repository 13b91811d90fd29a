"""Prepared data that is damaged or missing is noticed and made anew; what nobody needs is cleared away."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets import open_prepared, open_whole, prepare
from core.datasets import prepared as prepared_module
from core.datasets.dataset import prepared_folder
from core.datasets.own import own, removal
from core.datasets.prepared import is_prepared
from core.errors import DatasetError
from core.jobs import ensure_prepared
from core.jobs.data.leftovers import READABLE_S, YOUNG_S, clear_leftovers
from core.settings import Settings
from core.store import Status, Store
from core.store.records import NewRun
from tests.support import tiny
from tests.unit.datasets.own.test_own import accepted, brought

Damage = Callable[[Path], None]


def cut(place: Path) -> None:
    os.truncate(place / "x_test.npy", 200)


def flip(place: Path) -> None:
    """One bit of a pixel, and the file is as long as it was."""
    with (place / "x_train.npy").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))


def spoil_header(place: Path) -> None:
    with (place / "y_train.npy").open("r+b") as file:
        file.write(b"\xff" * 16)


def lose(name: str) -> Damage:
    return lambda place: (place / name).unlink()


def test_what_the_version_before_features_and_targets_prepared_is_read_as_it_is(
    settings: Settings, tiny_arrays: dict[str, np.ndarray]
) -> None:
    """Runs of that version name its hash, and go on with it."""
    version = prepare(settings, "tiny")
    place = prepared_folder(settings, "tiny") / "about.json"
    about = json.loads(place.read_text())
    spec = {"input_shape": [8, 8, 1], "classes": ["a", "b", "c"], "train_size": 30, "test_size": 11}
    place.write_text(json.dumps({**about, "spec": {**spec, "train_counts": [9, 10, 11]}}))
    data = open_whole(settings, "tiny")
    assert (data.version, data.spec) == (version, tiny.SPEC)
    assert json.loads(place.read_text())["spec"] == {**spec, "train_counts": [9, 10, 11]}  # not prepared anew


@pytest.mark.parametrize("damage", [cut, flip, spoil_header, lose("y_test.npy"), lose("about.json")])
def test_damaged_data_is_made_anew_from_its_source(
    settings: Settings, tiny_arrays: dict[str, np.ndarray], damage: Damage
) -> None:
    version = prepare(settings, "tiny")
    damage(prepared_folder(settings, "tiny"))
    data = open_whole(settings, "tiny")
    assert data.version == version
    for name, array in tiny_arrays.items():
        np.testing.assert_array_equal(getattr(data, name), array)


@pytest.mark.parametrize("damage", [cut, lose("x_test.npy")])
def test_what_its_sizes_give_away_is_prepared_before_anybody_trains(
    store: Store, tiny_arrays: dict[str, np.ndarray], damage: Damage
) -> None:
    prepare(store.settings, "tiny")
    assert ensure_prepared(store, "tiny") is None
    damage(prepared_folder(store.settings, "tiny"))
    assert ensure_prepared(store, "tiny") is not None


def test_a_damage_that_is_met_is_prepared_anew_and_no_path_is_told(
    settings: Settings, tiny_arrays: dict[str, np.ndarray]
) -> None:
    prepare(settings, "tiny")
    spoil_header(prepared_folder(settings, "tiny"))
    with pytest.raises(DatasetError, match="damaged") as caught:
        open_prepared(settings, "tiny")
    assert str(settings.home) not in str(caught.value)
    assert not is_prepared(settings, "tiny")


def test_whole_data_is_compared_once_and_again_when_a_file_has_changed(
    settings: Settings, tiny_arrays: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(settings, "tiny")
    compared, version = [], prepared_module._version
    monkeypatch.setattr(prepared_module, "_version", lambda arrays: compared.append(1) or version(arrays))
    open_whole(settings, "tiny")
    assert compared == []  # it was written by us a moment ago
    os.utime(prepared_folder(settings, "tiny") / "x_train.npy", (1, 1))
    for _ in range(2):
        open_whole(settings, "tiny")
    assert compared == [1]


@pytest.mark.parametrize("damage", [cut, flip, lose("about.json")])
def test_brought_data_that_is_damaged_is_to_be_brought_again(settings: Settings, damage: Damage) -> None:
    card = accepted(settings)
    damage(prepared_folder(settings, card.id))
    with pytest.raises(DatasetError, match=r"damaged or missing.*Add it again\.$") as caught:
        open_whole(settings, card.id)
    assert str(settings.home) not in str(caught.value)
    assert own.read_card(settings, card.id).accepted


def test_arrays_that_were_accepted_and_lost_their_card_are_set_aside(settings: Settings) -> None:
    card = accepted(settings)
    removal.sweep(settings)
    (settings.home / "own" / card.id / "card.json").unlink()
    removal.sweep(settings)
    assert not prepared_folder(settings, card.id).exists()
    assert (settings.home / "lost+found" / card.id / "x_train.npy").exists()


# What was ended by force


def half_written(store: Store, name: str) -> Path:
    place = store.settings.home / "prepared" / name
    place.mkdir(parents=True)
    (place / "x_train.npy").touch()
    return place


def test_half_written_arrays_go_when_nobody_is_at_them(store: Store) -> None:
    left, busy = half_written(store, ".mnist-abc"), half_written(store, ".own_1-abc")
    task = store.runs.submit(NewRun(kind="prepare", dataset="own_1", owner="ann", name="Prepare"))
    clear_leftovers(store, time.time())
    assert left.exists()  # it is young
    clear_leftovers(store, time.time() + YOUNG_S + 1)
    assert [left.exists(), busy.exists()] == [False, True]
    store.runs.move(task.id, Status.STOPPED)
    clear_leftovers(store, time.time() + YOUNG_S + 1)
    assert not busy.exists()


def test_files_that_were_never_read_go_some_time_after_their_task(store: Store) -> None:
    settings = store.settings
    card = brought(settings)
    own.write_card(settings, replace(own.read_card(settings, card.id), notes={}))  # as it was before it was read
    collected = own.begin(settings, "ann", "My photos", "photos", {})  # and not sent yet
    task = store.runs.submit(NewRun(kind="prepare", dataset=card.id, owner="ann", name="Prepare"))
    later = time.time() + READABLE_S + 1
    clear_leftovers(store, later)
    assert own.read_card(settings, card.id)
    store.runs.move(task.id, Status.STOPPED)
    clear_leftovers(store, time.time())
    assert own.read_card(settings, card.id)  # its owner can still read what became of it
    clear_leftovers(store, later)
    assert [found.id for found in own.cards(settings)] == [collected.id]


def test_what_a_killed_worker_was_writing_goes_with_it(store: Store, claimed: object) -> None:
    [run] = store.runs.list()
    part = store.files(run.id).folder / "checkpoints" / "5" / ".part-x"
    part.mkdir(parents=True)
    from core.jobs.foreman import Foreman

    Foreman(store).step()
    assert store.runs.get(run.id).status is Status.LOST
    assert not part.exists()
