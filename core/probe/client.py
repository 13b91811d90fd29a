"""Asking the probe: what does this network make of this image?"""

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
from core.datasets.access import check_may_see
from core.errors import ProbeAwayError, ProbeError
from core.probe import protocol
from core.probe.methods import Option, find_method
from core.settings import Settings

DEADLINE_S = 5.0
RETRY_S = 0.1


@dataclass(frozen=True)
class Subject:
    """Which network a question is about.

    Args:
        family: Its family.
        dataset: The data it is for.
        config: Its settings.
        run: A run whose saved snapshot it is; None for random weights.
        step: That snapshot.
        part: Id of one of the family's networks, or `augmentation` for the layers before it that train only.
    """

    family: str
    dataset: str
    config: Config
    run: str | None = None
    step: int | None = None
    part: str = "network"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON's view of the network; the steps that are asked about travel beside it."""
        view = {**vars(self), "config": self.config.to_dict()}
        del view["step"]
        return view


def ask(
    settings: Settings,
    subject: Subject,
    method: str,
    given: np.ndarray,
    *,
    actor: str,
    deadline_s: float = DEADLINE_S,
    **options: Option,
) -> dict[str, np.ndarray]:
    """Ask one question and wait for its answer.

    Args:
        settings: Whose probe.
        subject: The network.
        method: A key of `core.probe.methods.METHODS`, such as `feature_maps`.
        given: What goes into the network, such as an image, uint8 (height, width, channels); a method that takes many
            takes a batch of it.
        actor: Who asks.
        deadline_s: Seconds to wait for the answer.
        options: Those that the method's signature names, such as the `count` of `nearest`.

    Returns:
        Named arrays, as the method says.

    Raises:
        NotAllowedError: The answer could show data that this actor may not see.
        ProbeAwayError: The probe is not there, gave up, or took too long.
        ProbeError: It cannot answer this, and says why.
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
    actor: str,
    deadline_s: float = DEADLINE_S,
    **options: Option,
) -> dict[str, np.ndarray]:
    """Ask one question about several snapshots of a network and wait for its answer.

    Args:
        settings: Whose probe.
        subject: The network; `steps` stand in the place of its step.
        steps: The snapshots, at least one.
        method: As in `ask`.
        given: As in `ask`; every snapshot is given it.
        actor: Who asks.
        deadline_s: Seconds to wait for the whole answer.
        options: As in `ask`.

    Returns:
        Named arrays, as the method says, behind a first axis: (snapshots, ...).

    Raises:
        NotAllowedError: As `ask`.
        ProbeAwayError: As `ask`.
        ProbeError: As `ask`.
    """
    if find_method(method).may_repeat:
        check_may_see(settings, subject.dataset, actor)
    _check_json(options)
    header = {"subject": subject.to_dict(), "steps": [*steps], "method": method, "options": options}
    answer, arrays = _exchange(settings, header, given, deadline_s)
    if "error" in answer:
        raise ProbeError(answer["error"].rstrip("."))
    return arrays


def _check_json(options: Mapping[str, Option]) -> None:
    for name, value in options.items():
        if not isinstance(value, Option):
            raise ProbeError(
                f"option {name} cannot be sent", expected="text, a number, a bool or None", received=f"{value!r}"
            )


def _exchange(
    settings: Settings, header: Mapping[str, Any], given: np.ndarray, deadline_s: float
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Send one message over a connection of its own, and return the header and the arrays of what comes back."""
    until = time.monotonic() + deadline_s
    connection = _connect(settings, until)
    try:
        whole = {**header, "deadline_s": until - time.monotonic()}
        connection.send_bytes(protocol.pack(whole, {"given": given}))
        if not connection.poll(max(0.0, until - time.monotonic())):
            raise ProbeAwayError(f"the probe did not answer within {deadline_s:.0f} s", fix="Try again.")
        return protocol.unpack(connection.recv_bytes())
    except (EOFError, OSError) as error:
        raise ProbeAwayError("the probe ended before it answered", fix="Another one is starting; try again.") from error
    finally:
        connection.close()


def _connect(settings: Settings, until: float) -> Connection:
    while True:
        try:
            return _shake_hands(Client(protocol.address(settings), "AF_UNIX"), protocol.key(settings), until)
        except (OSError, EOFError, AuthenticationError) as error:
            if time.monotonic() + RETRY_S > until:
                raise ProbeAwayError("the probe is not running yet", fix="It is starting; try again soon.") from error
            time.sleep(RETRY_S)


def _shake_hands(connection: Connection, key: bytes, until: float) -> Connection:
    """Prove to each other that both know the key; close the connection if not."""
    try:
        _limit(connection, until)
        answer_challenge(connection, key)
        deliver_challenge(connection, key)
    except (OSError, EOFError, AuthenticationError):
        connection.close()
        raise
    return connection


def _limit(connection: Connection, until: float) -> None:
    """Let the kernel end every later read that waits beyond `until`: the probe may be busy or stuck."""
    left = max(0.001, until - time.monotonic())
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        seconds, parts = divmod(left, 1)
        same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(seconds), int(parts * 1e6)))
