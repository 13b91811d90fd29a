"""The kinds of tasks: what does each, and how its process is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass

ALLOW_MORE = "Ask whoever runs this server to allow more."
ON_DEVICE = "core.training.process.device:configure"  # TensorFlow, with the slot's processor and threads
STUCK_S = 300.0  # a preparation that tells nothing new for so long hangs, as C code does while the heart beats


@dataclass(frozen=True)
class TaskKind:
    """A kind of task. What is named as `module:name` is resolved by the worker.

    Args:
        does: Takes the `Work` and does it.
        less_memory: What may help if there was not enough memory.
        is_quick: Whether it takes seconds: no process waits for it, it holds no training up, and what ended it for want
            of memory may pass.
        stuck_s: After how many seconds without progress it is taken to hang; never if its heart says enough.
        begin: Makes a process ready for its slot, before anything else.
        warm_up: Makes the first task start sooner, done by a spare while nobody waits; a kind without has no spares.
        can_go_on: Whether its process can do one task after the other.
        renew: Makes the process as good as new after each; returns whether it is.
    """

    does: str
    less_memory: str
    is_quick: bool = True
    stuck_s: float = math.inf
    begin: str = ""
    warm_up: str = ""
    can_go_on: str = ""
    renew: str = ""


TASKS = {
    "train": TaskKind(
        "core.training.fit:train",
        "Use a smaller batch or network.",
        is_quick=False,
        begin=ON_DEVICE,
        warm_up="core.training.process.warm_up:warm_up",
        can_go_on="core.training.process.memory:can_forget",
        renew="core.training.process.memory:forget",
    ),
    "prepare": TaskKind(
        "core.jobs.data.prepare:prepare_dataset",
        f"Bring fewer examples, or smaller ones. {ALLOW_MORE}",
        stuck_s=STUCK_S,
    ),
    "check": TaskKind("core.jobs.data.check:check_dataset", f"Bring fewer examples, or smaller ones. {ALLOW_MORE}"),
    "judge": TaskKind("core.training.gan.quality:judge_run", ALLOW_MORE, begin=ON_DEVICE),
}
QUICK = tuple(kind for kind, task in TASKS.items() if task.is_quick)
