"""Read what somebody brings in a separate process, which a hostile file can only delay."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping

import numpy as np

from core.arrays import read_npz
from core.child_process import LIMIT_S, ask_apart, limit_this_process
from core.datasets.archives.zips import short
from core.errors import DatasetError
from core.settings import Settings


def read_apart(
    module: str, *arguments: str, name: str, fix: str, data: bytes = b"", settings: Settings | None = None
) -> dict[str, np.ndarray]:
    """Run a module that ends with `tell`, and return the arrays that it tells.

    Args:
        module, arguments, data, settings: As of `ask_apart`.
        name: Name of what is read.
        fix: What to do if reading it takes too long.

    Raises:
        DatasetError: It was refused, or takes too long or too much memory.
    """
    answer = ask_apart(module, *arguments, data=data, settings=settings)
    if answer is None:
        what, expected = f"{short(name)} takes too long or too much memory to read", f"at most {LIMIT_S} s"
        raise DatasetError(what, expected=expected, fix=fix)
    found = read_npz(answer)
    if "refused" in found:
        what, expected, received, fix = map(str, found["refused"])
        raise DatasetError(what, expected=expected, received=received, fix=fix)
    return found


def tell(read: Callable[[], Mapping[str, np.ndarray]]) -> None:
    """Read something within limits, and write its arrays, or why it is refused, to standard output."""
    limit_this_process()
    file = io.BytesIO()
    try:
        np.savez(file, **read())  # type: ignore[arg-type]
    except DatasetError as error:
        np.savez(file, refused=np.array([error.what, error.expected, error.received, error.fix], str))
    sys.stdout.buffer.write(file.getvalue())
