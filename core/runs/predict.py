"""Predictions of a run's network for any pictures and rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.datasets import Dataset, DataSpec
from core.datasets.features import Tokens, Vector
from core.datasets.sounds.ask import is_heard
from core.errors import RunError
from core.families import config_of, find_family
from core.probe.client import Subject, ask
from core.store import Run, Store

AT_ONCE = 200  # examples in one question, so that other users of the probe wait briefly
PATIENCE_S = 120.0  # deadline of each question; the probe may still be starting


def answers_pictures(run: Run, spec: DataSpec) -> bool:
    """Return whether a run's network classifies pictures; `spec` is the shape of its data."""
    is_told = run.family is not None and find_family(run.family).inspection.is_at_sample
    return is_told and spec.is_image and bool(spec.classes)


def answers_texts(run: Run, spec: DataSpec) -> bool:
    """Return whether a run's network tells the class of a text; `spec` is the shape of its data."""
    is_told = run.family is not None and find_family(run.family).inspection.is_at_sample
    return is_told and isinstance(spec.features, Tokens) and bool(spec.classes)


def answers_sounds(run: Run, spec: DataSpec) -> bool:
    """Return whether a run's network tells the class of a sound; `spec` is the shape of its data."""
    is_told = run.family is not None and find_family(run.family).inspection.is_at_sample
    return is_told and is_heard(spec.features) and bool(spec.classes)


def _answers_rows(run: Run, spec: DataSpec) -> bool:
    return (
        run.family is not None and find_family(run.family).inspection.is_at_sample and isinstance(spec.features, Vector)
    )


def check_answers(store: Store, run: Run, dataset: Dataset, what: str = "predict") -> None:
    """Check that a run has a network that predicts pictures, table rows, texts or sounds; `what` is it asked to do.

    Raises:
        RunError: It is a generator, learned from other data, or has not begun.
    """
    kinds = (answers_pictures, _answers_rows, answers_texts, answers_sounds)
    if not any(answers(run, dataset.spec) for answers in kinds):
        expected = "a run that learned labelled images, rows, texts or sounds"
        raise RunError(f"run {run.id} cannot {what}", expected=expected)
    if not store.metrics.snapshots(run.id):
        raise RunError(f"run {run.id} has no network yet", fix="Wait until it has begun to train.")


def answering_step(store: Store, run: Run) -> int:
    """Return the step of the snapshot that answers for a run: the best by validation, or else the last."""
    steps, best = [snapshot.step for snapshot in store.metrics.snapshots(run.id)], run.summary.get("best_step")
    return best if best in steps else steps[-1]


def predict(store: Store, run: Run, examples: Sequence[np.ndarray], *, actor: str) -> np.ndarray:
    """Predict with a run's best network by validation, or else with its last.

    Args:
        store: Store of the run.
        run: A run that passes `check_answers`.
        examples: Arrays from `prepare_image` or `rows_of`, tokens of texts, or sounds, all of one shape.
        actor: Who asks.

    Returns:
        Probabilities float32 (n, classes), or numbers float32 (n, 1).

    Raises:
        ProbeAwayError: The probe did not answer in time.
        ProbeError: The probe refused the question.
    """
    step = answering_step(store, run)
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step)
    given = np.stack(examples)
    parts = (given[start : start + AT_ONCE] for start in range(0, len(given), AT_ONCE))
    said = [ask(store.settings, subject, "answer", part, actor=actor, deadline_s=PATIENCE_S) for part in parts]
    return np.concatenate([next(iter(part.values())) for part in said])
