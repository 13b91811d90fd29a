"""Answers of a run's network to pictures and rows from anywhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.datasets import Dataset, DataSpec
from core.datasets.features import Vector
from core.errors import RunError
from core.families import config_of, find_family
from core.probe.client import Subject, ask
from core.store import Run, Store

AT_ONCE = 200  # so that others who ask the probe wait a moment only
PATIENCE_S = 120.0  # for each of these; the probe may still be starting


def answers_pictures(run: Run, spec: DataSpec) -> bool:
    """Return whether a run's network says of pictures what they are; `spec` is the shape of its data."""
    is_told = run.family is not None and find_family(run.family).inspection.is_at_sample
    return is_told and spec.is_image and bool(spec.classes)


def _answers_rows(run: Run, spec: DataSpec) -> bool:
    return (
        run.family is not None and find_family(run.family).inspection.is_at_sample and isinstance(spec.features, Vector)
    )


def check_answers(store: Store, run: Run, dataset: Dataset) -> None:
    """Check that a run has a network that answers about pictures, or about rows of a table.

    Raises:
        RunError: It makes some instead, learned from something else, or has not begun.
    """
    if not (answers_pictures(run, dataset.spec) or _answers_rows(run, dataset.spec)):
        raise RunError(f"run {run.id} answers nothing", expected="a run that was told what its examples are")
    if not store.metrics.snapshots(run.id):
        raise RunError(f"run {run.id} has no network that could be asked yet", fix="Wait until it has begun to train.")


def predict(store: Store, run: Run, examples: Sequence[np.ndarray], *, actor: str) -> np.ndarray:
    """Ask a run's network, as it was at its last snapshot.

    Args:
        store: Where the run is.
        run: One that `check_answers` lets pass.
        examples: As `prepare_image` or `rows_of` returns them.
        actor: Who asks.

    Returns:
        Probabilities float32 (n, classes), or numbers float32 (n, 1).

    Raises:
        ProbeAwayError: The process that asks it did not answer in time.
        ProbeError: It cannot be asked.
    """
    step = store.metrics.snapshots(run.id)[-1].step
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step)
    given = np.stack(examples)
    parts = (given[start : start + AT_ONCE] for start in range(0, len(given), AT_ONCE))
    said = [ask(store.settings, subject, "answer", part, actor=actor, deadline_s=PATIENCE_S) for part in parts]
    return np.concatenate([next(iter(part.values())) for part in said])
