"""Questions to the probe about saved snapshots of runs, as pages ask them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import ProbeAwayError
from core.families import config_of
from core.probe import client
from core.probe.methods import Option
from core.settings import this_host
from core.store import Run, Store
from pages._ui.probe.answer_cache import answers
from pages._ui.shell import owner

DEADLINE_S = 1.5
LONG_DEADLINE_S = 6.0  # of a question about all snapshots of a run, which no page waits for


def ask_snapshot(
    store: Store,
    run: Run,
    step: int,
    method: str,
    given: np.ndarray,
    *,
    actor: str,
    part: str = "network",
    deadline_s: float = DEADLINE_S,
    **options: Option,
) -> dict[str, np.ndarray]:
    """Ask what one of a run's networks made of an image, or of noise, after `step` updates.

    Args:
        store: Whose probe.
        run: The run.
        step: One of its saved snapshots.
        method: As in `core.probe.client.ask`.
        given: What goes into the network, as in `core.probe.client.ask`.
        actor: Who asks.
        part: Which network.
        deadline_s: So long it is waited for.
        options: Of the method, as in `core.probe.client.ask`.

    Raises:
        ProbeAwayError: The probe is not there yet, or too busy; nobody waits long for it.
        ProbeError: It cannot be answered.
    """
    _check_ready(store)
    subject = _subject(run, step, part)
    return client.ask(store.settings, subject, method, given, actor=actor, deadline_s=deadline_s, **options)


def ask_snapshots(
    store: Store, run: Run, steps: Sequence[int], image: np.ndarray, *, patience_s: float
) -> np.ndarray | None:
    """Ask what a run's network made of an image at several snapshots, in the background.

    Args:
        store: Whose probe.
        run: A run whose network tells classes.
        steps: Some of its saved snapshots, at least one.
        image: uint8 (height, width, channels).
        patience_s: How long to wait for the answer here.

    Returns:
        float32 (snapshots, classes); None if that is not known yet.

    Raises:
        ProbeError: It cannot be answered.
    """
    actor = owner.actor()  # the question is asked in another thread

    def question() -> np.ndarray:
        _check_ready(store)
        asked, given = _subject(run, None, "network"), image[None]
        found = client.ask_snapshots(
            store.settings, asked, steps, "answer", given, actor=actor, deadline_s=LONG_DEADLINE_S
        )
        return found["probabilities"][:, 0]

    key = f"snapshots {run.id}/{run.generation} {list(steps)} {image.tobytes().hex()}"
    return answers().get(key, question, patience_s=patience_s)


def _check_ready(store: Store) -> None:
    if not store.processes.is_ready(this_host(), "probe"):
        raise ProbeAwayError("the probe is not running yet")


def _subject(run: Run, step: int | None, part: str) -> client.Subject:
    return client.Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step, part=part)
