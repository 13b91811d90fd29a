import hashlib
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ArtifactError
from core.store.artifacts import RunFiles

ARRAYS = {
    "weights/0000": np.arange(6, dtype=np.float32).reshape(2, 3),
    "weights/0001": np.array([], np.float32),
    "maps/conv_1": np.full((2, 2), 7, np.uint8),
    "extra/best": np.array(0.5),
    "probabilities": np.array([0.25, 0.75], np.float32),
}


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path / "run")


def same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_folder_is_made_only_when_something_is_written(files: RunFiles) -> None:
    assert not files.folder.exists()
    files.write_json("config", {"epochs": 3})
    assert everything(files.folder) == {"config.json"}
    assert json.loads((files.folder / "config.json").read_text()) == {"epochs": 3}


def test_what_was_written_as_json_is_read_back(files: RunFiles) -> None:
    data = {"dtype_policy": "mixed_bfloat16", "cores": 2, "words": "Größe"}
    files.write_json("environment", data)
    assert files.read_json("environment") == data


def test_json_that_is_missing_is_said_to_be_missing(files: RunFiles) -> None:
    with pytest.raises(ArtifactError, match=r"^environment\.json is not there\.$"):
        files.read_json("environment")


@pytest.mark.parametrize("content", [b"", b'{"a": ', b"\xff\xfe", b"PK\x03\x04"])
def test_json_that_is_damaged_is_said_to_be_damaged(files: RunFiles, content: bytes) -> None:
    files.folder.mkdir()
    (files.folder / "environment.json").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"environment\.json is damaged"):
        files.read_json("environment")


def test_checkpoints_snapshots_and_predictions_come_back_exactly_slashes_in_names_and_all(files: RunFiles) -> None:
    sha256 = files.save_checkpoint(12, ARRAYS)
    files.save_snapshot(3, ARRAYS)
    predictions = {**ARRAYS, **{name: np.ones(2) for name in ("ids", "y_true", "probabilities_last")}}
    files.save_predictions(predictions)
    same(files.load_checkpoint(12, sha256), ARRAYS)
    same(files.load_snapshot(3), ARRAYS)
    same(files.load_predictions(), predictions)
    kept = {path for path in everything(files.folder) if path.endswith(".npz")}
    assert kept == {"checkpoints/12/state.npz", "snapshots/00000003.npz", "predictions.npz"}


def test_a_file_of_arrays_unpacks_into_one_folder(files: RunFiles) -> None:
    files.save_predictions(ARRAYS)
    with zipfile.ZipFile(files.folder / "predictions.npz") as archive:
        assert len(archive.namelist()) == len(ARRAYS)
        assert not any("/" in name for name in archive.namelist())


def test_only_the_arrays_of_a_prefix_are_read(files: RunFiles) -> None:
    files.save_snapshot(3, ARRAYS)
    same(files.load_snapshot(3, "weights/"), {name: a for name, a in ARRAYS.items() if name.startswith("weights/")})


def test_a_frame_is_nothing_worth_keeping_and_goes_with_the_parts_of_a_killed_process(files: RunFiles) -> None:
    files.save_frame(3, ARRAYS)
    files.watch()
    assert not files.is_worth_keeping()
    files.save_snapshot(3, ARRAYS)
    assert files.is_worth_keeping()
    files.drop_parts()
    assert everything(files.folder) == {"snapshots", "snapshots/00000003.npz"}


def test_the_hash_is_that_of_the_file(files: RunFiles) -> None:
    sha256 = files.save_checkpoint(1, ARRAYS)
    path = files.folder / "checkpoints" / "1" / "state.npz"
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_writing_again_replaces_the_file_and_leaves_nothing_else(files: RunFiles) -> None:
    files.save_snapshot(3, ARRAYS)
    files.save_snapshot(3, {"weights/0000": np.zeros(1)})
    same(files.load_snapshot(3), {"weights/0000": np.zeros(1)})
    assert everything(files.folder) == {"snapshots", "snapshots/00000003.npz"}


