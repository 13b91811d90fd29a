"""Runs that the server trains once and keeps for its visitors: each family's default preset on that preset's data.

That of the default family is queued at the server's first start; others are queued when somebody asks for them.
"""

from __future__ import annotations

import time

from core.datasets import DEFAULT_DATASET
from core.families import DEFAULT_FAMILY, Family
from core.jobs.submit import AGAIN_S, resume_training, submit_training
from core.locks import locked
from core.store import Run, Status, Store
from core.store.records import SERVER

FAMILY = DEFAULT_FAMILY.id
NAME = "Demo network"
PRIORITY = -1  # below 0: it gives way to every other run
_RESUMABLE = (Status.STOPPED, Status.LOST)
_BROKEN = (Status.FAILED, Status.DIVERGED)


def demo_data(family: Family) -> str:
    """Return the id of the data that a family's kept run learns."""
    return family.presets[family.default_preset].dataset or DEFAULT_DATASET


def find_demo_run(store: Store, family: Family = DEFAULT_FAMILY) -> Run | None:
    """Return the server's newest run with the current settings of the default preset; None if there is none."""
    config = family.presets[family.default_preset].config.to_dict()
    runs = store.runs.list(owners=[SERVER], dataset=demo_data(family))
    return next((run for run in runs if (run.family, run.config) == (family.id, config)), None)


def ensure_demo_run(store: Store, family: Family = DEFAULT_FAMILY) -> Run:
    """Queue a family's kept run unless it is trained, queued or running; cheap to repeat.

    Raises:
        StoreError: The home folder cannot be written.
    """
    run = find_demo_run(store, family)
    if run is not None and not _is_missing(run):
        return run
    with locked(store.settings.home / "demo.lock"):  # two servers that start together queue one
        run = find_demo_run(store, family)
        if run is not None and run.status in _RESUMABLE:
            return resume_training(store, run.id, SERVER)
        if run is not None and not _is_missing(run):
            return run
        preset, data = family.presets[family.default_preset], demo_data(family)
        return submit_training(store, family, preset.config, data, SERVER, preset=preset, name=NAME, priority=PRIORITY)


def _is_missing(run: Run) -> bool:
    """Return whether a run stopped, was lost, or failed more than `AGAIN_S` ago."""
    failed_long_ago = run.status in _BROKEN and time.time() - (run.finished or 0.0) > AGAIN_S
    return run.status in _RESUMABLE or failed_long_ago
