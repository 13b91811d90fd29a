"""Ask the probe about a network, such as for its feature maps of an image."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, answer_challenge, deliver_challenge
from typing import Any

import numpy as np

from core.config import Config
from core.datasets import find_dataset
from core.datasets.access import Viewer, check_may_view
from core.errors import ProbeAwayError, ProbeError
from core.families import find_family
from core.layers.memory import embeddings
from core.probe import protocol
from core.probe.methods import Option, find_method
from core.settings import Settings
from core.sockets import socket_path

DEADLINE_S = 5.0
RETRY_S = 0.1


@dataclass(frozen=True)
class Subject:
    """The network that a question is about.

    Args:
        family: Id of its family.
        dataset: Id of its data set.
        config: Its settings.
        run: Run with the saved snapshot; None for random weights.
        step: Step of that snapshot.
        part: Id of one of the family's networks, or `augmentation` for the layers that augment training examples.
    """

    family: str
    dataset: str
    config: Config
    run: str | None = None
    step: int | None = None
    part: str = "network"

    def to_dict(self) -> dict[str, Any]:
        """Return a dict for JSON without the step, which is sent separately."""
        view = {**vars(self), "config": self.config.to_dict()}
        del view["step"]
        return view


def ask(
    settings: Settings,
    subject: Subject,
    method: str,
    given: np.ndarray,
    *,
    actor: Viewer,
    deadline_s: float = DEADLINE_S,
    **options: Option,
) -> dict[str, np.ndarray]:
    """Ask one question and wait for its answer.

    Args:
        settings: Settings of the probe's home.
        subject: The network.
        method: A key of `core.probe.methods.METHODS`, such as `feature_maps`.
        given: The network's input, such as an image, uint8 (height, width, channels); a batch for a method that takes
            many.
        actor: Who asks.
        deadline_s: Seconds to wait for the answer.
        options: Keyword options of the method, such as the `count` of `nearest`.

    Returns:
        Named arrays; see the method.

    Raises:
        NotAllowedError: The answer could show data that this actor may not see.
        DatasetError: The data is gone.
        ProbeAwayError: The probe is not running, ended, or took too long.
        ProbeError: The question cannot be answered; the message says why.
    """
    answer = ask_snapshots(
        settings, subject, [subject.step], method, given, actor=actor, deadline_s=deadline_s, **options
    )
    return {name: array[0, ...] for name, array in answer.items()}


def ask_snapshots(
    settings: Settings,
    subject: Subject,
    steps: Sequence[int | None],
    method: str,
    given: np.ndarray,
    *,
    actor: Viewer,
    deadline_s: float = DEADLINE_S,
    **options: Option,
) -> dict[str, np.ndarray]:
    """Ask one question about several snapshots of a network and wait for its answer.

    Args:
        settings: Settings of the probe's home.
        subject: The network; `steps` replaces its step.
        steps: Steps of the snapshots, at least one.
        method: As in `ask`.
        given: As in `ask`; the input for every snapshot.
        actor: Who asks.
        deadline_s: Seconds to wait for the whole answer.
        options: As in `ask`.

    Returns:
        Named arrays of the method with an additional first axis: (snapshots, ...).

    Raises:
        NotAllowedError: As `ask`.
        ProbeAwayError: As `ask`.
        ProbeError: As `ask`.
    """
    if _may_repeat(settings, subject, method, options):
        check_may_view(settings, subject.run, subject.dataset, actor)
    _check_options(options)
    scalars = {name: value for name, value in options.items() if not isinstance(value, np.ndarray)}
    extra = {f"{protocol.OPTION}{name}": value for name, value in options.items() if isinstance(value, np.ndarray)}
    header = {"subject": subject.to_dict(), "steps": [*steps], "method": method, "options": scalars}
    answer, arrays = _exchange(settings, header, {"given": given, **extra}, deadline_s)
    if "error" in answer:
        raise ProbeError(answer["error"].rstrip("."))
    return arrays


def _may_repeat(settings: Settings, subject: Subject, method: str, options: Mapping[str, Option]) -> bool:
    """Return whether an answer may show training data, or weights."""
    family = find_family(subject.family)
    if find_method(method).may_repeat or family.makes_examples:
        return True
    spec = find_dataset(settings, subject.dataset).spec
    if spec.is_recited or "layer" not in options:
        return spec.is_recited
    return any(options["layer"] in embeddings(network) for network in family.networks(subject.config, spec))


def _check_options(options: Mapping[str, Option]) -> None:
    for name, value in options.items():
        if not isinstance(value, Option) or getattr(value, "dtype", None) == np.dtype(object):
            expected = "text, a number, a bool, None or an array"
            raise ProbeError(f"option {name} cannot be sent", expected=expected, received=f"{value!r}")


def _exchange(
    settings: Settings, header: Mapping[str, Any], sent: Mapping[str, np.ndarray], deadline_s: float
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Send one message over a new connection, and return the header and arrays of the reply."""
    until = time.monotonic() + deadline_s
    connection = _connect(settings, until)
    try:
        whole = {**header, "deadline_s": until - time.monotonic()}
        connection.send_bytes(protocol.pack(whole, sent))
        if not connection.poll(max(0.0, until - time.monotonic())):
            raise ProbeAwayError(f"the probe did not answer within {deadline_s:.0f} s", fix="Try again.")
        return protocol.unpack(connection.recv_bytes())
    except (EOFError, OSError) as error:
        raise ProbeAwayError("the probe ended before it answered", fix="A new one is starting; try again.") from error
    finally:
        connection.close()


def _connect(settings: Settings, until: float) -> Connection:
    while True:
        try:
            return _shake_hands(
                Client(str(socket_path(settings, protocol.SOCKET)), "AF_UNIX"), protocol.key(settings), until
            )
        except (OSError, EOFError, AuthenticationError) as error:
            if time.monotonic() + RETRY_S > until:
                raise ProbeAwayError("the probe is not running yet", fix="It is starting; try again soon.") from error
            time.sleep(RETRY_S)


def _shake_hands(connection: Connection, key: bytes, until: float) -> Connection:
    """Authenticate both sides by the shared key; close the connection if that fails."""
    try:
        _limit(connection, until)
        answer_challenge(connection, key)
        deliver_challenge(connection, key)
    except (OSError, EOFError, AuthenticationError):
        connection.close()
        raise
    return connection


def _limit(connection: Connection, until: float) -> None:
    """Make every later read fail at `until`, since the probe may be busy or stuck."""
    left = max(0.001, until - time.monotonic())
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        seconds, parts = divmod(left, 1)
        same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(seconds), int(parts * 1e6)))
