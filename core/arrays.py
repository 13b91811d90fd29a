"""Read `.npz` files that may be damaged, foreign or hostile; never unpickle."""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

import numpy as np

# What NumPy and zipfile raise for damaged files; RuntimeError for data nested too deeply.
DAMAGE = (
    *(ArithmeticError, EOFError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError),
    *(struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)


def read_npz(source: Path | bytes, prefix: str = "", names: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Read the arrays whose names start with `prefix`, or those in `names`.

    Args:
        source: A file's path or bytes.
        prefix, names: The arrays to unpack; `names` takes precedence.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is not an `.npz` file, is damaged, or holds pickled objects.
    """
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("it holds a single array without a name")
            with archive:
                wanted = [name for name in archive.files if name.startswith(prefix)] if names is None else names
                return {name: archive[name] for name in wanted}
    except FileNotFoundError:
        raise
    except DAMAGE as error:
        raise ValueError(str(error) or "the file is truncated") from error
