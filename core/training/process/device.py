"""Set up TensorFlow for one slot, before it initialises."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from pathlib import Path


def configure(slot: str, slots: int) -> str:
    """Import TensorFlow and Keras with this slot's share of the machine.

    Args:
        slot: Number of the slot, and of its GPU if there are GPUs.
        slots: Number of slots that share the CPU.

    Returns:
        A description of the device, such as `CPU, 2 cores`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import_keras()
    import tensorflow as tf

    cores = max(1, cpu_count() // slots)
    # Two operations at once, each on half of the cores: a step has two independent branches nearly everywhere
    # (gradients of weights and inputs; real and generated images), and threads in one operation wait for each other.
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
    """Import Keras without its optional scikit-learn and matplotlib, which take 1 s and 80 MB.

    Importing TensorFlow imports Keras too, so this comes first.
    """
    unasked = dict.fromkeys({"sklearn", "matplotlib"} - set(sys.modules))  # None hides a module from import
    sys.modules.update(unasked)  # type: ignore[arg-type]
    try:
        import keras  # noqa: F401
    finally:
        for name in unasked:
            del sys.modules[name]


def cpu_count() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def dtype_policy(precision: str) -> str:
    """Return the Keras dtype policy of a config's `precision`."""
    if precision == "bfloat16" or (precision == "auto" and has_fast_bfloat16()):
        return "mixed_bfloat16"
    return "float32"


@cache
def has_fast_bfloat16() -> bool:
    """Return whether this machine multiplies bfloat16 faster than float32."""
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        major, _ = tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0))
        return bool(major >= 8)  # Ampere
    cpuinfo = Path("/proc/cpuinfo")
    return platform.machine() == "x86_64" and cpuinfo.is_file() and "avx512_bf16" in cpuinfo.read_text()
