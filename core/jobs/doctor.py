"""Check this installation, one line per check."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import psutil

from core.disk import is_full
from core.errors import GlassboxError
from core.jobs import ensure_foreman
from core.jobs.submit import FOREMAN_LOCK
from core.locks import is_held
from core.settings import Settings, this_host
from core.store import Store, open_store
from core.store.database import RECOVER, database_of
from core.store.recovery.recovery import LOST_AND_FOUND
from core.store.recovery.salvage import damage
from core.units import GB

FOREMAN_S, SPARE_S = 10.0, 30.0  # longest wait for each; a spare and a probe load TensorFlow first
LOOK_S = 5.0  # limit for reading the database's pages
MIN_FREE_GB = 1.0
PACKAGES = ("tensorflow", "keras", "streamlit", "plotly", "numpy", "sqlalchemy")


@dataclass(frozen=True)
class Check:
    """The result of one check."""

    name: str
    ok: bool
    found: str


def examine(settings: Settings) -> Iterator[Check]:
    """Check versions, device, disk, database, home, foreman, spare and probe, lazily in this order."""
    yield _versions()
    yield _device()
    yield _disk(settings)
    if database_of(settings.home).is_file():
        yield _database(settings)
    try:
        store = open_store(settings)
        ensure_foreman(settings)
    except GlassboxError as error:
        yield Check("home", False, str(error))
        return
    yield Check("home", True, _home(settings))
    yield from _processes(store)


def _versions() -> Check:
    parts = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)]
    return Check("versions", True, ", ".join(parts))


def _device() -> Check:
    memory = psutil.virtual_memory().total / GB
    gpu = "a GPU driver" if shutil.which("nvidia-smi") else "no GPU"
    return Check("device", True, f"{psutil.cpu_count()} cores, {memory:.0f} GB memory, {gpu}")


def _home(settings: Settings) -> str:
    aside = settings.home / LOST_AND_FOUND
    count = len(list(aside.iterdir())) if aside.is_dir() else 0
    return f"{settings.home}" + (f", {count} set aside in {LOST_AND_FOUND}" if count else "")


def _database(settings: Settings) -> Check:
    wrong = damage(database_of(settings.home), LOOK_S)
    return Check("database", not wrong, f"damaged: {wrong}. {RECOVER}" if wrong else "no damage found")


def _disk(settings: Settings) -> Check:
    there = next(place for place in (settings.home, *settings.home.parents) if place.exists())
    free = shutil.disk_usage(there).free / GB
    return Check("disk", free >= MIN_FREE_GB, f"{free:.1f} GB free")


def _processes(store: Store) -> Iterator[Check]:
    home, host = store.settings.home, this_host()
    foreman = _wait("foreman", lambda: is_held(home / FOREMAN_LOCK), FOREMAN_S)
    yield foreman
    for name, place in (("spare", "train"), ("probe", "probe")):
        limit = SPARE_S if foreman.ok and not is_full(home) else 0.0  # otherwise nothing starts them
        yield _wait(name, partial(store.processes.is_ready, host, place), limit)


def _wait(name: str, is_ready: Callable[[], bool], limit: float) -> Check:
    began = time.monotonic()
    while True:
        waited = time.monotonic() - began
        if is_ready():
            return Check(name, True, f"ready after {waited:.1f} s")
        if waited >= limit:
            return Check(name, False, f"not ready after {waited:.0f} s; see foreman.log and processes.log in the home")
        time.sleep(0.1)
