"""Is this installation well? One line a check."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import psutil

from core.errors import GlassboxError
from core.jobs import ensure_foreman
from core.jobs.submit import FOREMAN_LOCK
from core.locks import is_held
from core.settings import Settings, this_host
from core.store import Store, open_store

WAIT_S = 60.0
MIN_FREE_GB = 1.0
PACKAGES = ("tensorflow", "keras", "streamlit", "plotly", "numpy", "sqlalchemy")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    found: str


def examine(settings: Settings) -> list[Check]:
    """Check versions, device, database, disk, foreman, spare and probe."""
    checks = [_versions(), _device()]
    try:
        store = open_store(settings)
        ensure_foreman(settings)
    except GlassboxError as error:
        return [*checks, Check("home", False, str(error))]
    return [*checks, Check("home", True, str(settings.home)), _wal(store), _disk(settings), *_processes(store)]


def _versions() -> Check:
    parts = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)]
    return Check("versions", True, ", ".join(parts))


def _device() -> Check:
    memory = psutil.virtual_memory().total / 2**30
    gpu = "a GPU driver" if shutil.which("nvidia-smi") else "no GPU"
    return Check("device", True, f"{psutil.cpu_count()} cores, {memory:.0f} GB memory, {gpu}")


def _wal(store: Store) -> Check:
    with store.engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    return Check("database", mode == "wal", f"journal mode {mode}")


def _disk(settings: Settings) -> Check:
    free = shutil.disk_usage(settings.home).free / 2**30
    return Check("disk", free >= MIN_FREE_GB, f"{free:.1f} GB free")


def _processes(store: Store) -> list[Check]:
    home, host = store.settings.home, this_host()

    return [
        _wait("foreman", lambda: is_held(home / FOREMAN_LOCK)),
        _wait("spare", lambda: store.processes.is_ready(host, "worker")),
        _wait("probe", lambda: store.processes.is_ready(host, "probe")),
    ]


def _wait(name: str, is_ready: Callable[[], bool]) -> Check:
    began = time.monotonic()
    while time.monotonic() - began < WAIT_S:
        if is_ready():
            return Check(name, True, f"ready after {time.monotonic() - began:.1f} s")
        time.sleep(0.1)
    return Check(name, False, f"not ready after {WAIT_S:.0f} s")
