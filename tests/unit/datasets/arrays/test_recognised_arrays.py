"""However labels and pixels are written, and wherever they come from, they are the same classes and images."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.datasets import Prepared, find_dataset, open_prepared, prepare
from core.datasets.own import own
from core.datasets.own.build import build
from core.errors import DatasetError
from core.settings import Settings

SIDE, NUMBER, TESTED = 8, 24, 12
CLASS = np.arange(NUMBER) % 3  # the true one of each example

LABELS: Mapping[str, tuple[np.ndarray, tuple[str, ...]]] = {
    "from 0": (CLASS, ("0", "1", "2")),
    "from 1": (CLASS + 1, ("1", "2", "3")),
    "with gaps": (np.array([3, 5, 8])[CLASS], ("3", "5", "8")),
    "below 0": (CLASS - 1, ("-1", "0", "1")),
    "large": (np.array([9, 10, 2**63])[CLASS].astype(np.uint64), ("9", "10", str(2**63))),
    "decimals": (CLASS.astype(np.float32) * 2, ("0", "2", "4")),
    "a column": (CLASS[:, None] + 1, ("1", "2", "3")),
    "one-hot": (np.eye(5)[CLASS + 1], ("1", "2", "3")),
    "one-hot truths": (np.eye(3, dtype=bool)[CLASS], ("0", "1", "2")),
    "words": (np.array(["box 2", "box 10", "None"])[CLASS], ("box 2", "box 10", "None")),
    "bytes": (np.char.encode(["bar", "box", "Käse"], "utf-8")[CLASS], ("bar", "box", "Käse")),
}


def images(number: int = NUMBER) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (number, SIDE, SIDE), np.uint8)


def brought(settings: Settings, kind: str, write: Mapping[str, Any], **options: Any) -> own.Card:
    card = own.begin(settings, "ann", "Mine", kind, options)
    for name, save in write.items():
        save(own.raw(settings, card.id) / name)
    build(settings, card.id, lambda words, share: None)
    return own.read_card(settings, card.id)


def npz(path: Path, **arrays: np.ndarray) -> None:
    np.savez(path, **arrays)


def file_of(labels: np.ndarray, **other: np.ndarray) -> dict[str, np.ndarray]:
    arrays = {"x_train": images(), "y_train": labels, "x_test": images(TESTED), "y_test": labels[:TESTED]}
    return {**arrays, **other}


def uploaded(settings: Settings, arrays: Mapping[str, np.ndarray], name: str = "mine.npz") -> own.Card:
    return brought(settings, "arrays", {"upload.npz": lambda path: npz(path, **arrays)}, name=name)


def in_folder(settings: Settings, arrays: Mapping[str, np.ndarray]) -> Prepared:
    settings.data_dir.mkdir(exist_ok=True)
    npz(settings.data_dir / "mine.npz", **arrays)
    assert find_dataset(settings, "file_mine").problem == ""
    prepare(settings, "file_mine")
    return open_prepared(settings, "file_mine")


@pytest.mark.parametrize(("labels", "classes"), LABELS.values(), ids=LABELS)
def test_the_classes_are_those_that_occur_wherever_they_come_from(
    settings: Settings, labels: np.ndarray, classes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = file_of(labels)
    data = in_folder(settings, arrays)
    assert data.spec.classes == classes
    np.testing.assert_array_equal(data.y_train, CLASS)
    assert open_prepared(settings, uploaded(settings, arrays).id).version == data.version
    monkeypatch.chdir(settings.data_dir)
    names: dict[str, Any] = {"np": np}
    exec(find_dataset(settings, "file_mine").program, names)
    np.testing.assert_array_equal(names["y_test"], CLASS[:TESTED])
    assert names["y_test"].dtype == np.int64
    files = {"images.npy": partial(np.save, arr=images()), "labels.npy": partial(np.save, arr=labels)}
    cards = [brought(settings, "pair", files, seed=0)]
    if labels.size == NUMBER and labels.dtype.kind != "S":
        table = pd.DataFrame({"label": labels.reshape(-1), **dict(enumerate(images().reshape(NUMBER, -1).T))})
        csv = {"upload.csv": lambda path: table.to_csv(path, index=False)}
        cards.append(brought(settings, "pixels", csv, name="mine.csv", seed=0))
    for card in cards:
        found = open_prepared(settings, card.id)
        assert found.spec.classes == classes
        true = {image.tobytes(): label for image, label in zip(images(), CLASS, strict=True)}
        assert [true[image.tobytes()] for image in found.x_train] == found.y_train.tolist()


@pytest.mark.parametrize("form", ["one-hot", "decimals"])
def test_labels_that_are_written_in_an_unusual_way_are_said(settings: Settings, form: str) -> None:
    said = uploaded(settings, file_of(LABELS[form][0])).notes["said"]
    assert len(said) == 1
    assert form in said[0]
    in_folder(settings, file_of(LABELS[form][0]))
    assert said[0] in find_dataset(settings, "file_mine").split


TRUE = images()
PIXELS: Mapping[str, tuple[Any, str]] = {  # how a file holds uint8 images, and what is said
    "from 0 to 1": (lambda x: (x / 255).astype(np.float32), "from 0 to 1"),
    "from -1 to 1": (lambda x: (x / 127.5 - 1).astype(np.float16).astype(np.float64), "from -1 to 1"),
    "decimals": (lambda x: x.astype(np.float32), "stored as decimals"),
    "rounded": (lambda x: x.astype(float).clip(1, 254) + 0.25, "rounded"),
    "10 bits": (lambda x: x.astype(np.uint16) * 4 + 3, "10 bits"),
    "rows": (lambda x: x.reshape(len(x), -1), "an image of 8x8"),
    "channels first": (lambda x: x[:, None], "Channels come first"),
    "wide numbers": (lambda x: x.astype(">i8"), ""),
}


@pytest.mark.parametrize(("held", "words"), PIXELS.values(), ids=PIXELS)
def test_images_are_recognised_and_said(
    settings: Settings, held: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = file_of(CLASS, x_train=held(images()), x_test=held(images(TESTED)))
    data = in_folder(settings, arrays)
    assert np.abs(data.x_train[..., 0].astype(int) - images()).max() <= 1
    card = uploaded(settings, arrays)
    assert open_prepared(settings, card.id).version == data.version
    assert [words in sentence for sentence in card.notes["said"]] == [True] * bool(words)
    monkeypatch.chdir(settings.data_dir)
    names: dict[str, Any] = {"np": np}
    exec(find_dataset(settings, "file_mine").program, names)
    for name in ("x_train", "x_test"):
        np.testing.assert_array_equal(names[name], getattr(data, name))
        assert names[name].dtype == np.uint8


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32])
def test_black_and_white_images_become_0_and_255(settings: Settings, dtype: type) -> None:
    black = images() > 127
    data = in_folder(settings, file_of(CLASS, x_train=black.astype(dtype), x_test=black[:TESTED].astype(dtype)))
    np.testing.assert_array_equal(data.x_train[..., 0], black * np.uint8(255))


def test_test_images_share_the_range_of_the_training_images(settings: Settings) -> None:
    train, test = images() / 127.5 - 1, images(TESTED) / 510 + 0.25  # the test alone looks as if it ran from 0 to 1
    data = in_folder(settings, file_of(CLASS, x_train=train, x_test=test))
    np.testing.assert_array_equal(data.x_test[..., 0], np.rint((test + 1) * 127.5))


def test_classes_that_are_only_tested_are_said(settings: Settings) -> None:
    arrays = file_of(CLASS, y_test=np.array([7, 9] + [0] * (TESTED - 2)))
    words = "These classes occur in the test only, so no network can learn them: 7, 9."
    assert uploaded(settings, arrays).notes["said"] == [words]
    assert in_folder(settings, arrays).spec.classes == ("0", "1", "2", "7", "9")
    assert words in find_dataset(settings, "file_mine").split


@pytest.mark.parametrize(
    "names",
    ['["a", "b", "c"]', '{"classes": {"3": "a", "5": "b", "8": "c"}}', '["", "", "", "a", "", "b", "", "", "c", "d"]'],
)
def test_names_beside_a_file_whose_labels_have_gaps(settings: Settings, names: str) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "mine.json").write_text(names)
    in_folder(settings, file_of(LABELS["with gaps"][0]))
    assert find_dataset(settings, "file_mine").spec.classes == ("a", "b", "c")


@pytest.mark.parametrize(("header", "classes"), [(True, ("bar", "box 10", "disc")), (False, ("1", "2", "3"))])
@pytest.mark.parametrize("is_first", [True, False])
def test_one_hot_columns_of_a_table_are_labels(
    settings: Settings, header: bool, classes: tuple[str, ...], is_first: bool
) -> None:
    pixels = pd.DataFrame(images().reshape(NUMBER, -1)).add_prefix("p")
    marks = pd.DataFrame(
        np.eye(5, dtype=int)[CLASS + 1], columns=["label_x", "label_bar", "class box 10", "y.disc", "e"]
    )
    table = pd.concat([marks, pixels] if is_first else [pixels, marks], axis=1)
    write = {"upload.csv": lambda path: table.to_csv(path, index=False, header=header)}
    card = brought(settings, "pixels", write, name="mine.csv", seed=0)
    data = open_prepared(settings, card.id)
    assert (data.spec.classes, data.spec.input_shape) == (classes, (SIDE, SIDE, 1))
    assert "one-hot" in card.notes["said"][0]


def test_an_index_column_is_left_out_with_a_word(settings: Settings) -> None:
    table = pd.DataFrame({"label": CLASS, **dict(enumerate(images().reshape(NUMBER, -1).T))})
    card = brought(settings, "pixels", {"upload.csv": table.to_csv}, name="mine.csv", seed=0)
    assert card.notes["said"] == ["The first column, which has no name and only numbers the rows, was left out."]
    assert open_prepared(settings, card.id).spec.input_shape == (SIDE, SIDE, 1)


def test_a_pair_is_told_by_the_names_that_its_owner_gave(settings: Settings) -> None:
    files = {"images.npy": partial(np.save, arr=images()), "labels.npy": partial(np.save, arr=CLASS[:20])}
    with pytest.raises(DatasetError, match=r"^truth\.npy has 20 labels for 24 images of shapes\.npy\.$"):
        brought(settings, "pair", files, seed=0, names=["shapes.npy", "truth.npy"])


def test_a_home_that_has_classes_without_images_keeps_them_for_its_runs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = LABELS["with gaps"][0]
    in_folder(settings, file_of(labels))
    place = settings.home / "prepared" / "file_mine"
    about = json.loads((place / "about.json").read_text())
    shape, counts = about["spec"].pop("features"), [0, 0, 0, 8, 0, 8, 0, 0, 8]
    about["spec"].pop("target")
    about["spec"]["input_shape"] = [shape["height"], shape["width"], shape["channels"]]
    about["spec"] |= {"classes": list("012345678"), "train_counts": counts}
    (place / "about.json").write_text(json.dumps(about))  # as the version before has written it
    for part in ("train", "test"):
        np.save(place / f"y_{part}.npy", labels[: len(np.load(place / f"y_{part}.npy"))])
    data, dataset = open_prepared(settings, "file_mine"), find_dataset(settings, "file_mine")
    assert dataset.spec == data.spec
    assert prepare(settings, "file_mine") == about["version"]
    monkeypatch.chdir(settings.data_dir)
    names: dict[str, Any] = {"np": np}
    exec(dataset.program, names)
    np.testing.assert_array_equal(names["y_train"], data.y_train)
