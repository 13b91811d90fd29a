"""Why a run's network answers as it does, for a test example or any picture or row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.analysis.attribution.ways import WAYS
from core.datasets import Dataset
from core.datasets.corruptions import shifted_rows
from core.errors import DatasetError, RunError
from core.families import config_of
from core.probe.client import Subject, ask
from core.runs.predict import PATIENCE_S, answering_step
from core.runs.visible import examples_seen
from core.store import Run, Store

EXACT = {"integrated_gradients": {"points": 256}}  # nobody waits before a screen
OWN = -1  # target: the network's answer


def tested_example(store: Store, run: Run, row: int, *, actor: str) -> np.ndarray:
    """Return an example of the test set, as the run is tested on it.

    Raises:
        NotAllowedError: The actor may not see the data.
        DatasetError: The data is not prepared, or has no such row.
    """
    data = examples_seen(store, run, actor)
    if not 0 <= row < len(data.y_test):
        raise DatasetError(
            f"there is no test example {row}", expected=f"test:0 to test:{len(data.y_test) - 1}", received=f"test:{row}"
        )
    example: np.ndarray = shifted_rows(data.x_test, [row], run.config.get("test_shift", "none"))[0]
    return example


def target_of(dataset: Dataset, name: str | None) -> int:
    """Return the class of a name, or of its number; -1, for the network's answer, without a name.

    Raises:
        DatasetError: There is no such class.
    """
    classes = dataset.spec.classes
    if name is None:
        return OWN
    if not classes:
        raise DatasetError(f"{dataset.title} has no classes", received=name, fix="Leave --target out.")
    if name in classes:
        return classes.index(name)
    if name.isdecimal() and len(name) < 10 and int(name) < len(classes):
        return int(name)
    shown = ", ".join(classes[:20]) + (", ..." if len(classes) > 20 else "")
    raise DatasetError(f"{dataset.title} has no class {name!r}", expected=f"one of {shown}")


def step_of(store: Store, run: Run, step: int | None) -> int:
    """Return the snapshot to explain; by default the one that answers for the run.

    Raises:
        RunError: None was saved at that step.
    """
    if step is None:
        return answering_step(store, run)
    steps = [snapshot.step for snapshot in store.metrics.snapshots(run.id)]
    if step not in steps:
        near = sorted(sorted(steps, key=lambda other: abs(other - step))[:5])
        raise RunError(
            f"run {run.id} saved no network at step {step}",
            expected=f"such as {', '.join(map(str, near))}",
        )
    return step


def explain(
    store: Store, run: Run, example: np.ndarray, way: str, *, target: int, step: int, actor: str
) -> Mapping[str, np.ndarray]:
    """Ask why a run's network answers as it does.

    Args:
        store: Store of the run.
        run: A run that passes `check_answers`.
        example: An input of its network.
        way: A key of `WAYS`.
        target: The class to explain; -1 for the network's answer.
        step: A saved snapshot.
        actor: Who asks.

    Returns:
        `attribution`, `target`, `answers` and more, as the class of the probe's method says.

    Raises:
        ProbeAwayError: The probe did not answer in time.
        ProbeError: The probe refused the question, for example as the method does not fit the network.
    """
    if WAYS[way].needs_maps and example.ndim == 1:
        raise RunError(f"{WAYS[way].title} does not fit run {run.id}, which learned from rows, not images")
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step)
    options = {"target": target, **EXACT.get(way, {})}
    return ask(store.settings, subject, way, example, actor=actor, deadline_s=PATIENCE_S, **options)
