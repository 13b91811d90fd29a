"""Data that people bring: who may do what with it, and what becomes of its files."""

import errno
import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.datasets import find_dataset, list_datasets, open_prepared, usable
from core.datasets.corruptions import kept_rows
from core.datasets.dataset import prepared_folder
from core.datasets.images.photos import Shaping
from core.datasets.own import own, removal
from core.datasets.own.build import build
from core.datasets.own.built import SIZES
from core.datasets.own.kinds.files import ZIP
from core.errors import DatasetError, NotAllowedError, UnreachableError
from core.families.cnn import CnnConfig
from core.program.data import print_split
from core.schedule.split import training_rows
from core.settings import Settings
from tests.support import tiny

OPTIONS = {"side": 28, "fit": "crop", "channels": 3, "seed": 3}


def silent(words: str, share: float) -> None:
    """A progress that nobody looks at."""


def photo(red: int, number: int) -> bytes:
    """A photo of noise with so much red in it."""
    rng = np.random.default_rng(1000 * red + number)
    pixels = rng.integers(0, 128, (40, 50, 3), dtype=np.uint8)
    pixels[..., 0] = np.maximum(pixels[..., 0], red)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def photos_zip(path: Path, count: int = 10, **more: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for label, red in (("calm", 0), ("warm", 200)):
            for number in range(count):
                archive.writestr(f"mine/{label}/{number}.png", photo(red, number))
        for name, data in more.items():
            archive.writestr(f"mine/calm/{name}.png", data)


def brought(settings: Settings, *, owner: str = "ann", **more: bytes) -> own.Card:
    card = own.begin(settings, owner, "My photos", "photos", OPTIONS)
    photos_zip(own.raw(settings, card.id) / ZIP, **more)
    return card


def accepted(settings: Settings, **changes: Any) -> own.Card:
    card = brought(settings)
    build(settings, card.id, silent)
    return own.change(settings, card.id, "ann", accepted=True, **changes)


def files(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.home.rglob("*") if path.is_file() and path.name != own.LOCK)


# From raw files to arrays


def test_photos_become_arrays_with_a_stratified_split_and_the_raw_files_go(settings: Settings) -> None:
    card = accepted(settings)
    data = open_prepared(settings, card.id)
    assert data.spec.classes == ("calm", "warm")
    assert data.x_train.shape == (16, 28, 28, 3)
    assert np.bincount(data.y_train).tolist() == [8, 8]
    assert np.bincount(data.y_test).tolist() == [2, 2]
    red = data.x_train[..., 0].reshape(16, -1).mean(axis=1)
    assert (red[data.y_train == 1] > 150).all()
    assert (red[data.y_train == 0] < 100).all()
    assert files(settings) == [
        "about.json",
        "card.json",
        "compared.json",
        "test_sizes.npy",
        "train_sizes.npy",
        "x_test.npy",
        "x_train.npy",
        "y_test.npy",
        "y_train.npy",
    ]
    assert find_dataset(settings, card.id).spec == data.spec


def test_the_sizes_of_the_originals_are_kept_for_the_check(settings: Settings) -> None:
    large = io.BytesIO()
    Image.fromarray(np.random.default_rng(9).integers(0, 256, (300, 200, 3), dtype=np.uint8)).save(large, "PNG")
    card = brought(settings, large=large.getvalue())
    build(settings, card.id, silent)
    found = [np.load(prepared_folder(settings, card.id) / f"{name}.npy").tolist() for name in SIZES]
    assert sorted(map(tuple, found[0] + found[1])) == [(40, 50)] * 20 + [(300, 200)]
    data = open_prepared(settings, card.id)
    assert [len(sizes) for sizes in found] == [len(data.y_train), len(data.y_test)]


def test_the_seed_decides_the_split(settings: Settings) -> None:
    versions = set()
    for seed in (1, 1, 2):
        card = own.begin(settings, "ann", "x", "photos", {**OPTIONS, "seed": seed})
        photos_zip(own.raw(settings, card.id) / ZIP)
        versions.add(build(settings, card.id, silent))
    assert len(versions) == 2


def test_photos_that_were_collected_in_folders_are_read_as_well(settings: Settings) -> None:
    card = own.begin(settings, "ann", "x", "photos", {**OPTIONS, "channels": 1})
    for label, red in (("a", 0), ("b", 255)):
        folder = own.raw(settings, card.id) / label
        folder.mkdir()
        for number in range(5):
            (folder / f"{number}.png").write_bytes(photo(red, number))
    build(settings, card.id, silent)
    assert open_prepared(settings, card.id).x_train.shape == (8, 28, 28, 1)


def test_burst_photos_stay_on_one_side_and_are_counted(settings: Settings) -> None:
    rng = np.random.default_rng(5)
    scene = np.kron(rng.integers(0, 256, (5, 5, 3)), np.ones((10, 10, 1))).astype(np.uint8)

    def shot(number: int) -> bytes:
        file = io.BytesIO()
        Image.fromarray(np.clip(scene + rng.integers(-3, 4, scene.shape), 0, 255).astype(np.uint8)).save(file, "PNG")
        return file.getvalue()

    card = brought(settings, **{f"burst_{number}": shot(number) for number in range(6)})
    build(settings, card.id, silent)
    data = open_prepared(settings, card.id)
    assert own.read_card(settings, card.id).notes["near_duplicates"] == 5
    near = [np.abs(x.astype(int) - x[:1].astype(int)) for x in (data.x_train, data.x_test)]
    assert len(near[0]) + len(near[1]) == 26
    small = np.asarray(Image.fromarray(scene).resize((28, 28)), int)
    on_side = [(np.abs(x.astype(int) - small).mean(axis=(1, 2, 3)) < 20).sum() for x in (data.x_train, data.x_test)]
    assert sorted(on_side) == [0, 6]


def bursts(place: Path, sizes: dict[str, tuple[int, ...]], *, differ: bool) -> None:
    """Write bursts of a few classes: photos of one scene with some noise; a scene of the burst, or of its class."""
    for number, (label, counts) in enumerate(sizes.items()):
        for burst, count in enumerate(counts):
            (place / label / f"burst_{burst}").mkdir(parents=True)
            rng = np.random.default_rng(10 * number + (burst if differ else 0))
            scene = np.kron(rng.integers(0, 250, (5, 5, 3)), np.ones((10, 10, 1)))
            for shot in range(count):
                seen = (scene + rng.integers(0, 6, scene.shape)).astype(np.uint8)
                Image.fromarray(seen).save(place / label / f"burst_{burst}" / f"{shot}.png")


@pytest.mark.parametrize("differ", [True, False], ids=["different", "alike"])
def test_no_burst_is_on_both_sides_even_if_all_bursts_of_a_class_are_alike(settings: Settings, differ: bool) -> None:
    card = own.begin(settings, "ann", "Desk", "photos", OPTIONS)
    bursts(own.raw(settings, card.id), {"pen": (6, 4), "rubber": (5, 3)}, differ=differ)
    build(settings, card.id, silent)
    data, said = open_prepared(settings, card.id), own.read_card(settings, card.id).notes["said"]
    assert np.bincount(data.y_test).tolist() == [4, 3]  # the smaller burst of each
    assert find_dataset(settings, card.id).split.startswith("Our split, seed 3, bursts kept whole: 11 training images")
    assert f"{8 if differ else 9} of 10 pictures of pen look the same as another one" in said[0]
    assert "The pictures of each of 4 bursts are all for training, all for validation or all for testing." in said
    assert [sentence[:30] for sentence in said if "near-duplicates" in sentence] == (
        [] if differ else ["7 of the 7 test images are nea"]
    )


@pytest.mark.parametrize("part", ["", "train"], ids=["our split", "the files' split"])
def test_no_burst_is_parted_when_a_share_is_held_back(settings: Settings, part: str) -> None:
    card = own.begin(settings, "ann", "Desk", "photos", OPTIONS)
    raw = own.raw(settings, card.id)
    bursts(raw / part, {"pen": (6, 4, 3, 2, 2), "rubber": (4, 4, 3, 3, 1)}, differ=True)
    if part:
        bursts(raw / "test", {"pen": (1, 1), "rubber": (1, 1)}, differ=True)
    build(settings, card.id, silent)
    data = open_prepared(settings, card.id)
    flat = data.x_train.reshape(len(data.x_train), -1).astype(float)
    scene = (np.corrcoef(flat) > 0.9).argmax(axis=1)  # the first image of the same burst
    for change in ({}, {"imbalance": 3.0}, {"train_images": 12}):
        config = CnnConfig(**{"validation_fraction": 0.3, **change})
        rows = training_rows(config, data.y_train, 2, data.spec.groups)
        assert 0 < len(rows.validation) == config.validation_size(data.spec) < len(rows.learn)
        assert not set(scene[rows.learn]) & set(scene[rows.validation])
        assert set(data.y_train[rows.learn]) == {0, 1}
        assert len(rows.used) == len(set(rows.used)) == config.used_size(data.spec)
        said = config.remark("validation_fraction", data.spec)
        assert f"{len(rows.validation)} of {len(rows.used)} training images" in said
        program = print_split(config, data.spec)
        kept = kept_rows(data.y_train, config.imbalance, 2)
        seen = {"np": np, "x_train": data.x_train[kept], "y_train": data.y_train[kept]}
        exec(program, seen)
        np.testing.assert_array_equal(seen["x_val"], data.x_train[rows.validation])
        np.testing.assert_array_equal(seen["x_train"], data.x_train[rows.learn])


def test_a_class_of_one_burst_is_refused_with_what_helps(settings: Settings) -> None:
    card = own.begin(settings, "ann", "Desk", "photos", OPTIONS)
    bursts(own.raw(settings, card.id), {"pen": (4, 4), "rubber": (8,)}, differ=True)
    with pytest.raises(DatasetError, match=r"all pictures of rubber come from one burst.*Take a second burst of it: t"):
        build(settings, card.id, silent)


def test_the_files_own_split_is_kept_and_near_duplicates_across_it_are_said(settings: Settings) -> None:
    card = own.begin(settings, "ann", "x", "photos", OPTIONS)
    with zipfile.ZipFile(own.raw(settings, card.id) / ZIP, "w") as archive:
        for part, count in (("train", 6), ("val", 2), ("test", 3)):
            for label, red in (("calm", 0), ("warm", 200)):
                for number in range(count):
                    shift = 0 if part == "test" and number == 0 else 100 * len(part)  # the first repeats one of train
                    archive.writestr(f"{part}/{label}/{number}.png", photo(red, number + shift))
        archive.writestr("train/calm/again.png", photo(0, 0))
        archive.writestr("train/warm/again.png", photo(200, 0))
    build(settings, card.id, silent)
    data, card = open_prepared(settings, card.id), own.read_card(settings, card.id)
    assert np.bincount(data.y_train).tolist() == [9, 9]
    assert np.bincount(data.y_test).tolist() == [3, 3]
    assert card.split_seed is None
    assert find_dataset(settings, card.id).split.startswith("The files' own split: 18 training images, 6 test images")
    [split, _, leak] = card.notes["said"][-3:]
    assert split == "The files have their own split, in folders: test, train, val."
    assert leak.startswith("2 of the 6 test images are near-duplicates of a training image")


def test_the_white_of_files_of_16_bits_is_kept_with_their_card(settings: Settings) -> None:
    card = own.begin(settings, "ann", "x", "photos", {**OPTIONS, "channels": 1})
    with zipfile.ZipFile(own.raw(settings, card.id) / ZIP, "w") as archive:
        for label, number in product("ab", range(5)):
            pixels = np.random.default_rng([ord(label), number]).integers(0, 1024, (28, 28)).astype(np.uint16)
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "PNG")
            archive.writestr(f"{label}/{number}.png", file.getvalue())
    build(settings, card.id, silent)
    card = own.read_card(settings, card.id)
    assert Shaping.from_options(card.options) == Shaping(28, "crop", 1, white=1023)
    assert open_prepared(settings, card.id).x_train.mean() == pytest.approx(127, abs=5)
    assert "use 10 of them" in card.notes["said"][-1]


