"""Headers of array files, read within limits and checked before any data is read."""

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

MOST_MB = 2_000  # of all arrays in a file
MOST_ARRAYS = 100  # headers read of a file
EXPECTED = "an .npz file with x_train, y_train, x_test and y_test, or train_images, train_labels, ... as in MedMNIST"
_HEADER_BYTES = 2**14  # NumPy itself refuses headers over 10,000
_LONGEST_SIDE = 10**9  # a longer array would not fit into memory


@dataclass(frozen=True)
class Header:
    """Shape and data type of an array, from its file."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def megabytes(self) -> float:
        """Size in memory, in MB."""
        return math.prod(self.shape) * self.dtype.itemsize / MB


def read_headers(path: Path, called: str) -> dict[str, Header]:
    """Return the header of each array in an `.npz` file, by name, without reading the arrays.

    Args:
        path: Path of the file.
        called: File name as the user knows it.

    Raises:
        DatasetError: The file is gone, or is not an `.npz` file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            return {info.filename.removesuffix(".npy"): _header(archive, info) for info in members[:MOST_ARRAYS]}
    except FileNotFoundError:
        raise DatasetError(f"{short(called)} no longer exists") from None
    except DAMAGE as error:
        raise damaged(called) from error


def _header(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Header:
    with archive.open(info) as file:
        header = read_header(file)
    if info.file_size / MB < header.megabytes <= MOST_MB and not header.dtype.hasobject:
        raise ValueError("it is larger than its file")
    return header


def read_header(file: IO[bytes]) -> Header:
    """Read the header of a `.npy` file, at most 16 KB, and leave the file position behind it.

    Raises:
        ValueError, or another of `DAMAGE`: The header is not valid.
    """
    magic = file.read(8)
    width = 2 if magic[6:7] == b"\1" else 4  # bytes of the length field
    length = file.read(width)
    text = file.read(min(int.from_bytes(length, "little"), _HEADER_BYTES))
    whole = io.BytesIO(magic + length + text)
    version = np.lib.format.read_magic(whole)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(whole)
    return Header(shape, dtype)


def check_headers(headers: Mapping[str, Header]) -> None:
    """Check that arrays hold numbers or words and have a possible size.

    Args:
        headers: Header of each array, by its name for messages.

    Raises:
        DatasetError: An array holds something else, or they are too large together.
    """
    for name, header in headers.items():
        if header.dtype.hasobject:
            fix = "Save numbers, or words with .astype(str)."
            raise DatasetError(f"{name} holds Python objects, which are unsafe", expected="numbers or words", fix=fix)
        if header.dtype.kind not in "biufUS" or not header.dtype.itemsize:
            received = str(header.dtype)[:80]
            raise DatasetError(f"{name} has the wrong type", expected="numbers or words", received=received)
        if not all(0 <= side <= _LONGEST_SIDE for side in header.shape) or len(header.shape) > 8:
            raise DatasetError(f"{name} has an impossible shape", received=shape_of(header.shape))
    total = sum(header.megabytes for header in headers.values())
    if total > MOST_MB:
        name = max(headers, key=lambda name: headers[name].megabytes)
        expected = f"at most {MOST_MB:,} MB in total"
        raise DatasetError(f"{name} is too large", expected=expected, received=f"{total:,.0f} MB")


def shape_of(shape: tuple[int, ...]) -> str:
    """Return a shape as short text for a sentence."""
    return short(str(shape))


def damaged(called: str) -> DatasetError:
    """Return the error for a file that cannot be read as arrays."""
    fix = "Save it again with numpy.savez." if called.lower().endswith(".npz") else "Save one array with numpy.save."
    return DatasetError(f"{short(called)} cannot be read: it is damaged or not an array file", fix=fix)
