"""Files of tensors, written here as PyTorch did it, with pickles of names that stand for its own."""

import hashlib
import io
import os
import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import WeightsError
from core.pretrained.torch_file import read_torch_file
from core.pretrained.weights import LITE0_SHA256, find_lite0, keras_weights

MAGIC = 0x1950A86A20F9469CFC6C
SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}


def _rebuild_tensor_v2(*parts: Any) -> None:
    """Stands for PyTorch's function of this name."""


class FloatStorage:
    """Stands for PyTorch's class of this name."""


class LongStorage:
    """Stands for PyTorch's class of this name."""


class DoubleStorage:
    """Stands for PyTorch's class of this name, which is not read here."""


@dataclass
class Storage:
    kind: type
    key: str
    numbers: np.ndarray


@dataclass
class Tensor:
    storage: Storage
    offset: int
    shape: Sequence[int]
    strides: Sequence[int]

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_tensor_v2, (self.storage, self.offset, self.shape, self.strides, False, OrderedDict())


class Pickler(pickle.Pickler):
    def persistent_id(self, it: Any) -> Any:
        if isinstance(it, Storage):
            return "storage", it.kind, it.key, "cpu", len(it.numbers), None
        return None


@pytest.fixture(autouse=True)
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what stands for PyTorch's names be pickled by these names."""
    for name, members in {
        "torch": (FloatStorage, LongStorage, DoubleStorage),
        "torch._utils": (_rebuild_tensor_v2,),
    }.items():
        module = types.ModuleType(name)
        for member in members:
            setattr(module, member.__name__, member)
            monkeypatch.setattr(member, "__module__", name)
        monkeypatch.setitem(sys.modules, name, module)


def written(tensors: Any, storages: Sequence[Storage], magic: int = MAGIC, system: Any = SYSTEM) -> bytes:
    file = io.BytesIO()
    for part in (magic, 1001, system, tensors, [storage.key for storage in storages]):
        Pickler(file, 2).dump(part)
    for storage in storages:
        file.write(len(storage.numbers).to_bytes(8, "little") + storage.numbers.tobytes())
    return file.getvalue()


def read(folder: Path, data: bytes) -> dict[str, np.ndarray]:
    path = folder / "weights.pth"
    path.write_bytes(data)
    return read_torch_file(path, hashlib.sha256(data).hexdigest())


NUMBERS = Storage(FloatStorage, "7", np.arange(20, dtype="<f4"))
COUNT = Storage(LongStorage, "3", np.array([2**40], "<i8"))
TENSOR = Tensor(NUMBERS, 0, (20,), (1,))


def test_tensors_are_laid_out_by_their_strides_wherever_they_begin(tmp_path: Path) -> None:
    tensors = OrderedDict(plain=Tensor(NUMBERS, 2, (3, 2), (2, 1)), last=Tensor(NUMBERS, 8, (3, 2, 2), (1, 6, 3)))
    found = read(tmp_path, written(OrderedDict(tensors, count=Tensor(COUNT, 0, (), ())), [NUMBERS, COUNT]))
    assert list(found) == ["plain", "last", "count"]
    np.testing.assert_array_equal(found["plain"], [[2, 3], [4, 5], [6, 7]])
    by_hand = [[[8 + i + 6 * j + 3 * k for k in range(2)] for j in range(2)] for i in range(3)]
    np.testing.assert_array_equal(found["last"], by_hand)
    assert (found["count"].shape, found["count"].dtype, int(found["count"])) == ((), np.int64, 2**40)


def test_a_file_that_has_been_changed_is_not_even_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(Misuse(tmp_path / "done")))
    with pytest.raises(
        WeightsError, match=r"weights.pth is not the file .* expected the SHA-256 0123, received [0-9a-f]"
    ):
        read_torch_file(path, "0123")
    assert not (tmp_path / "done").exists()


@dataclass
class Misuse:
    path: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_nothing_in_a_file_can_call_a_function(tmp_path: Path, place: int) -> None:
    file, parts = io.BytesIO(), [MAGIC, 1001, SYSTEM, OrderedDict(a=TENSOR), ["7"]]
    parts[place] = Misuse(tmp_path / "done")
    for part in parts:
        Pickler(file, 2).dump(part)
    with pytest.raises(WeightsError, match=r"cannot be read as weights, .*received (posix|nt)\.mkdir, which no tensor"):
        read(tmp_path, file.getvalue())
    assert not (tmp_path / "done").exists()


WHOLE = {"a": TENSOR}


@pytest.mark.parametrize(
    "data",
    [
        lambda: b"",
        lambda: b"PK\x03\x04 a file of PyTorch 1.6",
        lambda: pickle.dumps([1, 2]),
        lambda: written(WHOLE, [NUMBERS], magic=1),
        lambda: written(WHOLE, [NUMBERS], system={**SYSTEM, "little_endian": False}),
        lambda: written(WHOLE, [NUMBERS], system=7),
        lambda: written([1, 2], [NUMBERS]),
        lambda: written(WHOLE, []),
        lambda: written(WHOLE, [NUMBERS])[:-1],
        lambda: written({"a": Tensor(NUMBERS, 1, (20,), (1,))}, [NUMBERS]),
        lambda: written({"a": Tensor(NUMBERS, 0, (20,), (2,))}, [NUMBERS]),
        lambda: written({"a": Tensor(NUMBERS, 0, (20,), (-1,))}, [NUMBERS]),
        lambda: written({"a": Tensor(Storage(DoubleStorage, "1", np.zeros(1)), 0, (1,), (1,))}, []),
    ],
)
def test_anything_else_is_one_error_that_says_what_was_expected(tmp_path: Path, data: Any) -> None:
    with pytest.raises(
        WeightsError, match=r"^weights.pth cannot be read as weights, expected tensors as PyTorch wrote"
    ):
        read(tmp_path, data())


def test_the_file_of_lite0_holds_a_network_of_this_layout() -> None:
    tensors = read_torch_file(Path(find_lite0()), LITE0_SHA256)
    stem = tensors["_conv_stem.weight"]
    assert (len(tensors), stem.shape, stem.strides) == (296, (32, 3, 3, 3), (4, 128, 1152, 384))
    weights = keras_weights(tensors)
    assert [array.shape for array in weights["blocks0_depthwise_conv"]] == [(3, 3, 32, 1)]
    assert [array.shape for array in weights["blocks3_expand_conv"]] == [(1, 1, 24, 144)]
    assert [array.shape for array in weights["blocks3_bn0"]] == [(144,)] * 4
    assert all((weights[f"blocks{n}_bn1"][3] >= 0).all() for n in range(16))  # variances come last
