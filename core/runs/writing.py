"""What a run's network writes on from a prompt."""

from __future__ import annotations

import numpy as np

from core.datasets import DataSpec
from core.datasets.access import Viewer
from core.datasets.features import Tokens
from core.datasets.targets import NextToken
from core.errors import RunError
from core.families import config_of
from core.probe.client import Subject, ask
from core.runs.predict import answering_step
from core.store import Run, Store

PATIENCE_S = 60.0  # the probe may still be starting


def writes(spec: DataSpec) -> bool:
    """Return whether networks that learn such data can write."""
    return isinstance(spec.features, Tokens) and isinstance(spec.target, NextToken)


def write_on(
    store: Store,
    run: Run,
    spec: DataSpec,
    prompt: str,
    *,
    count: int,
    temperature: float,
    seed: int,
    actor: Viewer,
    step: int | None = None,
    deadline_s: float = PATIENCE_S,
) -> str:
    """Return what a run's network writes after a prompt, without the prompt.

    Args:
        store: Store of the run.
        run: The run.
        spec: Shape of its data.
        prompt: Text to go on from; of a longer one than it can take the end counts.
        count: Characters to write.
        temperature: How bold: low is likely and dull, high is varied and wrong.
        seed: Seed of the draws.
        actor: Who asks.
        step: Snapshot; by default the best by validation, or else the last.
        deadline_s: How long to wait for the answer.

    Raises:
        RunError: It did not learn to write, or has saved no network yet.
        ProbeError: A number is out of range.
    """
    features = spec.features
    if not isinstance(features, Tokens) or not writes(spec):
        raise RunError(f"run {run.id} cannot write", expected="a run that learned to say the next character")
    if not store.metrics.snapshots(run.id):
        raise RunError(f"run {run.id} has no network yet", fix="Wait until it has begun to train.")
    chosen = answering_step(store, run) if step is None else step
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=chosen)
    given = np.array(features.example(prompt), np.int32)
    options = {"count": count, "temperature": float(temperature), "seed": seed}
    said = ask(store.settings, subject, "write", given, actor=actor, deadline_s=deadline_s, **options)
    return features.decode(said["tokens"])
