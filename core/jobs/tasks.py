"""The kinds of tasks: the function of each, and the life cycle of its process."""

from __future__ import annotations

import math
from dataclasses import dataclass

ALLOW_MORE = "Ask this server's administrator to allow more memory."
ON_DEVICE = "core.training.process.device:configure"  # TensorFlow, with the slot's processor and threads
STUCK_S = 300.0  # a preparation hangs after this time without progress, for example in C code


@dataclass(frozen=True)
class TaskKind:
    """A kind of task. The worker resolves functions written as `module:name`.

    Args:
        does: Function that takes the `Work` and does it.
        less_memory: Advice after running out of memory.
        is_quick: Whether it takes seconds: it has no waiting process, runs beside training, and may succeed later
            after running out of memory.
        stuck_s: Seconds without progress after which it counts as hanging; infinite to rely on its heartbeat.
        begin: Function that sets up a process for its slot, before anything else.
        warm_up: Function that a spare calls while no task waits, so that the first one starts faster; empty for no
            spares.
        can_go_on: Function that tells whether its process can do several tasks.
        renew: Function that resets the process after each task; returns whether it succeeded.
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
        f"Upload fewer or smaller examples. {ALLOW_MORE}",
        stuck_s=STUCK_S,
    ),
    "check": TaskKind("core.jobs.data.check:check_dataset", f"Upload fewer or smaller examples. {ALLOW_MORE}"),
    "baselines": TaskKind("core.jobs.data.baselines:measure_baselines", ALLOW_MORE, stuck_s=STUCK_S),
    "judge": TaskKind("core.training.gan.quality:judge_run", ALLOW_MORE, begin=ON_DEVICE),
    "load": TaskKind("core.training.elsewhere:load_network", ALLOW_MORE, begin=ON_DEVICE, stuck_s=STUCK_S),
    "export": TaskKind("core.training.export.task:export_run", ALLOW_MORE, begin=ON_DEVICE, stuck_s=STUCK_S),
}
QUICK = tuple(kind for kind, task in TASKS.items() if task.is_quick)
