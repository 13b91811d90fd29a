"""Why a run's network answers as it does, for a test example or any picture, row or text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.analysis.attribution.ways import WAYS
from core.datasets import Dataset, DataSpec, find_dataset
from core.datasets.corruptions import shifted_rows
from core.datasets.features import Series, Tokens
from core.datasets.targets import Classes, NextToken, Number
from core.errors import DatasetError, RunError
from core.families import config_of, find_family
from core.layers.memory import reads_any_length
from core.probe.client import Subject, ask
from core.runs.predict import PATIENCE_S, answering_step, check_answers
from core.runs.visible import examples_seen
from core.store import Run, Store

STEPS = "integrated_gradients"  # the only way for texts and series: it goes by what is read at each step
EXACT = {STEPS: {"points": 256}}  # nobody waits before a screen
OWN = -1  # target: the network's answer


def reads_steps(spec: DataSpec) -> bool:
    """Return whether an example is a text or a series, which is explained step by step."""
    answers = isinstance(spec.target, Classes | Number | NextToken)
    return isinstance(spec.features, Tokens | Series) and answers


def check_explained(store: Store, run: Run, dataset: Dataset, way: str) -> None:
    """Check that a run has a network whose answers can be explained in a way.

    Raises:
        RunError: It is a generator, learned from other data, has not begun, or the way does not fit it.
    """
    if not reads_steps(dataset.spec):
        check_answers(store, run, dataset, "be explained")
        return
    if way != STEPS:
        words = f"{WAYS[way].title} does not fit run {run.id}, which learned from {dataset.spec.kind}"
        raise RunError(words, expected=f"the method {STEPS}")
    if not store.metrics.snapshots(run.id):
        raise RunError(f"run {run.id} has no network yet", fix="Wait until it has begun to train.")


def written_example(dataset: Dataset, text: str) -> np.ndarray:
    """Return a text as a network takes it, of a long one the end.

    Raises:
        DatasetError: The data has no texts, or the text is empty.
    """
    features = dataset.spec.features
    if not isinstance(features, Tokens):
        raise DatasetError(f"{dataset.title} has no texts", received=text[:40], expected="test:N, or a file")
    if not text:
        raise DatasetError("the text is empty", expected="text:TEXT, such as text:Smith")
    return np.array(features.example(text), np.int32)


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
        run: A run that passes `check_explained`.
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
    spec = find_dataset(store.settings, run.dataset).spec
    if WAYS[way].needs_maps and example.ndim == 1:
        raise RunError(f"{WAYS[way].title} does not fit run {run.id}, which learned from rows, not images")
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step)
    options = {"target": target, **EXACT.get(way, {})}
    if reads_steps(spec):
        return _explain_steps(store, run, example, spec, subject, options, actor)
    return ask(store.settings, subject, way, example, actor=actor, deadline_s=PATIENCE_S, **options)


def _explain_steps(
    store: Store, run: Run, example: np.ndarray, spec: DataSpec, subject: Subject, options: dict[str, int], actor: str
) -> dict[str, np.ndarray]:
    """Explain a text or a series; one that is written on is read without the empty signs before it."""
    [network, *_] = find_family(str(run.family)).networks(subject.config, spec)
    empty = int(np.argmax(example != 0)) if isinstance(spec.target, NextToken) and reads_any_length(network) else 0
    text = example[empty:] if empty else None
    how: dict[str, Any] = {"actor": actor, "deadline_s": PATIENCE_S, **options}
    found = ask(store.settings, subject, "sequence_gradients", example, text=text, **how)
    before = np.zeros((empty, *found["attribution"].shape[1:]), np.float32)
    return {**found, "attribution": np.concatenate([before, found["attribution"]])}
