"""Questions to the probe about saved moments of runs, as pages ask them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import ProbeAwayError
from core.families import config_of
from core.probe.client import Subject, ask
from core.settings import this_host
from core.store import Run, Store
from pages._ui.probe.answer_cache import looks
from pages._ui.shell import owner

DEADLINE_S = 1.5


def ask_moment(
    store: Store,
    run: Run,
    step: int,
    method: str,
    given: np.ndarray,
    *,
    actor: str,
    part: str = "network",
    deadline_s: float = DEADLINE_S,
) -> dict[str, np.ndarray]:
    """Ask what one of a run's networks made of an image, or of noise, after `step` updates.

    Args:
        store: Whose probe.
        run: The run.
        step: One of its saved moments.
        method: As in `core.probe.client.ask`.
        given: What goes into the network, as in `core.probe.client.ask`.
        actor: Who asks.
        part: Which network.
        deadline_s: So long it is waited for.

    Raises:
        ProbeAwayError: The probe is not there yet, or too busy; nobody waits long for it.
        ProbeError: It cannot be answered.
    """
    if not store.processes.is_ready(this_host(), "probe"):
        raise ProbeAwayError("the probe is not running yet")
    subject = Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step, part=part)
    return ask(store.settings, subject, method, given, actor=actor, deadline_s=deadline_s)


def ask_moments(
    store: Store, run: Run, steps: Sequence[int], image: np.ndarray, *, patience_s: float
) -> np.ndarray | None:
    """Ask what a run's network made of an image at several moments, in the background.

    Returns:
        float32 (moments, classes); None if that is not known yet.

    Raises:
        ProbeError: It cannot be answered.
    """

    actor = owner.actor()  # the question is asked in another thread

    def question() -> np.ndarray:
        said = [ask_moment(store, run, step, "answer", image[None], actor=actor) for step in steps]
        return np.concatenate([one["probabilities"] for one in said])

    key = f"moments {run.id}/{run.generation} {list(steps)} {image.tobytes().hex()}"
    return looks().get(key, question, patience_s=patience_s)
