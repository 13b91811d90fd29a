"""What the commands print, and the files that they write."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import ArtifactError, GlassboxError
from core.families import find_family
from core.private import give
from core.runs.examples.slices import ask_missing, named_scores, slice_scores, slices_of
from core.store import Run, Store
from core.store.records import LOCAL

SUMMARY_KEYS = (
    "epochs_done",
    "test_accuracy_last",
    "test_accuracy_best",
    "images_per_s",
    "fit_s",
    "first_metric_s",
    "parameters",
)


def report(run: Run) -> dict[str, object]:
    """Return a run's state and results, under the same keys at all times."""
    live = {"epochs_done": run.progress.get("epoch", 0), "images_per_s": run.progress.get("images_per_s")}
    values = {**dict.fromkeys(SUMMARY_KEYS), **live, **run.summary}
    judged = [find_family(run.family).result(run.summary)] if run.family else []
    keys = dict.fromkeys([*SUMMARY_KEYS, *(key for result in judged for key in (result.key, *result.more))])
    return {"run": run.id, "status": str(run.status), **{key: values.get(key) for key in keys}}


def report_with_groups(store: Store, run: Run, *, asks: bool = False) -> dict[str, object]:
    """Return `report` with the scores on named groups of test examples, such as `slice_accuracy`.

    Args:
        store: Store of the run.
        run: The run.
        asks: Whether to ask the probe for answers to disturbed examples that are not known yet.
    """
    if asks and run.status.is_final and slices_of(store, run, LOCAL):
        with suppress(GlassboxError):  # no probe, or the data is gone: the score is None
            ask_missing(store, run, LOCAL)
    return {**report(run), **named_scores(slice_scores(store, run, LOCAL))}


def ending(run: Run, kind: str = "examples") -> str:
    """Return one line that says how a run ended; `kind` says what it was tested on, such as images."""
    accuracy, found = run.summary.get("test_accuracy_last"), result(run)
    if accuracy is not None:
        found = f"{percent(accuracy)} of {run.summary['test_size']:,} test {kind} right"
    return f"{run.id}  {run.status}" + (f", {found}" if found else "")


def result(run: Run) -> str:
    """Return a run's main result in a few words; empty if it has none."""
    if run.family is None:
        return ""
    result = find_family(run.family).result(run.summary)
    return result.say(run.summary[result.key]) if run.summary.get(result.key) is not None else ""


def percent(share: float | None) -> str:
    """Write a share as a percentage."""
    return "" if share is None else f"{share:.2%}".replace("%", " %")


def show(options: argparse.Namespace, values: object, text: str) -> None:
    """Print the values as JSON with --json, else the text."""
    print(json.dumps(values) if options.json else text)


def write_file(path: Path, data: bytes) -> None:
    """Write a file, all of it or nothing.

    Raises:
        ArtifactError: The file cannot be written.
    """
    with writing(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes the file if the block succeeds.

    Raises:
        ArtifactError: The file cannot be written.
    """
    out = path.absolute()
    temporary = out.parent / f".{out.name}.part"
    try:
        with in_words(path):
            out.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            give(temporary)
            temporary.replace(out)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Say in one sentence that a path cannot be written.

    Raises:
        ArtifactError: It cannot.
    """
    try:
        yield
    except OSError as error:
        raise ArtifactError(f"{path} cannot be written", received=str(error.strerror)) from error
