"""What training takes of memory, in a process that may have trained other runs before."""

from __future__ import annotations

import gc
import os
import resource
import sys
from pathlib import Path

import psutil

from core.units import MB

LEFT_MB = 600.0  # that earlier runs may leave behind; more, and a new process is better
_RESET = Path("/proc/self/clear_refs")  # Linux: after a 5 the peak counts from now
_STATUS = Path("/proc/self/status")


class Meter:
    """Tells how much a run holds at most, as if it were alone in this process."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._left = 0.0

    def begin(self) -> None:
        """Begin to measure a run."""
        now = _held_mb()
        if self._first is None:
            self._first = now
        else:
            _RESET.write_text("5")
        self._left = max(0.0, now - self._first)

    def peak_mb(self) -> int:
        """Return the most memory since `begin`, without what earlier runs have left behind."""
        return round(_peak_mb() - self._left)

    def is_clean(self) -> bool:
        """Whether earlier runs have left little behind."""
        return self._first is None or _held_mb() - self._first < LEFT_MB


METER = Meter()


def can_forget() -> bool:
    """Return whether what was trained leaves this process, so that it can train another: a GPU's memory stays taken."""
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU") and os.access(_RESET, os.W_OK)


def forget() -> bool:
    """Forget what was trained; return whether this process is then as good as a new one."""
    import keras

    keras.backend.clear_session()  # names are counted from the start again
    gc.collect()
    return METER.is_clean()


def _held_mb() -> float:
    return psutil.Process().memory_info().rss / MB


def _peak_mb() -> float:
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / MB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / MB
