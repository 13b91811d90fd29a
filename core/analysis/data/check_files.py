"""Store a check in two files without pickle: `check.json` and, for its arrays, `check.npz`."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import tempfile
import types
import typing
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from core.arrays import read_npz
from core.errors import DatasetError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

VERSION = 1  # increase when the meaning of a field changes
_STAMP = "stamp"  # the same in both files, so that readers never mix two checks

T = TypeVar("T")


def write_check(folder: Path, check: DataclassInstance) -> None:
    """Write a dataclass of arrays, numbers, strings and dataclasses.

    Raises:
        DatasetError: The files cannot be written.
    """
    fields = {field.name: getattr(check, field.name) for field in dataclasses.fields(check)}
    arrays = {name: value for name, value in fields.items() if isinstance(value, np.ndarray)}
    plain = {name: _plain(value) for name, value in fields.items() if name not in arrays}
    stamp = uuid.uuid4().hex
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=".check-", dir=folder))
        try:
            with (place / "check.npz").open("wb") as file:
                np.savez(file, allow_pickle=False, **{_STAMP: np.array(stamp)}, **arrays)
            (place / "check.json").write_text(json.dumps({"version": VERSION, _STAMP: stamp, **plain}))
            for name in ("check.npz", "check.json"):
                os.replace(place / name, folder / name)
        finally:
            shutil.rmtree(place, ignore_errors=True)
    except OSError as error:
        raise DatasetError(f"the check could not be written to {folder}", received=str(error)) from error


def read_check(folder: Path, kind: type[T]) -> T:
    """Read the files of `write_check`.

    Args:
        folder: Folder of both files.
        kind: The dataclass that was written.

    Raises:
        DatasetError: The check is missing, damaged, or from another version.
    """
    try:
        return typing.cast(T, _built(kind, _joined(folder)))
    except FileNotFoundError:
        raise DatasetError("this data set has not been checked yet", fix="Start the check.") from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise DatasetError(
            "the stored check of this data set cannot be used", received=str(error), fix="Run the check again."
        ) from error


def _joined(folder: Path) -> dict[str, Any]:
    """Read both files; retry if they are being replaced."""
    for _ in range(3):
        plain = json.loads((folder / "check.json").read_text())
        arrays = read_npz(folder / "check.npz")
        if plain.pop("version") != VERSION:
            raise ValueError("another version wrote it")
        if plain.pop(_STAMP) == str(arrays.pop(_STAMP)):
            return {**plain, **arrays}
    raise ValueError("its two files belong to different checks")


def _plain(value: Any) -> Any:
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value


def _built(kind: Any, value: Any) -> Any:
    """Convert plain JSON to the annotated type `kind`.

    Raises:
        TypeError: The value has another type.
    """
    arguments = typing.get_args(kind)
    if isinstance(kind, types.UnionType):  # X | None
        return None if value is None else _built(arguments[0], value)
    if typing.get_origin(kind) is tuple and isinstance(value, list):  # tuple[X, ...]
        return tuple([_built(arguments[0], item) for item in value])
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        hints = _hints(kind)
        if set(hints) != set(value):
            raise TypeError(f"{', '.join(sorted(set(hints) ^ set(value)))} of {getattr(kind, '__name__', '')}")
        return typing.cast(Any, kind)(**{name: _built(hint, value[name]) for name, hint in hints.items()})
    if isinstance(kind, type) and isinstance(value, (int, float) if kind is float else kind):
        return value
    raise TypeError(f"{value!r:.40} where {kind} should be")


_KNOWN_HINTS: dict[Any, dict[str, Any]] = {}


def _hints(kind: Any) -> dict[str, Any]:
    if kind not in _KNOWN_HINTS:  # reading annotations takes longer than the rest of loading
        _KNOWN_HINTS[kind] = typing.get_type_hints(kind)
    return _KNOWN_HINTS[kind]