def test_files_that_cannot_be_read_are_skipped_and_listed(settings: Settings) -> None:
    card = brought(settings, broken=b"no image at all")
    build(settings, card.id, silent)
    notes = own.read_card(settings, card.id).notes
    assert notes["skipped_count"] == 1
    assert notes["skipped"][0][0].endswith("mine/calm/broken.png")
    json.dumps(notes)


@pytest.mark.parametrize(("count", "words"), [(3, "at least 4"), (0, "it has no images|is empty")])
def test_what_is_refused_leaves_nothing_on_disk(settings: Settings, count: int, words: str) -> None:
    card = own.begin(settings, "ann", "x", "photos", OPTIONS)
    photos_zip(own.raw(settings, card.id) / ZIP, count=count)
    with pytest.raises(DatasetError, match=words):
        build(settings, card.id, silent)
    assert files(settings) == []


def test_too_many_images_are_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.datasets.own.image_split.MOST_IMAGES", 19)
    card = brought(settings)
    with pytest.raises(DatasetError, match=r"too many images, expected at most 19, received 20"):
        build(settings, card.id, silent)
    assert files(settings) == []


@pytest.mark.parametrize("error", [RuntimeError("a surprise"), KeyboardInterrupt()])
def test_whatever_ends_the_reading_leaves_nothing(settings: Settings, error: BaseException) -> None:
    def fails(words: str, share: float) -> None:
        raise error

    card = brought(settings)
    with pytest.raises(type(error)):
        build(settings, card.id, fails)
    assert files(settings) == []


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), UnreachableError("not now")])
def test_what_is_no_fault_of_the_data_leaves_it_to_be_read_again(settings: Settings, error: Exception) -> None:
    def fails(words: str, share: float) -> None:
        raise error

    card = brought(settings)
    with pytest.raises(type(error)):
        build(settings, card.id, fails)
    assert build(settings, card.id, silent)


