"""What a run's network answers to a text, and where it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.datasets import DataSpec
from core.datasets.access import Viewer
from core.datasets.features import Tokens
from core.datasets.targets import TokenSequence
from core.errors import DatasetError, RunError
from core.families import config_of
from core.probe.client import Subject, ask
from core.runs.predict import answering_step
from core.store import Run, Store

PATIENCE_S = 60.0  # the probe may still be starting


@dataclass(frozen=True)
class Translation:
    """A network's answer.

    Args:
        question: The text that it was asked.
        answer: What it says.
        attention: Where a decoder looked, float32 (characters of the answer and its end, characters of the question);
            None if the network has none.
        is_ended: Whether it ended its answer, or ran out of room.
    """

    question: str
    answer: str
    attention: np.ndarray | None
    is_ended: bool


def translates(spec: DataSpec) -> bool:
    """Return whether networks that learn such data answer texts."""
    return isinstance(spec.features, Tokens) and isinstance(spec.target, TokenSequence)


def translate(
    store: Store,
    run: Run,
    spec: DataSpec,
    texts: Sequence[str],
    *,
    actor: Viewer,
    step: int | None = None,
    deadline_s: float = PATIENCE_S,
) -> list[Translation]:
    """Return what a run's network answers to texts.

    Args:
        store: Store of the run.
        run: The run.
        spec: Shape of its data.
        texts: At least one.
        actor: Who asks.
        step: Snapshot; by default the best by validation, or else the last.
        deadline_s: How long to wait for the answer.

    Raises:
        RunError: It did not learn to answer texts, or has saved no network yet.
        DatasetError: A text is empty, too long, or has a character that the network does not know.
    """
    if not translates(spec):
        raise RunError(f"run {run.id} answers no texts", expected="a run that learned to answer them, such as dates")
    rows = np.stack([as_row(text, spec) for text in texts])
    return translate_rows(store, run, spec, rows, actor=actor, step=step, deadline_s=deadline_s)


def translate_rows(
    store: Store,
    run: Run,
    spec: DataSpec,
    rows: np.ndarray,
    *,
    actor: Viewer,
    step: int | None = None,
    deadline_s: float = PATIENCE_S,
) -> list[Translation]:
    """Return what a run's network answers to examples, int32 (n, asked + answer); the rest as `translate`."""
    if not store.metrics.snapshots(run.id):
        raise RunError(f"run {run.id} has no network yet", fix="Wait until it has begun to train.")
    chosen = answering_step(store, run) if step is None else step
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=chosen)
    said = ask(store.settings, subject, "translate", rows, actor=actor, deadline_s=deadline_s)
    maps = said.get("attention", [None] * len(rows))
    return [translation(row, tokens, seen, spec) for row, tokens, seen in zip(rows, said["tokens"], maps, strict=True)]


def as_row(text: str, spec: DataSpec) -> np.ndarray:
    """Return a question as a network takes it, int32 (asked + answer).

    Raises:
        DatasetError: It is empty, too long, or has a character that the network does not know.
    """
    features, target = spec.features, spec.target
    assert isinstance(features, Tokens)
    assert isinstance(target, TokenSequence)
    text, asked = text.strip(), features.length - target.length
    if not 1 <= len(text) <= asked:
        raise DatasetError(
            "this text cannot be answered", expected=f"1 to {asked} characters", received=f"{len(text)} characters"
        )
    tokens = features.encode(text)
    if 0 in tokens:
        unknown = "".join(dict.fromkeys(sign for sign, token in zip(text, tokens, strict=True) if not token))
        known = "".join(features.vocabulary).replace("\n", "").strip()
        raise DatasetError(
            f"the network has never seen {unknown!r}", expected=f"a text of {known}", fix="Write it without."
        )
    row = np.zeros(features.length, np.int32)
    row[asked - len(tokens) : asked], row[asked] = tokens, target.end
    return row


def translation(row: np.ndarray, tokens: np.ndarray, attention: np.ndarray | None, spec: DataSpec) -> Translation:
    """Return an answer as text, with the part of the map that it is about."""
    features, target = spec.features, spec.target
    assert isinstance(features, Tokens)
    assert isinstance(target, TokenSequence)
    asked = row[: features.length - target.length]
    first = int(np.argmax(asked > 0)) if (asked > 0).any() else len(asked)
    answer, ends = target.read(tokens), target.end in tokens
    seen = None
    if attention is not None and attention.shape[1] == len(asked):  # pooled steps are no characters
        seen = attention[: len(answer) + ends, first:]
    return Translation(features.decode(asked[first:]), answer, seen, ends)
