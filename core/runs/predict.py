"""Answers of a run's network to pictures from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.datasets import Dataset, DataSpec
from core.errors import RunError
from core.families import find_family
from core.probe.client import Subject, ask
from core.store import Run, Store

AT_ONCE = 200  # so that others who ask the probe wait a moment only
PATIENCE_S = 120.0  # for each of these; the probe may still be starting


def answers_pictures(run: Run, spec: DataSpec) -> bool:
    """Return whether a run's network says of pictures what they are; `spec` is the shape of its data."""
    is_told = run.family is not None and find_family(run.family).look.is_at_sample
    return is_told and spec.is_image and bool(spec.classes)


def check_answers(store: Store, run: Run, dataset: Dataset) -> None:
    """Check that a run has a network that answers about pictures.

    Raises:
        RunError: It makes some instead, learned from something else, or has not begun.
    """
    if not answers_pictures(run, dataset.spec):
        raise RunError(f"run {run.id} answers no pictures", expected="a run of a classifier of images")
    if not store.metrics.snapshots(run.id):
        raise RunError(f"run {run.id} has no network that could be asked yet", fix="Wait until it has begun to train.")


def predict(store: Store, run: Run, images: Sequence[np.ndarray], *, actor: str) -> np.ndarray:
    """Ask a run's network, as it was at its last saved moment.

    Args:
        store: Where the run is.
        run: One that `check_answers` lets pass.
        images: As `prepare_image` returns them.
        actor: Who asks.

    Returns:
        Probabilities float32 (n, classes).

    Raises:
        ProbeAwayError: The process that asks it did not answer in time.
        ProbeError: It cannot be asked.
    """
    config: Any = find_family(str(run.family)).config_type.from_dict(run.config)
    step = store.metrics.snapshots(run.id)[-1].step
    subject = Subject(str(run.family), run.dataset, config, run=run.id, step=step)
    given = np.stack(images)
    parts = (given[start : start + AT_ONCE] for start in range(0, len(given), AT_ONCE))
    said = [ask(store.settings, subject, "answer", part, actor=actor, deadline_s=PATIENCE_S) for part in parts]
    return np.concatenate([part["probabilities"] for part in said])