def test_what_was_accepted_is_not_thrown_away_by_a_page_that_does_not_know(settings: Settings) -> None:
    card = brought(settings)
    build(settings, card.id, silent)
    own.change(settings, card.id, "ann", accepted=True)
    with pytest.raises(DatasetError, match="accepted meanwhile"):
        removal.delete(settings, card.id, "ann", has_runs=removal.only_unaccepted(settings, card.id))
    assert own.read_card(settings, card.id).accepted


def test_data_that_is_thrown_away_while_it_is_read_does_not_come_back(settings: Settings) -> None:
    card = brought(settings)

    def throws_away(words: str, share: float) -> None:
        if words == "looking for near-duplicates":
            removal.delete(settings, card.id, "ann", has_runs=lambda: False)

    with pytest.raises(DatasetError):
        build(settings, card.id, throws_away)
    assert files(settings) == []


def test_arrays_without_a_card_are_swept_away(settings: Settings) -> None:
    card = accepted(settings)
    orphan = prepared_folder(settings, "own_gone")
    orphan.mkdir()
    (orphan / "x_train.npy").touch()
    removal.sweep(settings)
    assert not orphan.exists()
    assert open_prepared(settings, card.id)


@pytest.mark.parametrize("name", ["x_train.npy", "images.npz", "features-0123.npy"])
def test_arrays_that_a_run_wrote_after_their_data_was_deleted_are_swept_away(settings: Settings, name: str) -> None:
    card = accepted(settings)
    removal.delete(settings, card.id, "ann", has_runs=lambda: True)
    place = prepared_folder(settings, card.id)
    (place / name).touch()
    removal.sweep(settings)
    assert not (place / name).exists()
    assert (place / "about.json").exists()
    assert own.read_card(settings, card.id).deleted


