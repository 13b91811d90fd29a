"""Queue tasks, and make sure that a foreman is running."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.child_process import launch
from core.config import Bounded, Config, Corrections, Preset, Several
from core.datasets import access, find_dataset, open_prepared
from core.datasets.own import own, removal
from core.datasets.prepared import is_checked, is_prepared
from core.disk import IS_FULL, WHAT_TO_DO, is_about_room
from core.errors import ConfigError, DatasetError, RunError, StoreError
from core.families import Family
from core.jobs.limits import Trained, check_seconds, check_seconds_left, check_size, check_waiting, held_mb
from core.jobs.queue import share_left
from core.locks import FileLock, is_held, locked
from core.names import in_words
from core.private import keep_private
from core.runs.notebook.guessable import check_guesses
from core.settings import Settings
from core.steering.start import Start, start_of
from core.store import Run, Status, Store
from core.store.records import ALIVE, IMPORTED, SERVER, NewGuess, NewRun

if TYPE_CHECKING:
    from core.runs.sharing.lesson import Lesson

ALIVE_LOCK = "alive.lock"  # shared by every server and command; its modification time is the last visit
FOREMAN_LOCK = "foreman.lock"
SUBMIT_LOCK = "submit.lock"
AGAIN_S = 60.0  # a failed preparation is not retried automatically within this time
MOST_CHANGES = 3  # listed one by one in the name of a run

_alive: dict[Path, FileLock] = {}
_guard = threading.Lock()
_foremen: dict[Path, subprocess.Popen[bytes]] = {}  # the last one that this process started, by home


def ensure_foreman(settings: Settings) -> None:
    """Record a visit, and start the foreman if there is none; cheap to repeat.

    Raises:
        StoreError: The home folder cannot be written.
    """
    try:
        _show_alive(settings)
        if not is_held(settings.home / FOREMAN_LOCK):
            _start_foreman(settings)
    except OSError as error:
        if is_about_room(error):
            raise StoreError(IS_FULL, fix=WHAT_TO_DO) from error
        raise StoreError(
            f"Glassbox cannot write to its home folder {settings.home}",
            received=str(error.strerror),
            fix="Set GLASSBOX_HOME to another folder, or change its permissions.",
        ) from error


def ensure_prepared(store: Store, dataset_id: str, *, at_once: bool = False) -> Run | None:
    """Queue the preparation of a data set unless it is done, queued or running.

    Args:
        store: Store to queue it in.
        dataset_id: The data set.
        at_once: Whether to retry one that was just lost; True for a user's request, False for a page's own.

    Returns:
        The task to wait for, or one that has just failed; None if the data set is ready.

    Raises:
        DatasetError: There is no such data set, or its file is missing.
    """
    dataset = find_dataset(store.settings, dataset_id)
    if is_prepared(store.settings, dataset_id):
        return None
    dataset.check()
    last = _waited_for(store, "prepare", dataset_id)
    if last is None or (at_once and last.status is Status.LOST):
        return queue_preparation(store, dataset_id, dataset.title)
    return last


def queue_preparation(
    store: Store, dataset_id: str, title: str, *, owner: str = SERVER, options: Mapping[str, Any] | None = None
) -> Run:
    """Queue the preparation of a data set, unless the same one is queued or running.

    Args:
        store: Store to queue it in.
        dataset_id: The data set.
        title: Its title.
        owner: Owner of the task.
        options: Options for reading its files.
    """
    subject = dataset_id
    if options:
        subject += f" {hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:16]}"
    name, config = f"Prepare {title}", dict(options or {})
    return store.runs.submit_once(
        NewRun(kind="prepare", dataset=dataset_id, owner=owner, name=name, config=config, subject=subject)
    )


def ensure_checked(store: Store, dataset_id: str) -> Run | None:
    """Queue the check of a prepared data set unless it is done, queued or running.

    Returns:
        The task to wait for, or one that has just failed; None if the findings exist.
    """
    if is_checked(store.settings, dataset_id):
        return None
    return ensure_once(store, "check", dataset_id, f"Check {dataset_id}")


def ensure_once(store: Store, kind: str, dataset_id: str, name: str) -> Run:
    """Queue a task about a data set, unless one of that kind is queued or running, or has just failed."""
    return _waited_for(store, kind, dataset_id) or store.runs.submit_once(
        NewRun(kind=kind, dataset=dataset_id, owner=SERVER, name=name, subject=dataset_id)
    )


def _waited_for(store: Store, kind: str, dataset_id: str) -> Run | None:
    """Return the last task of that kind if it has not ended, or has just failed or been lost."""
    last = next(iter(store.runs.list(kind=kind, dataset=dataset_id, limit=1)), None)
    if last is None or not last.status.is_final:
        return last
    is_new = time.time() - (last.finished or 0) < AGAIN_S
    return last if last.status in (Status.FAILED, Status.LOST) and is_new else None


def submit_training(
    store: Store,
    family: Family,
    config: Config,
    dataset_id: str,
    owner: str,
    *,
    preset: Preset[Config],
    name: str = "",
    priority: int = 0,
    once: bool = False,
    start: Start | None = None,
    derived_from: str | None = None,
    guesses: Sequence[NewGuess] = (),
    lesson: Lesson | None = None,
) -> Run:
    """Check a training run, queue it, and make sure that it starts.

    Args:
        store: Store to queue it in.
        family: The model family.
        config: Its settings.
        dataset_id: The data set to learn from.
        owner: Owner of the run.
        preset: The preset that the settings started from.
        name: Name of the run; if empty, one is made from the settings.
        priority: Higher goes first.
        once: Return the run of `same_run`, if there is one, instead of queueing another.
        start: Where it starts in another run; by default, at random weights.
        derived_from: Id of the run whose settings these were, before any change.
        guesses: What the owner expects of it; of a run that is returned instead, nothing new can be expected.
        lesson: The lesson that it is to be a run of.

    Raises:
        ConfigError: The network is impossible on this data, a guess cannot come true, or the lesson has other
            settings or data.
        DatasetError: The data set does not exist, or its file is missing.
        NotAllowedError: The data is somebody else's and not published.
        LimitError: This visitor has too many waiting runs or too much training.
        StoreError: The home folder cannot be written.
    """
    if lesson is not None:
        lesson.check(config, dataset_id)
    new = NewRun(
        kind="train",
        dataset=dataset_id,
        owner=owner,
        name=name or default_name(config, preset),
        family=family.id,
        preset=preset.id,
        config=config.to_dict(),
        derived_from=derived_from,
        priority=priority,
        **(start.columns(config.plan(find_dataset(store.settings, dataset_id).spec)) if start else {}),
    )
    held_mb(store)  # before the lock, as others wait for that
    with locked(store.settings.home / SUBMIT_LOCK):  # of two requests, the second finds the first's run
        same = same_run(store, family, config, dataset_id, owner, start) if once else None
        run = same or _submit(store, [new], [(family, config)], guesses)[0]
    ensure_foreman(store.settings)
    return run


def submit_together(store: Store, news: Sequence[NewRun], trained: Sequence[Trained]) -> list[Run]:
    """Check training runs on the same data, queue all of them or none, and make sure that they start.

    Args:
        store: Store to queue them in.
        news: The runs, with the same owner and data.
        trained: The family and the settings of each.

    Raises:
        ConfigError: One of the networks is impossible on this data.
        DatasetError: The data set does not exist, or its file is missing.
        NotAllowedError: The data is somebody else's and not published.
        LimitError: These are too many waiting runs, or too much training.
        StoreError: The home folder cannot be written.
    """
    held_mb(store)  # before the lock, as others wait for that
    with locked(store.settings.home / SUBMIT_LOCK):
        runs = _submit(store, news, trained)
    ensure_foreman(store.settings)
    return runs


def same_run(
    store: Store, family: Family, config: Config, dataset_id: str, owner: str, start: Start | None = None
) -> Run | None:
    """Return the owner's waiting or training run with the same settings, data and start, if there is one."""
    is_here = is_prepared(store.settings, dataset_id)
    versions = (None, open_prepared(store.settings, dataset_id).version if is_here else None)
    settings = family.id, config.to_dict(), start and replace(start, changes=())
    alive = store.runs.list(owners=[owner], status=ALIVE, dataset=dataset_id, limit=1000)
    mine = (run for run in alive if (run.family, run.config, start_of(run)) == settings)
    return next((run for run in mine if not is_here or run.dataset_version in versions), None)


