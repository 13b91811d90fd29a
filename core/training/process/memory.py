"""What training takes of memory, in a process that may have trained other runs before."""

from __future__ import annotations

import gc
import resource
import sys

import psutil

from core.units import MB

LEFT_MB = 600.0  # that earlier runs may leave behind; more, and a new process is better


class Meter:
    """Tells how much a run holds at most, as long as it is the only one that its process has trained."""

    def __init__(self) -> None:
        self._first_mb: float | None = None
        self._is_alone = True

    def begin(self) -> None:
        """Begin to measure a run."""
        self._is_alone = self._first_mb is None
        if self._first_mb is None:
            self._first_mb = _held_mb()

    def peak_mb(self) -> int | None:
        """Return the most memory that the process has held; None if earlier runs have a part in it."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak * (1 if sys.platform == "darwin" else 1024) / MB) if self._is_alone else None  # Linux: KiB

    def is_clean(self) -> bool:
        """Whether earlier runs have left little behind."""
        return self._first_mb is None or _held_mb() - self._first_mb < LEFT_MB


METER = Meter()


def can_forget() -> bool:
    """Return whether what was trained leaves this process, so that it can train another: a GPU's memory stays taken."""
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")


def forget() -> bool:
    """Forget what was trained; return whether this process is then as good as a new one."""
    import keras

    keras.backend.clear_session()  # names are counted from the start again
    gc.collect()
    return METER.is_clean()


def _held_mb() -> float:
    return psutil.Process().memory_info().rss / MB