@pytest.mark.parametrize("text", ["{", "[]", "[" * 10**5, "another's", "no number", None])
def test_a_card_that_cannot_be_read_costs_no_data(settings: Settings, text: str | None) -> None:
    card, sound = accepted(settings), accepted(settings, title="sound")
    path = settings.home / "own" / card.id / "card.json"
    said, before = json.loads(path.read_text()), files(settings)
    odd = {"another's": {**said, "id": sound.id}, "no number": {**said, "accepted": False, "created": "May"}}
    path.unlink()
    if text is None:
        path.mkdir()  # which nobody can read either
    else:
        path.write_text(json.dumps(odd[text]) if text in odd else text)
    removal.sweep(settings)
    with pytest.raises(DatasetError, match="cannot be read"):
        build(settings, card.id, silent)
    with pytest.raises(DatasetError, match="cannot be read"):
        find_dataset(settings, card.id)
    assert [found.id for found in own.cards(settings)] == [sound.id]
    if text is None:
        path.rmdir()
    own.write_card(settings, card)
    assert set(before) <= set(files(settings))
    assert find_dataset(settings, card.id).problem == ""


def test_a_card_that_is_damaged_while_its_files_are_read_costs_no_data(settings: Settings) -> None:
    card = brought(settings)
    path = settings.home / "own" / card.id / "card.json"

    def damages(words: str, share: float) -> None:
        path.write_text("{")

    with pytest.raises(DatasetError, match="cannot be read"):
        build(settings, card.id, damages)
    own.write_card(settings, card)
    assert build(settings, card.id, silent)


