import dataclasses
import json
import time
from pathlib import Path

import numpy as np
import pytest

from core.analysis.data import check_files
from core.analysis.data.check import DataCheck, check_data
from core.analysis.data.duplicates import Duplicates
from core.arrays import read_npz
from core.errors import DatasetError


@pytest.fixture(scope="module")
def check() -> DataCheck:
    """A check that has something to list of each kind."""
    images = np.random.default_rng(0).integers(0, 256, (120, 12, 9, 3), dtype=np.uint8)
    labels, sizes = np.arange(120) % 2, np.full((100, 2), 40)
    images[labels == 1, :6] = 0
    images[3], images[110], images[50] = images[1], images[2], 0
    images[70] = images[60]
    images[70, 9, 3] ^= 32
    labels[21], sizes[9] = 0, 400
    return check_data(
        images[:100],
        labels[:100],
        images[100:],
        labels[100:],
        ("cat", "dog"),
        lambda what, share: None,
        train_sizes=sizes,
    )


def test_the_check_used_here_lists_something_of_each_kind(check: DataCheck) -> None:
    assert check.exact.train.shown
    assert check.near.train.shown
    assert check.empty.shown
    assert check.labels.suspects
    assert check.train_sizes is not None
    assert check.train_sizes.shown[0].size == (400, 400)


def test_a_saved_check_is_read_as_it_was(check: DataCheck, tmp_path: Path) -> None:
    check.save(tmp_path / "new" / "folder")
    read = DataCheck.load(tmp_path / "new" / "folder")
    for field in dataclasses.fields(check):
        value, expected = getattr(read, field.name), getattr(check, field.name)
        if isinstance(expected, np.ndarray):
            np.testing.assert_array_equal(value, expected, strict=True)
        else:
            assert value == expected
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == ["check.json", "check.npz"]


def test_a_full_check_of_a_large_set_opens_quickly(check: DataCheck, tmp_path: Path) -> None:
    def full(pairs: Duplicates) -> Duplicates:
        long = dataclasses.replace(pairs.train, shown=check.near.train.shown[:1] * 200)
        return dataclasses.replace(pairs, train=long, test=long, between=long, conflicts=long)

    large = dataclasses.replace(
        check,
        exact=full(check.exact),
        near=full(check.near),
        labels=dataclasses.replace(check.labels, suspects=check.labels.suspects[:1] * 100),
        train_brightness=np.zeros(60_000, np.float32),
        train_contrast=np.zeros(60_000, np.float32),
    )
    large.save(tmp_path)
    times = []
    for _ in range(7):
        start = time.thread_time()
        DataCheck.load(tmp_path)
        times.append(time.thread_time() - start)
    assert min(times) < 0.05


def test_a_new_check_replaces_the_old_one(check: DataCheck, tmp_path: Path) -> None:
    check.save(tmp_path)
    dataclasses.replace(check, compared=1).save(tmp_path)
    assert DataCheck.load(tmp_path).compared == 1


def test_a_reader_that_comes_while_a_check_is_replaced_gets_the_new_one(
    check: DataCheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check.save(tmp_path)
    new = dataclasses.replace(check, compared=1)

    def read_then_save(path: Path) -> dict[str, np.ndarray]:
        if check_files.read_npz is not read_npz:
            monkeypatch.setattr(check_files, "read_npz", read_npz)
            new.save(tmp_path)
        return read_npz(path)

    monkeypatch.setattr(check_files, "read_npz", read_then_save)
    assert DataCheck.load(tmp_path).compared == 1


def test_no_check_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="not been checked yet"):
        DataCheck.load(tmp_path)


def test_files_of_two_checks_are_not_joined(check: DataCheck, tmp_path: Path) -> None:
    check.save(tmp_path / "old")
    check.save(tmp_path / "new")
    (tmp_path / "old" / "check.npz").replace(tmp_path / "new" / "check.npz")
    with pytest.raises(DatasetError, match="Run the check again"):
        DataCheck.load(tmp_path / "new")


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 0},
        {"near": None},
        {"near": {"train": 3}},
        {"compared": "many"},
        {"train_counts": 7},
        {"unknown": 1},
        {"labels": [1, 2]},
        {"mean_images": 3},
    ],
)
def test_a_damaged_check_is_refused_in_words(check: DataCheck, tmp_path: Path, damage: dict[str, object]) -> None:
    check.save(tmp_path)
    path = tmp_path / "check.json"
    stored = json.loads(path.read_text())
    if "mean_images" in damage:
        (tmp_path / "check.npz").write_bytes(b"PK no archive")
    path.write_text(json.dumps({**stored, **damage}))
    with pytest.raises(DatasetError, match="Run the check again"):
        DataCheck.load(tmp_path)


def test_text_that_is_no_json_is_refused_in_words(check: DataCheck, tmp_path: Path) -> None:
    check.save(tmp_path)
    for text in ("", "[]", "null", '{"version": 1}'):
        (tmp_path / "check.json").write_text(text)
        with pytest.raises(DatasetError, match="Run the check again"):
            DataCheck.load(tmp_path)


def test_a_folder_that_cannot_be_written_is_said_in_words(check: DataCheck, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="could not be written"):
        check.save(tmp_path / "file")
