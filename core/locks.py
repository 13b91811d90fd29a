"""Advisory file locks, which the kernel frees when their holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """A lock on a file, held until `release` or the end of the process.

    Args:
        path: File to lock; created if missing.
        shared: Whether several holders may share it.
    """

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self.path, self._shared, self._file = path, shared, -1

    def acquire(self, *, wait: bool = True) -> bool:
        """Take the lock; without `wait`, return whether it was free."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        how = fcntl.LOCK_SH if self._shared else fcntl.LOCK_EX
        try:
            fcntl.flock(handle, how if wait else how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._file = handle
        return True

    def acquire_soon(self) -> bool:
        """Take the lock within 0.4 s and return whether that worked; `is_held` blocks it briefly."""
        for _ in range(20):
            if self.acquire(wait=False):
                return True
            time.sleep(0.02)
        return False

    def release(self) -> None:
        """Release the lock; releasing twice does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path` for a `with` block."""
    lock = FileLock(path)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Return whether any process holds a lock on `path`, shared or exclusive."""
    lock = FileLock(path)
    if not path.exists():  # a check must not create the file
        return False
    if not lock.acquire(wait=False):
        return True
    lock.release()
    return False