def test_data_sets_of_one_title_can_be_told_apart(settings: Settings) -> None:
    accepted(settings)
    accepted(settings)
    accepted(settings, title="MNIST, 5,000 digits")
    titles = [dataset.title for dataset in list_datasets(settings, "ann").values()]
    assert len(set(titles)) == len(titles)
    assert {"My photos", "My photos (2)", "MNIST, 5,000 digits (2)"} <= set(titles)


def test_a_lack_of_memory_leaves_nothing_either(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise MemoryError

    card = brought(settings)
    monkeypatch.setattr("core.datasets.own.kinds.photos.load_photos", full)
    with pytest.raises(DatasetError, match="not enough memory"):
        build(settings, card.id, silent)
    assert files(settings) == []


def test_a_file_of_arrays_becomes_a_data_set(settings: Settings) -> None:
    card = own.begin(settings, "ann", "x", "arrays", {})
    np.savez(own.raw(settings, card.id) / "upload.npz", **tiny.arrays())
    build(settings, card.id, silent)
    data = open_prepared(settings, card.id)
    np.testing.assert_array_equal(data.x_test, tiny.arrays()["x_test"])
    assert data.spec.classes == ("0", "1", "2")


# Who sees it, who changes it


def test_it_cannot_be_trained_on_before_it_is_accepted(settings: Settings) -> None:
    card = brought(settings)
    assert find_dataset(settings, card.id).problem.startswith("This data is not ready yet. Wait")
    build(settings, card.id, silent)
    assert find_dataset(settings, card.id).problem.startswith("This data is not accepted yet. Accept it")
    assert card.id not in list_datasets(settings, "ann")
    own.change(settings, card.id, "ann", accepted=True)
    assert card.id in usable(settings, "ann")


def test_it_is_private_until_it_is_published(settings: Settings) -> None:
    card = accepted(settings)
    assert card.id not in list_datasets(settings, "bob")
    assert card.id not in list_datasets(settings)
    own.change(settings, card.id, "ann", published=True)
    assert usable(settings, "bob")[card.id].source == "Added to this server by a visitor"


def test_only_its_owner_may_change_or_delete_it(settings: Settings) -> None:
    card = accepted(settings)
    for change in (
        lambda: own.change(settings, card.id, "bob", title="Mine"),
        lambda: removal.delete(settings, card.id, "bob", has_runs=lambda: False),
    ):
        with pytest.raises(NotAllowedError, match="only the owner of this data"):
            change()
    assert own.read_card(settings, card.id) == card


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": "  "}, "needs a name"),
        ({"title": "x" * 61}, "needs a name"),
        ({"description": "x" * 1001}, "too long"),
    ],
)
def test_bad_words_are_refused_and_change_nothing(settings: Settings, changes: dict[str, str], words: str) -> None:
    card = accepted(settings)
    with pytest.raises(DatasetError, match=words):
        own.change(settings, card.id, "ann", **changes)
    assert own.read_card(settings, card.id) == card


