"""Reading `.npz` files that may be damaged, foreign or hostile; never pickles."""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

import numpy as np

# What NumPy and zipfile are known to raise for a file whose bytes are wrong; RuntimeError for what is nested too deep.
DAMAGE = (
    *(ArithmeticError, EOFError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError),
    *(struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)


def read_npz(
    source: Path | bytes, prefix: str | tuple[str, ...] = "", names: Collection[str] | None = None
) -> dict[str, np.ndarray]:
    """Read the arrays whose names begin with `prefix`, or with one of several, or those of these names.

    Args:
        source: A file's path, or its bytes.
        prefix, names: Only these are unpacked.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no `.npz` file, is damaged, or holds pickled objects.
    """
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("it holds a single array, no named ones")
            with archive:
                wanted = [name for name in archive.files if name.startswith(prefix)] if names is None else names
                return {name: archive[name] for name in wanted}
    except FileNotFoundError:
        raise
    except DAMAGE as error:
        raise ValueError(str(error) or "it ends too early") from error