def _submit(
    store: Store, news: Sequence[NewRun], trained: Sequence[Trained], guesses: Sequence[NewGuess] = ()
) -> list[Run]:
    dataset_id, owner = news[0].dataset, news[0].owner
    for family, _ in trained:
        if not family.is_trained_here:
            raise ConfigError(f"{family.title} is not trained here", fix="Choose one of the model families.")
    is_own = own.is_own(dataset_id)
    with (
        own.held(store.settings) if is_own else nullcontext()
    ):  # keeps the data from being deleted before the runs are queued
        access.check_may_see(store.settings, dataset_id, owner)
        dataset = find_dataset(store.settings, dataset_id)
        dataset.check()
        for _, config in trained:
            config.validate(dataset.spec)
        check_guesses(store, trained[0][0], dataset, guesses)
        check_size(store, owner, trained, dataset.spec)
        check_waiting(store, owner, more=len(news))
        check_seconds(store, owner, trained, dataset.spec, left=max(share_left(new.progress) for new in news))
        needed = ensure_prepared(store, dataset_id, at_once=True)
        version = None if needed else open_prepared(store.settings, dataset_id).version
        after, split_seed = needed.id if needed else None, dataset.split_seed
        known = [replace(new, dataset_version=version, split_seed=split_seed, after=after) for new in news]
        return store.runs.submit_all(known, guesses)


