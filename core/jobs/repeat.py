"""Repeat a run: with other seeds, to see how much its result owes to luck, or exactly, to see whether it can be."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import RunError
from core.jobs.submit import submit_together, submit_training
from core.runs.comparison import repeats_of
from core.runs.comparison.again import subject_of
from core.runs.run_settings import settings_of
from core.store import Run, Status, Store
from core.store.records import ALIVE, NewRun
from core.store.runs.changes import LONGEST_NAME

SEEDS = (3, 5)  # offered numbers of seeds
AGAIN = ", again"  # after the name of a run


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
        RunError: It went on from another run, or was changed while it trained.
        NotAllowedError: The data is somebody else's and not published.
        LimitError: This visitor has too many waiting runs or too much training.
        DatasetError: The data no longer exists.
        ConfigError: Another version wrote its settings.
    """
    if run.steering:
        what = (
            f"run {run.id} went on from another run, or was changed while it trained, so other seeds cannot repeat it"
        )
        raise RunError(what, fix="Repeat a run that trained from its beginning without a change.")
    queued = []
    for seed in missing_seeds(run, repeats_of(store, run, actor), count):
        known = settings_of(run, {"seed": seed})
        new = submit_training(
            store, known.family, known.config, run.dataset, actor, preset=known.preset, once=True, derived_from=run.id
        )
        queued.append(new)
    return queued


def run_again(store: Store, run: Run, actor: str) -> Run:
    """Queue a run with exactly the settings, data, seed and start of another, or return the one that is under way.

    Args:
        store: Store of the run.
        run: A training run that succeeded.
        actor: Who runs it again.

    Raises:
        RunError: It has not succeeded.
        NotAllowedError: The data is somebody else's and not published.
        LimitError: This visitor has too many waiting runs or too much training.
        DatasetError: The data no longer exists.
        ConfigError: Another version wrote its settings.
    """
    if run.status is not Status.SUCCEEDED:
        raise RunError(f"run {run.id} cannot be checked", expected="a run that succeeded", received=run.status)
    known, subject = settings_of(run), subject_of(run, actor)
    if under_way := [one for one in store.runs.list(owners=[actor], status=ALIVE) if one.subject == subject]:
        return under_way[0]
    new = NewRun(
        kind="train",
        dataset=run.dataset,
        owner=actor,
        name=f"{run.name[: LONGEST_NAME - len(AGAIN)]}{AGAIN}",
        family=run.family,
        preset=run.preset,
        config=run.config,
        parent=run.parent,
        branch_step=run.branch_step,
        steering=run.steering,
        subject=subject,
    )
    return submit_together(store, [new], [(known.family, known.config)])[0]
