"""What a run's network writes on from a prompt, and how surprised it is at texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.datasets import DataSpec
from core.datasets.access import Viewer
from core.datasets.features import Tokens
from core.datasets.targets import NextToken
from core.errors import RunError
from core.families import config_of
from core.probe.client import Subject, ask
from core.runs.predict import answering_step
from core.runs.visible import examples_seen
from core.store import Run, Store

PATIENCE_S = 60.0  # the probe may still be starting


@dataclass(frozen=True)
class Draws:
    """How a text is drawn.

    Args:
        count: Characters to write.
        temperature: How bold: low is likely and dull, high is varied and wrong.
        top_k: Only so many of the likeliest characters may come next; 0: all.
        top_p: Only the fewest characters whose shares together reach this may come next; 1: all.
        seed: Seed of the draws.
    """

    count: int = 500
    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Said:
    """A text with what a network thought of each of its characters, before it saw them.

    Args:
        signs: The characters.
        nats: Surprise, -log of the share that it gave each.
        likeliest: The likeliest characters at each place, best first, with their shares.
    """

    signs: tuple[str, ...]
    nats: np.ndarray
    likeliest: tuple[tuple[tuple[str, float], ...], ...]

    @property
    def text(self) -> str:
        """The text."""
        return "".join(self.signs)


@dataclass(frozen=True, eq=False)
class Written(Said):
    """A text that a network has written.

    Args:
        kept: How many characters could be drawn at each place.
        cut: Share of the others, which were cut off.
    """

    kept: np.ndarray
    cut: np.ndarray


def writes(spec: DataSpec) -> bool:
    """Return whether networks that learn such data can write."""
    return isinstance(spec.features, Tokens) and isinstance(spec.target, NextToken)


def check_writes(store: Store, run: Run, spec: DataSpec) -> Tokens:
    """Return the vocabulary of a run that can write.

    Raises:
        RunError: It did not learn to write, or has saved no network yet.
    """
    if not isinstance(spec.features, Tokens) or not writes(spec) or run.family is None:
        raise RunError(f"run {run.id} cannot write", expected="a run that learned to say the next character")
    if not store.metrics.snapshots(run.id):
        raise RunError(f"run {run.id} has no network yet", fix="Wait until it has begun to train.")
    return spec.features


def write_on(
    store: Store,
    run: Run,
    spec: DataSpec,
    prompt: str,
    draws: Draws,
    *,
    actor: Viewer,
    step: int | None = None,
    deadline_s: float = PATIENCE_S,
) -> Written:
    """Return what a run's network writes after a prompt, without the prompt.

    Args:
        store: Store of the run.
        run: The run.
        spec: Shape of its data.
        prompt: Text to go on from; of a longer one than it can take the end counts.
        draws: How much it writes, and how.
        actor: Who asks.
        step: Snapshot; by default the best by validation, or else the last.
        deadline_s: How long to wait for the answer.

    Raises:
        RunError: It did not learn to write, or has saved no network yet.
        ProbeError: A number is out of range.
    """
    features = check_writes(store, run, spec)
    given = np.array(features.example(prompt), np.int32)
    found = ask(
        store.settings, _subject(store, run, step), "write", given, actor=actor, deadline_s=deadline_s, **vars(draws)
    )
    nats = -np.log(np.maximum(found["share"], np.finfo(np.float32).tiny))
    signs = features.signs(found["tokens"].tolist())
    end = int(np.searchsorted(np.cumsum([len(sign) for sign in signs]), draws.count)) + 1  # a token may have several
    return Written(signs[:end], nats[:end], _likeliest(found, features)[:end], found["kept"][:end], found["cut"][:end])


def surprise_at(
    store: Store,
    run: Run,
    spec: DataSpec,
    rows: range,
    *,
    viewer: Viewer,
    step: int | None = None,
    deadline_s: float = PATIENCE_S,
) -> Said:
    """Return how surprised a run's network is at some test texts that follow each other.

    Args:
        store: Store of the run.
        run: The run.
        spec: Shape of its data.
        rows: Rows of the test data.
        viewer: Who asks.
        step: Snapshot; by default the best by validation, or else the last.
        deadline_s: How long to wait for the answer.

    Raises:
        RunError: It did not learn to write, or has saved no network yet.
        NotAllowedError: The viewer may not see the data.
        DatasetError: The data is not here.
    """
    features, data = check_writes(store, run, spec), examples_seen(store, run, viewer)
    pieces, following = (np.array(part[rows.start : rows.stop]) for part in (data.x_test, data.y_test))
    subject, settings = _subject(store, run, step), store.settings
    found = ask(settings, subject, "surprise", pieces, actor=viewer, deadline_s=deadline_s, following=following)
    flat = {name: array.reshape(-1, *array.shape[2:]) for name, array in found.items()}
    return Said(features.signs(following.ravel().tolist()), flat["nats"], _likeliest(flat, features))


def _subject(store: Store, run: Run, step: int | None) -> Subject:
    chosen = answering_step(store, run) if step is None else step
    return Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=chosen)


def _likeliest(found: Mapping[str, np.ndarray], features: Tokens) -> tuple[tuple[tuple[str, float], ...], ...]:
    pairs = zip(found["likeliest"].tolist(), found["shares"].tolist(), strict=True)
    return tuple(tuple((features.decode([token]), share) for token, share in zip(*one, strict=True)) for one in pairs)