def test_what_two_change_at_the_same_time_is_kept_of_both(settings: Settings) -> None:
    card = accepted(settings)
    wanted = [{"title": "Cats"}, {"description": "of ours"}, {"published": True}, {"notes": {"read": 2}}] * 8
    with ThreadPoolExecutor(len(wanted)) as pool:  # flock tells threads apart as it does processes
        list(pool.map(lambda changes: own.update(settings, card.id, **changes), wanted))
    found = own.read_card(settings, card.id)
    assert (found.title, found.description, found.published, found.notes) == ("Cats", "of ours", True, {"read": 2})
    assert [path.name for path in own.folder(settings, card.id).iterdir()] == ["card.json"]


def test_data_that_a_run_learns_from_meanwhile_is_not_deleted(settings: Settings) -> None:
    card = accepted(settings)

    def refuse() -> bool:
        raise DatasetError("a run is learning from it")

    with pytest.raises(DatasetError, match="is learning"):
        removal.delete(settings, card.id, "ann", has_runs=refuse)
    assert own.read_card(settings, card.id) == card
    assert open_prepared(settings, card.id)


def test_a_name_is_kept_on_one_line(settings: Settings) -> None:
    card = accepted(settings)
    assert own.change(settings, card.id, "ann", title=" My \n cats ").title == "My cats"


def test_deleting_removes_all_of_it(settings: Settings) -> None:
    card = accepted(settings)
    removal.delete(settings, card.id, "ann", has_runs=lambda: False)
    assert files(settings) == []
    with pytest.raises(DatasetError, match="no data set"):
        find_dataset(settings, card.id)


def test_a_data_set_with_runs_loses_its_images_and_keeps_its_name(settings: Settings) -> None:
    card = accepted(settings, description="private")
    spec = find_dataset(settings, card.id).spec
    removal.delete(settings, card.id, "ann", has_runs=lambda: True)
    assert files(settings) == ["about.json", "card.json", "compared.json"]
    gone = find_dataset(settings, card.id)
    assert (gone.title, gone.spec, gone.problem) == ("My photos", spec, "This data was deleted. Choose other data.")
    assert own.read_card(settings, card.id).description == ""
    assert card.id not in list_datasets(settings, "ann")
    assert prepared_folder(settings, card.id).exists()


def test_what_was_never_accepted_is_swept_away_after_a_day(settings: Settings) -> None:
    old, kept, created = brought(settings), accepted(settings), time.time() - removal.ABANDONED_S - 1
    for card in (old, kept):
        own.write_card(settings, replace(own.read_card(settings, card.id), created=created))
    new = brought(settings)
    removal.sweep(settings)
    assert {card.id for card in own.cards(settings)} == {kept.id, new.id}


@pytest.mark.parametrize("name", ["own_../../etc", "own_", "own_A", "mnist", "../own_x"])
def test_an_id_never_leaves_the_folder(settings: Settings, name: str) -> None:
    assert not own.is_own(name)
    with pytest.raises(DatasetError, match="no data set"):
        own.read_card(settings, name)
