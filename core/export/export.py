"""Export the networks of runs: who may, the task that writes and checks a file, and the file."""

from __future__ import annotations

from pathlib import Path

from core.datasets.access import may_see
from core.errors import ArtifactError, NotAllowedError, RunError
from core.export.check import Record
from core.export.formats import FORMATS, Format, find_format
from core.families import find_family
from core.jobs.submit import ensure_prepared
from core.runs.predict import answering_step
from core.store import Run, Store
from core.store.records import ALIVE, SERVER, NewRun

KIND = "export"
NOT_TRAINED = "A network that was trained elsewhere is not pruned: that needs training."
NOT_PRUNED = "A generator is not pruned: it has no right answers, so nothing would tell what that costs."


def may_export(store: Store, run: Run, actor: str) -> bool:
    """Return whether an actor may take a run's networks away.

    Their weights can reveal what they learned from, so only those who may see the data may have them.
    """
    return may_see(store.settings, run.dataset, actor)


def check_export(store: Store, run: Run, actor: str) -> None:
    """Check that a run has networks that an actor may take away.

    Raises:
        NotAllowedError: It learned from data that this actor may not see.
        RunError: It has not ended, or saved no network.
    """
    if not may_export(store, run, actor):
        raise NotAllowedError(
            f"run {run.id} learned from data that is private or deleted", fix="Only its owner can download its network."
        )
    if run.family is None:
        raise RunError(f"task {run.id} trains nothing, so it has no network to export")
    if not run.status.is_final:
        raise RunError(f"run {run.id} has not ended", fix="Wait for its end, or stop it; then export it.")
    if not store.metrics.snapshots(run.id):
        raise RunError(f"run {run.id} has saved no network, so there is nothing to export")


def why_not(form: Format, run: Run) -> str:
    """Return why a run's network cannot be exported in a format, in one sentence; empty if it can."""
    family = find_family(str(run.family))
    reasons = {NOT_PRUNED: family.makes_examples, NOT_TRAINED: not family.is_trained_here}
    return next((why for why, holds in reasons.items() if form.sparsity and holds), form.missing)


def check_format(form: Format, run: Run) -> None:
    """Check that a run's network can be exported in a format on this server.

    Raises:
        RunError: It cannot.
    """
    if reason := why_not(form, run):
        raise RunError(reason.rstrip("."))


def queue_export(store: Store, run: Run, format_id: str, actor: str) -> Run | None:
    """Queue the export of a run's network, best by validation or else last, unless it is queued, running or done.

    Args:
        store: Store of the run.
        run: A run that has ended.
        format_id: One of `FORMATS`.
        actor: Who asks.

    Returns:
        The task to wait for; None if there is a record of it already.

    Raises:
        NotAllowedError, RunError: As `check_export` and `check_format`.
        ConfigError: There is no such format.
        DatasetError: The data, on which it would be checked, is gone.
    """
    form = find_format(format_id)
    check_export(store, run, actor)
    if read_record(store, run, format_id) is not None:
        return None
    check_format(form, run)
    needed = ensure_prepared(store, run.dataset, at_once=True)
    return store.runs.submit_once(
        NewRun(
            kind=KIND,
            dataset=run.dataset,
            owner=SERVER,
            name=f"{form.title} of {run.name}",
            config={"run": run.id, "format": format_id},
            after=None if needed is None else needed.id,
            subject=f"{run.id} {format_id}",
        )
    )


def exporting(store: Store, run: Run) -> dict[str, Run]:
    """Return the newest export task of each format of a run, ended or not."""
    found: dict[str, Run] = {}
    for task in store.runs.list(kind=KIND, dataset=run.dataset, limit=1000):
        if task.config.get("run") == run.id:
            found.setdefault(task.config["format"], task)
    return found


def is_alive(task: Run | None) -> bool:
    """Return whether an export is queued or running."""
    return task is not None and task.status in ALIVE


def read_record(store: Store, run: Run, format_id: str) -> Record | None:
    """Return the findings about an export of a run; None if there is none of what would be exported now."""
    files = store.files(run.id)
    try:
        record = Record.from_dict(files.read_json(files.export_record(format_id)))
    except (ArtifactError, TypeError):  # missing, or written by another version: export again
        return None
    is_current = (record.generation, record.step) == (run.generation, answering_step(store, run))
    is_whole = bool(record.refused) or files.export(format_id).is_file()
    return record if is_current and is_whole else None


def read_records(store: Store, run: Run) -> dict[str, Record]:
    """Return the findings about all exports of a run, in the order of `FORMATS`."""
    found = {format_id: read_record(store, run, format_id) for format_id in FORMATS}
    return {format_id: record for format_id, record in found.items() if record is not None}


def open_export(store: Store, run: Run, format_id: str, actor: str) -> Path:
    """Return the ZIP file of an export.

    Raises:
        NotAllowedError, RunError: As `check_export`; there is no such export, or its check refused it.
        ConfigError: There is no such format.
    """
    form = find_format(format_id)
    check_export(store, run, actor)
    record = read_record(store, run, format_id)
    if record is None:
        raise RunError(f"run {run.id} has not been exported as {form.title}", fix="Export it first.")
    if record.refused:
        raise RunError(f"{form.title} is not offered for run {run.id}: {record.refused}")
    return store.files(run.id).export(format_id)
