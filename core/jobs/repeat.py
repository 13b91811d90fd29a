"""Repeat a run with other seeds, to see how much its result owes to luck."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from core.config import Config
from core.errors import ConfigError
from core.families import config_of
from core.jobs.submit import same_run, submit_training
from core.runs.comparison import repeats_of
from core.runs.run_settings import settings_of
from core.store import Run, Store

SEEDS = (3, 5)  # offered numbers of seeds


def missing_repeats(store: Store, run: Run, count: int, actor: str) -> list[Config]:
    """Return the settings with which a run has to be repeated, so that `count` seeds are measured or on their way.

    Args:
        store: Store of the run.
        run: A training run.
        count: Number of seeds wanted.
        actor: Who would repeat it.
    """
    try:
        config = config_of(run)
    except ConfigError:  # another version wrote it
        return []
    done = {one.config.get("seed") for one in repeats_of(store, run)} | {config.seed}
    seeds = [seed for seed in range(count + len(done)) if seed not in done]
    family = settings_of(run).family
    wanted = [cast(Config, replace(cast(Any, config), seed=seed)) for seed in seeds[: max(0, count - len(done))]]
    return [one for one in wanted if same_run(store, family, one, run.dataset, actor) is None]


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
    """
    known = settings_of(run)
    return [
        submit_training(store, known.family, config, run.dataset, actor, preset=known.preset, once=True)
        for config in missing_repeats(store, run, count, actor)
    ]
