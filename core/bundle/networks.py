"""Check `.keras` files that anybody may have made: stock classes only, and plain numbers. Without TensorFlow.

    python -m core.bundle.networks FILE...

reads the numbers of such files in a process with limits, since a hostile HDF5 file may break the library that reads
it, and prints what is wrong with the first that is not in order.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.arrays import DAMAGE
from core.child_process import LIMIT_S, ask_apart, limit_this_process
from core.datasets.archives.zips import short
from core.errors import BundleError
from core.layers.effects import WRAPPERS
from core.layers.kinds import KINDS
from core.units import MB

if TYPE_CHECKING:
    import h5py

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MEMBERS = {CONFIG, WEIGHTS, "metadata.json"}
MOST_CONFIG = 20 * MB
_INITIALIZERS = {
    *("Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform", "Ones"),
    *("Identity", "Orthogonal", "OrthogonalInitializer", "RandomNormal", "RandomUniform", "TruncatedNormal"),
    *("VarianceScaling", "Zeros"),
}
_OPERATIONS = {name for name, kind in KINDS.items() if kind.operation}
# The classes that our networks are made of, by the module that a file names: all others could run code of their own.
_STOCK = {
    "keras.layers": {*(KINDS.keys() - _OPERATIONS), *WRAPPERS, "InputLayer"},
    "keras.initializers": _INITIALIZERS,
    "keras.regularizers": {"L1", "L2", "L1L2"},
    "keras": {"DTypePolicy"},
    "keras.src.models.functional": {"Functional"},
    "keras.src.ops.numpy": _OPERATIONS,
    None: {"__keras_tensor__"},
}


def check_networks(paths: Sequence[Path]) -> None:
    """Check `.keras` files.

    Raises:
        BundleError: One is damaged, or has something besides stock layers and their weights.
    """
    for path in paths:
        _check_classes(path)
    answer = ask_apart("core.bundle.networks", *map(str, paths)) if paths else b""
    if answer is None:
        raise BundleError(
            "the weights in the bundle could not be read",
            expected=f"at most {LIMIT_S} s and little memory",
            fix="Try again when this server is less busy.",
        )
    if answer:
        raise BundleError(f"the weights in {short(answer.decode(errors='replace'))}")


def _check_classes(path: Path) -> None:
    """Check what a file says of its network, before anything is made of it."""
    name = path.name
    try:
        with zipfile.ZipFile(path) as file:
            members = file.infolist()
            if {info.filename for info in members} != MEMBERS or len(members) != len(MEMBERS):
                raise BundleError(
                    f"{name} has other files than those of a network", expected=", ".join(sorted(MEMBERS))
                )
            if (
                file.getinfo(CONFIG).file_size > MOST_CONFIG
                or _unpacked(members) > 2 * path.stat().st_size + MOST_CONFIG
            ):
                raise BundleError(f"{name} unpacks to far more than its size")
            with file.open(CONFIG) as config:
                described = json.loads(config.read(MOST_CONFIG))
    except DAMAGE as error:
        raise BundleError(f"{name} is damaged", received=str(error)[:200]) from error
    for module, class_name in classes_in(described):
        if class_name not in _STOCK.get(module, ()):
            raise BundleError(
                f"{name} has a part that is no stock layer of Glassbox",
                expected="layers without code of their own",
                received=short(f"{module}.{class_name}" if module else class_name),
            )


def _unpacked(members: list[zipfile.ZipInfo]) -> int:
    return sum(info.file_size for info in members)


def classes_in(described: object) -> Iterator[tuple[str | None, str]]:
    """Yield module and name of each class that a description names, also as a registered one."""
    waiting = [described]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
            if "class_name" in part:
                module, class_name = part.get("module"), str(part["class_name"])
                yield module if module is None else str(module), class_name
                registered = part.get("registered_name")
                if registered not in (None, class_name):
                    yield "registered", str(registered)


def main(*paths: str) -> None:
    """Print what is wrong with the weights of the first file that is not in order; nothing if all are."""
    limit_this_process()
    sys.stdout.write(first_fault(paths))


def first_fault(paths: Sequence[str]) -> str:
    """Return the first file whose weights are not in order, and why; empty if all are."""
    found = ((path, _fault_of(path)) for path in paths)
    return next((f"{Path(path).name} are damaged: {fault}" for path, fault in found if fault), "")


def _fault_of(path: str) -> str:
    """Return what is wrong with the weights of a `.keras` file; empty if nothing is."""
    import h5py

    try:
        with zipfile.ZipFile(path) as file:
            data = file.read(WEIGHTS)
        with h5py.File(io.BytesIO(data)) as weights:
            return next(_faults(weights, len(data)), "")
    except DAMAGE as error:
        return str(error) or type(error).__name__


def _faults(group: h5py.Group, most_bytes: int) -> Iterator[str]:
    """Yield what a group has besides plain arrays: links to other files, or arrays that unpack to far more."""
    import h5py

    for name in group:
        link, part = group.get(name, getlink=True), None
        if isinstance(link, h5py.HardLink):
            part = group[name]
        if isinstance(part, h5py.Group):
            yield from _faults(part, most_bytes)
        elif not isinstance(part, h5py.Dataset) or part.external or part.is_virtual or part.dtype.kind not in "fiub":
            yield f"{name} is no plain array"
        elif part.nbytes > most_bytes:
            yield f"{name} claims to be larger than the file"


if __name__ == "__main__":
    main(*sys.argv[1:])