def test_a_write_that_fails_leaves_the_old_file_and_no_other(files: RunFiles) -> None:
    target = files.folder / "model.keras"
    with files.replacing(target) as temporary:
        temporary.write_text("old")

    def fail_halfway() -> None:
        with files.replacing(target) as temporary:
            temporary.write_text("half of the new")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail_halfway()
    assert target.read_text() == "old"
    assert everything(files.folder) == {"model.keras"}


def test_a_file_is_whole_from_the_moment_that_it_has_its_name(files: RunFiles) -> None:
    target = files.folder / "model.keras"
    with files.replacing(target) as temporary:
        temporary.write_text("half")
        assert not target.exists()
        assert temporary.suffix == target.suffix  # Keras chooses the format by it
        with temporary.open("a") as file:
            file.write(" and half")
    assert target.read_text() == "half and half"


def test_a_checkpoint_that_changed_on_disk_is_refused(files: RunFiles) -> None:
    sha256 = files.save_checkpoint(5, ARRAYS)
    path = files.folder / "checkpoints" / "5" / "state.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArtifactError, match="checkpoint of step 5 is damaged or missing"):
        files.load_checkpoint(5, sha256)


def test_a_checkpoint_that_is_not_there_is_refused(files: RunFiles) -> None:
    sha256 = files.save_checkpoint(5, ARRAYS)
    files.drop_checkpoint(5)
    with pytest.raises(ArtifactError, match="step 5"):
        files.load_checkpoint(5, sha256)
    assert everything(files.folder) == {"checkpoints"}
    files.drop_checkpoint(5)


def test_a_missing_snapshot_and_missing_predictions_say_so(files: RunFiles) -> None:
    with pytest.raises(ArtifactError, match=r"00000007\.npz is not there"):
        files.load_snapshot(7)
    with pytest.raises(ArtifactError, match=r"predictions\.npz is not there"):
        files.load_predictions()


def whole() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.arange(100.0), b=np.arange(100.0))
    return buffer.getvalue()


def as_one_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(3))
    return buffer.getvalue()


DAMAGES = {
    "empty": b"",
    "text": b"hello",
    "cut short": whole()[:-200],
    "cut to its first bytes": whole()[:10],
    "a byte flipped": whole()[:300] + bytes([whole()[300] ^ 255]) + whole()[301:],
    "a pickle": pickle.dumps({"a": 1}),
    "one array without a name": as_one_array(),
}


@pytest.mark.parametrize("content", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_an_artifact_error(files: RunFiles, content: bytes) -> None:
    files.folder.mkdir()
    (files.folder / "predictions.npz").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"predictions\.npz is damaged"):
        files.load_predictions()


class Bomb:
    exploded = False

    def __reduce__(self) -> tuple[Any, ...]:
        return setattr, (Bomb, "exploded", True)


def test_a_pickle_inside_an_array_is_neither_written_nor_read(files: RunFiles) -> None:
    objects = np.array([Bomb()], dtype=object)
    with pytest.raises(ValueError, match="allow_pickle"):
        files.save_predictions({"a": objects})
    assert everything(files.folder) == set()
    np.savez(files.folder / "predictions.npz", a=objects)
    with pytest.raises(ArtifactError):
        files.load_predictions()
    assert not Bomb.exploded


def test_a_resume_deletes_what_came_after_its_step(files: RunFiles) -> None:
    for step in (3, 12, 13):
        files.save_checkpoint(step, ARRAYS)
        files.save_snapshot(step, ARRAYS)
    files.drop_after(12)
    kept = {path for path in everything(files.folder) if path.endswith(".npz")}
    steps = [f"checkpoints/{step}/state.npz" for step in (3, 12)] + [f"snapshots/{step:08d}.npz" for step in (3, 12)]
    assert kept == set(steps)
