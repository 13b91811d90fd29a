"""Setting up TensorFlow for one slot, before it initialises."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from pathlib import Path


def configure(slot: str, slots: int) -> str:
    """Take this slot's share of the machine and import TensorFlow and Keras.

    Args:
        slot: Number of the slot, which is the number of its GPU where there are GPUs.
        slots: How many slots share the processor.

    Returns:
        The device in words, such as `CPU, 2 cores`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import_keras()
    import tensorflow as tf

    cores = max(1, cpu_count() // slots)
    # Two operations at once, each on half of the cores: a step has two ways to go nearly everywhere (slopes of weights
    # and of inputs; real and made images), and threads that share one operation wait for each other.
    tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // 2))
    tf.config.threading.set_inter_op_parallelism_threads(min(2, cores))
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return f"CPU, {cores} cores" if cores > 1 else "CPU, 1 core"
    mine = gpus[int(slot) % len(gpus)]
    tf.config.set_visible_devices(mine, "GPU")
    tf.config.experimental.set_memory_growth(mine, True)
    return str(tf.config.experimental.get_device_details(mine).get("device_name", "GPU"))


def import_keras() -> None:
    """Import Keras without what it would use if asked: scikit-learn and matplotlib take a second and 80 MB.

    Importing TensorFlow imports Keras too, so this comes first.
    """
    unasked = dict.fromkeys({"sklearn", "matplotlib"} - set(sys.modules))  # None: not to be found
    sys.modules.update(unasked)  # type: ignore[arg-type]
    try:
        import keras  # noqa: F401
    finally:
        for name in unasked:
            del sys.modules[name]


def cpu_count() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def dtype_policy(precision: str) -> str:
    """Return Keras' dtype policy for a config's `precision`."""
    if precision == "bfloat16" or (precision == "auto" and has_fast_bfloat16()):
        return "mixed_bfloat16"
    return "float32"


@cache
def has_fast_bfloat16() -> bool:
    """Return whether this machine multiplies bfloat16 numbers faster than float32 ones."""
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        major, _ = tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0))
        return bool(major >= 8)  # Ampere
    cpuinfo = Path("/proc/cpuinfo")
    return platform.machine() == "x86_64" and cpuinfo.is_file() and "avx512_bf16" in cpuinfo.read_text()
