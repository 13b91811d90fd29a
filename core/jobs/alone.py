"""Exclusive access to a home folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from core.errors import StoreError
from core.jobs.submit import ALIVE_LOCK, FOREMAN_LOCK
from core.locks import FileLock, is_held
from core.settings import Settings


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Keep foremen from starting during a `with` block.

    Raises:
        StoreError: A foreman, server or command is using this home.
    """
    if not settings.home.is_dir():
        yield
        return
    lock = FileLock(settings.home / FOREMAN_LOCK)
    has_lock = lock.acquire_soon()
    try:
        if not has_lock or is_held(settings.home / ALIVE_LOCK):
            raise _at_work(settings, has_foreman=not has_lock)
        yield
    finally:
        lock.release()


def _at_work(settings: Settings, *, has_foreman: bool) -> StoreError:
    lives, ends = [], []
    if is_held(settings.home / ALIVE_LOCK):
        lives.append("a server or command")
        ends.append("end its servers and commands")
    if has_foreman:
        pid = _foreman_of(settings)
        lives.append("its foreman" + (f", process {pid}" if pid else ""))
        ends.append(f"end its foreman with kill {pid}" if pid else "end its foreman")
    fix = " and ".join(ends)
    return StoreError(
        f"Glassbox is running in this home: {' and '.join(lives)}",
        fix=f"{fix[0].upper()}{fix[1:]}, then run this again; training continues.",
    )


def _foreman_of(settings: Settings) -> int | None:
    """Return the process id of a home's foreman; None if it cannot be read."""
    for process in psutil.process_iter(["cmdline", "environ"]):
        home = (process.info["environ"] or {}).get("GLASSBOX_HOME")
        if home == str(settings.home) and "core.jobs.foreman" in (process.info["cmdline"] or []):
            return process.pid
    return None
