"""Open a `.keras` file that anybody may have made: its description as data, and weights that are plain numbers."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.arrays import DAMAGE
from core.child_process import LIMIT_S, ask_apart
from core.datasets.archives.zips import short
from core.errors import NetworkError
from core.units import MB

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
MOST_MB, MOST_CONFIG = 200, 20 * MB
SAVE = 'Save it with model.save("name.keras").'
_HDF5 = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class KerasFile:
    """A file whose parts are in order.

    Args:
        path: Where it is.
        described: What it says of its network: JSON.
    """

    path: Path
    described: dict[str, Any]


def open_file(path: Path, name: str) -> KerasFile:
    """Open a file; nothing in it is run.

    Args:
        path: Where it is.
        name: Its name as the user knows it.

    Raises:
        NetworkError: It is too large, damaged, hostile, or no `.keras` file.
    """
    shown = short(name)
    try:
        size = path.stat().st_size
        if size > MOST_MB * MB:
            raise NetworkError(
                f"{shown} is too large", expected=f"at most {MOST_MB} MB", received=f"{size / MB:,.0f} MB"
            )
        with path.open("rb") as file:
            if file.read(len(_HDF5)) == _HDF5:
                raise NetworkError(f"{shown} is an older kind of file, HDF5", expected="a .keras file", fix=SAVE)
        described = _described(path, shown, size)
    except FileNotFoundError:
        raise NetworkError(f"there is no file {shown}") from None
    except DAMAGE as error:
        raise NetworkError(f"{shown} is no .keras file, or is damaged", received=str(error)[:200], fix=SAVE) from error
    _check_weights(path, shown)
    return KerasFile(path, described)


def _described(path: Path, shown: str, size: int) -> dict[str, Any]:
    with zipfile.ZipFile(path) as file:
        members = file.infolist()
        names = sorted(info.filename for info in members)
        if names != sorted((CONFIG, WEIGHTS, METADATA)):
            odd = sorted({CONFIG, WEIGHTS, METADATA} ^ set(names)) or names
            raise NetworkError(
                f"{shown} does not hold the parts of one network",
                expected=f"{CONFIG}, {METADATA} and {WEIGHTS}",
                received=f"the odd one is {short(odd[0])}",
                fix=SAVE,
            )
        if file.getinfo(CONFIG).file_size > MOST_CONFIG or sum(i.file_size for i in members) > 2 * size + MOST_CONFIG:
            raise NetworkError(f"{shown} unpacks to far more than its size")
        with file.open(CONFIG) as config:
            described = json.loads(config.read(MOST_CONFIG))
    if not isinstance(described, dict):
        raise ValueError("its description is no object")
    return described


def _check_weights(path: Path, shown: str) -> None:
    """Check the weights in a process with limits, since hostile HDF5 may break the library that reads it."""
    answer = ask_apart("core.bundle.networks", str(path))
    if answer is None:
        raise NetworkError(
            f"the weights in {shown} could not be read", expected=f"at most {LIMIT_S} s and little memory"
        )
    if answer:
        fault = answer.decode(errors="replace").partition("are damaged: ")[2]
        raise NetworkError(f"the weights in {shown} are damaged", received=short(fault), fix=SAVE)


def write_plain(file: KerasFile, target: Path) -> None:
    """Write the file anew for Keras, without what trained it: optimisers and losses may be code of their own."""
    with zipfile.ZipFile(file.path) as source, zipfile.ZipFile(target, "w") as plain:
        top = {key: file.described[key] for key in ("build_config",) if key in file.described}
        plain.writestr(CONFIG, json.dumps({**as_inference(file.described), **top}))
        for name in (METADATA, WEIGHTS):
            with source.open(name) as given, plain.open(name, "w", force_zip64=True) as taken:
                while piece := given.read(MB):
                    taken.write(piece)


def as_inference(part: Any) -> Any:
    """Return a description in float32, without compilation and shapes of layers: these follow from the input's."""
    if isinstance(part, list):
        return [as_inference(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("class_name") == "DTypePolicy":
        return "float32"
    return {key: as_inference(value) for key, value in part.items() if key not in ("compile_config", "build_config")}
