"""Repeat a run with other seeds, to see how much its result owes to luck."""

from __future__ import annotations

from collections.abc import Sequence

from core.jobs.submit import submit_training
from core.runs.comparison import repeats_of
from core.runs.run_settings import settings_of
from core.store import Run, Store

SEEDS = (3, 5)  # offered numbers of seeds


def missing_seeds(run: Run, repeats: Sequence[Run], count: int) -> list[int]:
    """Return the seeds with which a run has to be repeated.

    Args:
        run: A training run.
        repeats: Its repeats so far, with it.
        count: Number of seeds wanted.
    """
    done = {one.config.get("seed") for one in repeats}
    return [seed for seed in range(count + len(done)) if seed not in done][: max(0, count - len(done))]


def repeat(store: Store, run: Run, count: int, actor: str) -> list[Run]:
    """Queue the missing repeats of a run.

    Args:
        store: Store of the run.
        run: A training run.
        count: Number of seeds wanted.
        actor: Who repeats it.

    Raises:
        NotAllowedError: The data is somebody else's and not published.
        LimitError: This visitor has too many waiting runs or too much training.
        DatasetError: The data no longer exists.
        ConfigError: Another version wrote its settings.
    """
    queued = []
    for seed in missing_seeds(run, repeats_of(store, run, actor), count):
        known = settings_of(run, {"seed": seed})
        new = submit_training(
            store, known.family, known.config, run.dataset, actor, preset=known.preset, once=True, derived_from=run.id
        )
        queued.append(new)
    return queued
