"""Memory of a training process, which may have trained other runs before."""

from __future__ import annotations

import gc
import resource
import sys

import psutil

from core.units import MB

LEFT_MB = 600.0  # most that earlier runs may leave behind; above it a new process is better


class Meter:
    """Measures a run's peak memory, if it is the first run of its process."""

    def __init__(self) -> None:
        self._first_mb: float | None = None
        self._is_alone = True

    def begin(self) -> None:
        """Start measuring a run."""
        self._is_alone = self._first_mb is None
        if self._first_mb is None:
            self._first_mb = _held_mb()

    def peak_mb(self) -> int | None:
        """Return the process's peak memory in MB; None if it has trained earlier runs."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak * (1 if sys.platform == "darwin" else 1024) / MB) if self._is_alone else None  # Linux: KiB

    def is_clean(self) -> bool:
        """Return whether earlier runs have left little memory in use."""
        return self._first_mb is None or _held_mb() - self._first_mb < LEFT_MB


METER = Meter()


def can_forget() -> bool:
    """Return whether this process can free its memory and train again; with a GPU it cannot."""
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")


def forget() -> bool:
    """Free the memory of trained networks; return whether the process can be reused."""
    import keras

    keras.backend.clear_session()  # restarts the numbering of names
    gc.collect()
    return METER.is_clean()


def _held_mb() -> float:
    return psutil.Process().memory_info().rss / MB
