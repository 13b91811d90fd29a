import io
import pickle
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.arrays import read_npz

ARRAYS = {"weights|0": np.arange(6.0).reshape(2, 3), "weights|1": np.array([], np.uint8), "other": np.array(2)}


def npz(save: Callable[..., None] = np.savez) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **ARRAYS)
    return buffer.getvalue()


def one_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(3))
    return buffer.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_file_and_its_bytes_are_read_alike(tmp_path: Path, save: Callable[..., None]) -> None:
    (tmp_path / "file").write_bytes(npz(save))
    for found in (read_npz(tmp_path / "file"), read_npz(npz(save))):
        assert found.keys() == ARRAYS.keys()
        for name, array in ARRAYS.items():
            assert found[name].dtype == array.dtype
            np.testing.assert_array_equal(found[name], array)


def test_only_the_arrays_of_a_prefix_are_read() -> None:
    assert sorted(read_npz(npz(), "weights|")) == ["weights|0", "weights|1"]


def test_a_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_npz(tmp_path / "file")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"hello", npz()[:10], npz()[:-1], one_array(), pickle.dumps({"a": 1})],
    ids=["empty", "two bytes", "text", "a beginning", "all but a byte", "one array", "a pickle"],
)
def test_what_is_no_file_of_arrays_is_refused_with_a_reason(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    for source in (tmp_path / "file", content):
        with pytest.raises(ValueError, match=r"\w"):
            read_npz(source)


def test_pickled_objects_are_refused() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([None], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        read_npz(buffer.getvalue())


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("flip", [1, 64, 255])
def test_whatever_byte_is_wrong_the_file_is_read_or_refused(save: Callable[..., None], flip: int) -> None:
    whole = npz(save)
    refused = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= flip
        try:
            read_npz(bytes(damaged))
        except ValueError:
            refused += 1
    assert refused > len(whole) / 3


def test_whatever_piece_is_missing_the_file_is_read_or_refused() -> None:
    whole, dice = npz(), random.Random(0)
    for _ in range(300):
        start, end = sorted(dice.randrange(len(whole)) for _ in range(2))
        try:
            read_npz(whole[:start] + whole[end:])
        except ValueError:
            continue
