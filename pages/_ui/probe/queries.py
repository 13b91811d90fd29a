"""Query the probe about saved snapshots of runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.config import Config
from core.datasets.access import Viewer
from core.errors import ProbeAwayError
from core.families import config_of
from core.probe import client
from core.probe.methods import Option
from core.settings import this_host
from core.store import Run, Store
from pages._ui.probe.answer_cache import answers
from pages._ui.shell import owner

DEADLINE_S = 1.5  # of a question about one snapshot
LONG_DEADLINE_S = 6.0  # of a background question about all snapshots of a run


def ask_snapshot(
    store: Store,
    run: Run,
    step: int,
    method: str,
    given: np.ndarray,
    *,
    actor: Viewer,
    part: str = "network",
    deadline_s: float = DEADLINE_S,
    **options: Option,
) -> dict[str, np.ndarray]:
    """Apply a probe method to one of a run's networks after `step` updates.

    Args:
        store: The store.
        run: The run.
        step: Step of a saved snapshot.
        method: As in `core.probe.client.ask`.
        given: Input of the network, such as an image or noise, as in `core.probe.client.ask`.
        actor: Who asks.
        part: The network.
        deadline_s: Longest wait, in seconds.
        options: Options of the method, as in `core.probe.client.ask`.

    Raises:
        ProbeAwayError: The probe is not running yet, or too busy.
        ProbeError: The probe cannot answer.
    """
    _check_ready(store)
    subject = _subject(run, step, part)
    return client.ask(store.settings, subject, method, given, actor=actor, deadline_s=deadline_s, **options)


def ask_untrained(
    store: Store,
    run: Run,
    config: Config,
    method: str,
    given: np.ndarray,
    *,
    actor: Viewer,
    deadline_s: float = DEADLINE_S,
    **options: Option,
) -> dict[str, np.ndarray]:
    """Apply a probe method to a network with the random first weights of some settings, on a run's data.

    Args and errors are those of `ask_snapshot`, but `config` are the settings.
    """
    _check_ready(store)
    subject = client.Subject(str(run.family), run.dataset, config)
    return client.ask(store.settings, subject, method, given, actor=actor, deadline_s=deadline_s, **options)


def ask_over_time(
    store: Store,
    run: Run,
    steps: Sequence[int],
    method: str,
    given: np.ndarray,
    *,
    actor: Viewer,
    part: str = "network",
    deadline_s: float = LONG_DEADLINE_S,
    **options: Option,
) -> dict[str, np.ndarray]:
    """Apply a probe method to one of a run's networks at several snapshots; the arrays have one row for each.

    Args and errors are those of `ask_snapshot`, but `steps` are several.
    """
    _check_ready(store)
    subject = _subject(run, None, part)
    return client.ask_snapshots(
        store.settings, subject, steps, method, given, actor=actor, deadline_s=deadline_s, **options
    )


def ask_snapshots(
    store: Store, run: Run, steps: Sequence[int], image: np.ndarray, *, patience_s: float
) -> np.ndarray | None:
    """Query a run's class probabilities for an image at several snapshots, in the background.

    Args:
        store: The store.
        run: A run of a classifier.
        steps: Steps of saved snapshots, at least one.
        image: uint8 (height, width, channels).
        patience_s: How long to wait for the answer, in seconds.

    Returns:
        float32 (snapshots, classes); None if the answer is not there yet.

    Raises:
        ProbeError: The probe cannot answer.
    """
    actor = owner.actor()  # read here: the question runs in another thread

    def question() -> np.ndarray:
        return ask_over_time(store, run, steps, "answer", image[None], actor=actor)["probabilities"][:, 0]

    key = f"snapshots {run.id}/{run.generation} {list(steps)} {image.tobytes().hex()}"
    return answers().get(key, question, patience_s=patience_s)


def _check_ready(store: Store) -> None:
    if not store.processes.is_ready(this_host(), "probe"):
        raise ProbeAwayError("the probe is not running yet")


def _subject(run: Run, step: int | None, part: str) -> client.Subject:
    return client.Subject(str(run.family), run.dataset, config_of(run), run=run.id, step=step, part=part)