def delete_data(store: Store, dataset_id: str, actor: str) -> None:
    """Delete an uploaded data set; runs that learned from it stay.

    Raises:
        NotAllowedError: It is somebody else's.
        DatasetError: A run is learning from it, or it does not exist.
    """

    def has_runs() -> bool:
        if store.runs.list(dataset=dataset_id, status=ALIVE, limit=1):
            raise DatasetError("a run is learning from it", fix="Stop that run first, or wait for its end.")
        return bool(store.runs.list(dataset=dataset_id, undoable=True, limit=1))

    removal.delete(store.settings, dataset_id, actor, has_runs=has_runs)
    store.marks.forget(dataset_id)
    store.slices.forget(dataset_id)
    for run in store.runs.list(dataset=dataset_id, undoable=True, limit=1_000_000):
        store.files(run.id).drop_frame()


def replace_data(store: Store, former: str, actor: str) -> None:
    """Delete the actor's data set that a newer one replaces; one that is published or being learned from stays.

    Raises:
        NotAllowedError: It is somebody else's.
    """
    with suppress(DatasetError):  # it is gone, or a run is learning from it
        if not own.read_mine(store.settings, former, actor).published:
            delete_data(store, former, actor)


def throw_away(store: Store, dataset_id: str, actor: str) -> None:
    """Delete an upload that is not accepted yet, and stop the task that reads it.

    Raises:
        NotAllowedError: It is somebody else's.
        DatasetError: It was accepted meanwhile, or does not exist.
    """
    removal.delete(store.settings, dataset_id, actor, has_runs=removal.only_unaccepted(store.settings, dataset_id))
    for task in store.runs.list(kind="prepare", dataset=dataset_id, status=ALIVE):
        with suppress(RunError):  # it has just ended
            store.runs.stop(task.id, SERVER)


def resume_training(store: Store, run_id: str, actor: str, *, step: Mapping[str, int] | None = None) -> Run:
    """Queue a paused, stopped or lost run again, after preparing its data if needed.

    With `step`, it pauses again after so many `updates` or `epochs`.

    Raises:
        NotAllowedError: The actor does not own it.
        RunError: It is in another state.
        LimitError: This visitor has too many waiting runs or too much training.
        DatasetError: Its data no longer exists.
        StoreError: The home folder cannot be written.
    """
    run = store.runs.get(run_id)
    if run.origin == IMPORTED:
        fix = "Train it longer: that starts a new run from its networks."
        raise RunError(f"run {run_id} was imported, so it cannot be resumed", fix=fix)
    waits = run.kind == "train" and store.runs.may(run, actor)
    if waits:
        access.check_may_see(store.settings, run.dataset, run.owner)
    needed = ensure_prepared(store, run.dataset, at_once=True) if waits else None
    with locked(store.settings.home / SUBMIT_LOCK):
        check_waiting(store, actor)
        if waits:
            check_seconds_left(store, actor, run)
        before = None if waits else run.after  # a training run waits for new preparation only
        run = store.runs.resume(run_id, actor, after=needed.id if needed else before, step=step)
        store.files(run_id).drop_frame()
        store.files(run_id).drop_exports()
        store.files(run_id).drop_answers()
    ensure_foreman(store.settings)
    return run


def default_name(config: Config, preset: Preset[Config]) -> str:
    """Name a run after its preset and its changed settings, the first few of them."""
    short = _changes(config, preset, "{mine}")
    other = ["other layers"] if len(short) < len(config.differences(preset.config)) else []
    rest = [f"{len(short) - MOST_CHANGES} more changes"] if len(short) > MOST_CHANGES + 1 else []
    return ", ".join([preset.title, *short[: MOST_CHANGES if rest else None], *rest, *other])


def full_name(config: Config, preset: Preset[Config]) -> str:
    """Say all settings that differ from the preset, with the preset's own."""
    changes = _changes(config, preset, "{mine} instead of {old}", most=1000)
    return f"{preset.title}: {', '.join(changes)}" if changes else preset.title


def _changes(config: Config, preset: Preset[Config], form: str, most: int = 60) -> list[str]:
    """Write each changed setting in this form; leave out those longer than `most` characters."""
    changes = config.differences(preset.config).items()
    told = (form.format(mine=_with_label(config, name, mine), old=old) for name, (mine, old) in changes)
    return [text for text in told if len(text) <= most]


def _with_label(config: Config, name: str, text: str) -> str:
    """Return a setting's value after its label; a value that has words of its own needs none."""
    field = config.field(name)
    if isinstance(field, Corrections):
        return field.say(getattr(config, name)).partition(" (")[0]
    if isinstance(field, Bounded) and field.zero and getattr(config, name) == 0:
        return field.zero
    return f"{in_words(field.label)} {field.say(getattr(config, name)) if isinstance(field, Several) else text}"


def _show_alive(settings: Settings) -> None:
    path = settings.home / ALIVE_LOCK
    with _guard:
        if path not in _alive:
            keep_private(settings.home)
            lock = FileLock(path, shared=True)
            lock.acquire()
            _alive[path] = lock
    os.utime(path)


def _start_foreman(settings: Settings) -> None:
    with _guard:
        last = _foremen.get(settings.home)
        if last is None or last.poll() is not None:  # otherwise it is about to take the lock
            _foremen[settings.home] = launch("core.jobs.foreman", settings=settings, log="foreman.log")
