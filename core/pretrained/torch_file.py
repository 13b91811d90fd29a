"""Reads the files of tensors that PyTorch wrote before version 1.6, without PyTorch.

Printed programs hold the source of `TensorUnpickler` and `read_tensors`, which use NumPy and the imports named below.

Source: `_legacy_save` in https://github.com/pytorch/pytorch/blob/main/torch/serialization.py
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np

from core.errors import WeightsError

IMPORTS = ("import io", "import pickle", "from collections import OrderedDict")


class TensorUnpickler(pickle.Unpickler):
    """Unpickles what is said of tensors; a file can call nothing else."""

    def find_class(self, module: str, name: str) -> object:
        """Return what stands for a name that such a file needs."""
        known = {
            "collections.OrderedDict": OrderedDict,
            "torch._utils._rebuild_tensor_v2": lambda *parts: parts[:4],  # storage, offset, shape, strides
            "torch.FloatStorage": "<f4",
            "torch.LongStorage": "<i8",
        }
        if f"{module}.{name}" not in known:
            raise pickle.UnpicklingError(f"{module}.{name}, which no tensor needs")
        return known[f"{module}.{name}"]

    def persistent_load(self, pid: tuple[str, ...]) -> tuple[np.dtype, str]:
        """Return the type and the key of a storage, whose numbers come later in the file."""
        _, kind, key, *_ = pid
        return np.dtype(kind), key


def read_tensors(data: bytes) -> dict[str, np.ndarray]:
    """Return the tensors of a file by their names, as views of its bytes."""
    file = io.BytesIO(data)
    magic, protocol, system, tensors, keys = (TensorUnpickler(file).load() for _ in range(5))
    if (magic, protocol, system["little_endian"]) != (0x1950A86A20F9469CFC6C, 1001, True):
        raise pickle.UnpicklingError(f"a file of protocol {protocol}")
    kinds = {key: kind for (kind, key), *_ in tensors.values()}
    storages = {key: file.read(int.from_bytes(file.read(8), "little") * kinds[key].itemsize) for key in keys}
    return {
        name: np.ndarray(shape, kind, storages[key], offset * kind.itemsize, [step * kind.itemsize for step in strides])
        for name, ((kind, key), offset, shape, strides) in tensors.items()
    }


def read_torch_file(path: Path, sha256: str) -> dict[str, np.ndarray]:
    """Return the tensors of a file by their names, if it is the very file that is meant.

    Args:
        path: Of the file.
        sha256: Of all its bytes, in hexadecimal digits.

    Raises:
        WeightsError: It is missing, is another file, or holds something else than tensors.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"the file of weights {path} cannot be read", received=str(error.strerror)) from error
    received = hashlib.sha256(data).hexdigest()
    if received != sha256:
        what = f"{path.name} is not the file of weights that is known here"
        raise WeightsError(what, expected=f"the SHA-256 {sha256}", received=received)
    try:
        return read_tensors(data)
    except (pickle.UnpicklingError, AttributeError, EOFError, LookupError, TypeError, ValueError) as error:
        what = f"{path.name} cannot be read as weights"
        raise WeightsError(what, expected="tensors as PyTorch wrote them before 1.6", received=str(error)) from error
