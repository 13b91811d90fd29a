"""Pictures collected class by class: what is kept, what is refused, and the data sets made of them."""

import errno
import io
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets import open_prepared
from core.datasets.own import collecting, own
from core.datasets.own.build import build
from core.datasets.own.collection import Collection, read_collection, read_picture
from core.errors import DatasetError
from core.locks import locked
from core.settings import Settings

ANN = "ann"


def jpeg(seed: int) -> bytes:
    rng, file = np.random.default_rng(seed), io.BytesIO()
    scene = np.kron(rng.integers(0, 250, (5, 5, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    Image.fromarray(scene).save(file, "JPEG")
    return file.getvalue()


def shots(burst: int, count: int, seed: int = 0) -> dict[str, bytes]:
    return {f"{100 * burst + shot:016d}-{burst:016d}.jpg": jpeg(seed + burst) for shot in range(count)}


def fill(settings: Settings, owner: str = ANN) -> None:
    """Two bursts of a pencil, and a burst and three files of a rubber."""
    collecting.name_column(settings, owner, "1", "pencil")
    collecting.name_column(settings, owner, "2", " rubber ")
    for burst, count in ((1, 4), (2, 2)):
        collecting.add_pictures(settings, owner, "1", shots(burst, count))
    for burst, count in ((3, 3), (4, 1), (5, 1), (6, 1)):
        collecting.add_pictures(settings, owner, "2", shots(burst, count))


def test_pictures_are_kept_in_order_and_one_is_removed_and_messages_that_come_twice_change_nothing(
    settings: Settings,
) -> None:
    assert [column.name for column in read_collection(settings, ANN).columns] == ["Class 1", "Class 2"]
    for _ in range(2):
        fill(settings)
        collecting.add_column(settings, ANN, "77", "ruler")
    found = read_collection(settings, ANN)
    assert [(column.name, len(column.pictures)) for column in found.columns] == [
        ("pencil", 6),
        ("rubber", 6),
        ("ruler", 0),
    ]
    gone = found.columns[0].pictures[0]
    assert read_picture(settings, ANN, gone) == jpeg(1)
    for _ in range(2):
        collecting.drop_picture(settings, ANN, "1", gone)
        collecting.drop_column(settings, ANN, "77")
    collecting.name_column(settings, ANN, "77", "set square")  # of a class that is gone
    with pytest.raises(DatasetError, match=r"last pictures were not kept.*Add the class and take them again"):
        collecting.add_pictures(settings, ANN, "77", shots(9, 1))
    after = read_collection(settings, ANN)
    assert after.columns[0].pictures == found.columns[0].pictures[1:]
    assert len(after.columns) == 2
    assert after.mark != found.mark
    assert read_picture(settings, ANN, gone) is None
    assert read_picture(settings, "bob", found.columns[0].pictures[1]) is None
    assert read_collection(settings, "bob") == Collection()


def test_what_is_missing_is_said_class_by_class(settings: Settings) -> None:
    fill(settings)
    assert read_collection(settings, ANN).lacks == []
    for column_id, name in (("3", "Rubber"), ("4", "a/b"), ("5", ""), ("6", "ruler"), ("7", "pen")):
        collecting.add_column(settings, ANN, column_id, name)
    collecting.add_pictures(settings, ANN, "6", shots(8, 5))
    collecting.add_pictures(settings, ANN, "7", shots(9, 2))
    said = read_collection(settings, ANN).lacks
    assert [sentence[:38] for sentence in said] == [
        "Two classes are called Rubber. Rename ",
        "Rubber has no pictures. Shoot some, or",
        "a/b needs another name: letters, digit",
        "A class without a name needs another n",
        "ruler needs a second burst, to test wi",
        "pen needs 4 pictures or more; it has 2",
    ]
    for column_id, name in (("1", "Test"), ("2", "Training data")):  # folders of these names would be a split
        collecting.name_column(settings, ANN, column_id, name)
    assert "Test and Training data are words for the parts" in read_collection(settings, ANN).lacks[0]
    collecting.name_column(settings, ANN, "2", "Rubber")
    with pytest.raises(DatasetError, match="Two classes are called Rubber"):
        collecting.make_dataset(settings, ANN)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("../../x.jpg", b"\xff\xd8\xff", "no picture from the page"),
        (f"{1:016d}-{1:016d}.jpg", b"<svg>", "no picture from the page"),
        (f"{1:016d}-{1:016d}.jpg", b"\xff\xd8\xff" + bytes(100_000), "a picture is too large, expected at most 100 kB"),
    ],
)
def test_what_the_page_never_sends_is_refused(settings: Settings, name: str, data: bytes, why: str) -> None:
    with pytest.raises(DatasetError, match=why):
        collecting.add_pictures(settings, ANN, "1", {name: data})
    assert not list(settings.home.rglob("*.jpg"))


def test_pictures_of_a_visitor_and_of_all_have_a_limit(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST_PICTURES", 12)
    fill(settings)
    collecting.add_pictures(settings, ANN, "1", shots(1, 4))  # they are here already
    with pytest.raises(DatasetError, match="there are too many pictures, expected at most 12"):
        collecting.add_pictures(settings, ANN, "1", shots(8, 1))
    monkeypatch.setattr(collecting, "MOST_MB", 0)
    with pytest.raises(DatasetError, match="no room for more pictures"):
        collecting.add_pictures(settings, "bob", "1", shots(8, 1))


@pytest.mark.parametrize(
    ("failing", "act"),
    [
        ("Path.write_bytes", lambda settings: collecting.add_pictures(settings, ANN, "1", shots(8, 1))),
        ("shutil.copyfile", lambda settings: collecting.make_dataset(settings, ANN)),
    ],
)
def test_a_full_disk_leaves_neither_half_a_picture_nor_half_a_data_set(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, failing: str, act: Callable[[Settings], object]
) -> None:
    fill(settings)
    before = sorted(path.name for path in settings.home.rglob("*"))

    def half(path: Path, other: bytes | Path) -> None:
        with (other if isinstance(other, Path) else path).open("wb"):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"core.datasets.own.collecting.{failing}", half)
    with pytest.raises(OSError, match="No space"):
        act(settings)
    assert sorted(path.name for path in settings.home.rglob("*") if path.name != "own") == before


def test_no_picture_is_added_when_the_disk_is_full(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.datasets.own.collecting.has_room", lambda folder, size_bytes: False)
    with pytest.raises(DatasetError, match="The disk of this server is full"):
        fill(settings)


def test_a_data_set_is_its_visitors_alone_keeps_bursts_whole_and_is_made_anew_after_a_change(
    settings: Settings,
) -> None:
    fill(settings)
    card = collecting.make_dataset(settings, ANN)
    assert (card.owner, card.title, card.published) == (ANN, "pencil, rubber", False)
    raw = own.raw(settings, card.id)
    assert len(list(raw.glob("pencil/burst_*/*.jpg"))) == 6
    assert len(list(raw.glob("rubber/*.jpg"))) == 3
    found = read_collection(settings, ANN)
    assert (found.dataset, found.is_wanted) == (card.id, True)
    assert collecting.make_dataset(settings, ANN).id == card.id
    collecting.stop_wanting(settings, ANN)
    assert not read_collection(settings, ANN).is_wanted
    build(settings, card.id, lambda words, share: None)
    data = open_prepared(settings, card.id)
    assert data.spec.classes == ("pencil", "rubber")
    assert np.bincount(data.y_test)[0] in (2, 4)  # one of the two bursts
    collecting.add_pictures(settings, ANN, "1", shots(8, 1))
    assert collecting.make_dataset(settings, ANN).id != card.id


def test_what_nobody_uses_any_more_is_removed_and_a_look_keeps_it(settings: Settings) -> None:
    fill(settings)
    looked_at = time.time()
    read_collection(settings, ANN)
    collecting.sweep_collections(settings, looked_at - 60)
    place = settings.home / "collected" / ANN
    assert len(list(place.glob("*/*.jpg"))) == 12
    with ThreadPoolExecutor(1) as pool, locked(place.with_suffix(".lock")):
        sweep = pool.submit(collecting.sweep_collections, settings, looked_at + 60)
        os.utime(place, (looked_at + 120, looked_at + 120))  # a visitor comes back while it waits
    sweep.result()
    assert len(list(place.glob("*/*.jpg"))) == 12
    collecting.sweep_collections(settings, looked_at + 180)
    assert not list((settings.home / "collected").glob("*/"))
