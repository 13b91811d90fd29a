"""What files of arrays say of themselves: read within limits, and refused before any of their numbers is."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from core.arrays import DAMAGE
from core.datasets.archives.zips import short
from core.errors import DatasetError
from core.units import MB

MOST_MB = 2_000  # of all arrays of a file
MOST_ARRAYS = 100  # of a file that are looked at
EXPECTED = "an .npz file with x_train, y_train, x_test and y_test, or with train_images, train_labels, ... as MedMNIST"
_HEADER_BYTES = 2**14  # NumPy itself refuses those of more than 10,000
_LONGEST_SIDE = 10**9  # more of anything would not fit into memory


@dataclass(frozen=True)
class Header:
    """What a file says of one of its arrays: shape and type."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def megabytes(self) -> float:
        """Its size once it is read."""
        return math.prod(self.shape) * self.dtype.itemsize / MB


def read_headers(path: Path, called: str) -> dict[str, Header]:
    """Return what each array of an `.npz` file is, without reading it.

    Args:
        path: Where it is.
        called: What the user calls it.

    Raises:
        DatasetError: It is no `.npz` file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            return {info.filename.removesuffix(".npy"): _header(archive, info) for info in members[:MOST_ARRAYS]}
    except FileNotFoundError:
        raise DatasetError(f"{short(called)} is not there any more") from None
    except DAMAGE as error:
        raise damaged(called) from error


def _header(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Header:
    with archive.open(info) as file:
        header = read_header(file)
    if info.file_size / MB < header.megabytes <= MOST_MB and not header.dtype.hasobject:
        raise ValueError("it is larger than the file that it is in")
    return header


def read_header(file: IO[bytes]) -> Header:
    """Read the head of a `.npy` file, but never more than 16 KB of it; the file stands behind it then.

    Raises:
        ValueError, or another of `DAMAGE`: It is none.
    """
    magic = file.read(8)
    width = 2 if magic[6:7] == b"\1" else 4  # bytes that say how long it is
    length = file.read(width)
    text = file.read(min(int.from_bytes(length, "little"), _HEADER_BYTES))
    whole = io.BytesIO(magic + length + text)
    version = np.lib.format.read_magic(whole)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(whole)
    return Header(shape, dtype)


def check_headers(headers: Mapping[str, Header]) -> None:
    """Check that arrays can be read at all: numbers or words, of a possible size.

    Args:
        headers: Of each array, by what the user calls it.

    Raises:
        DatasetError: One holds something else, or they are too big together.
    """
    for name, header in headers.items():
        if header.dtype.hasobject:
            fix = "Save numbers, or words with .astype(str)."
            raise DatasetError(f"{name} holds Python objects, which are not read", expected="numbers or words", fix=fix)
        if header.dtype.kind not in "biufUS" or not header.dtype.itemsize:
            raise DatasetError(f"{name} holds no numbers", expected="numbers or words", received=str(header.dtype)[:80])
        if not all(0 <= side <= _LONGEST_SIDE for side in header.shape) or len(header.shape) > 8:
            raise DatasetError(f"{name} has an impossible shape", received=shape_of(header.shape))
    total = sum(header.megabytes for header in headers.values())
    if total > MOST_MB:
        name = max(headers, key=lambda name: headers[name].megabytes)
        raise DatasetError(f"{name} is too big", expected=f"at most {MOST_MB:,} MB in all", received=f"{total:,.0f} MB")


def shape_of(shape: tuple[int, ...]) -> str:
    """Return a shape as text that fits into a sentence."""
    return short(str(shape))


def damaged(called: str) -> DatasetError:
    """Return the error of a file that cannot be read as arrays."""
    fix = "Save it again with numpy.savez." if called.lower().endswith(".npz") else "Save one array with numpy.save."
    return DatasetError(f"{short(called)} cannot be read, it is damaged or no file of arrays", fix=fix)
