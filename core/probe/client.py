"""Asking the probe: what does this network make of this image?"""

from __future__ import annotations

import os
import socket
import struct
import time
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, answer_challenge, deliver_challenge

import numpy as np

from core.config import Config
from core.datasets.access import check_may_see
from core.errors import ProbeAwayError, ProbeError
from core.probe import protocol
from core.settings import Settings

RETRY_S = 0.1
REPEATING = frozenset({"samples", "layers", "nearest"})  # methods that give what was learned from, or could repeat it


@dataclass(frozen=True)
class Subject:
    """Which network a question is about.

    Args:
        family: Its family.
        dataset: The data it is for.
        config: Its settings.
        run: A run whose saved moment it is; None for random weights.
        step: That moment.
        part: Id of one of the family's networks, or `augmentation` for the layers before it that train only.
    """

    family: str
    dataset: str
    config: Config
    run: str | None = None
    step: int | None = None
    part: str = "network"

    def to_dict(self) -> dict[str, object]:
        """Return JSON's view."""
        return {**vars(self), "config": self.config.to_dict()}


def ask(
    settings: Settings, subject: Subject, method: str, given: np.ndarray, *, actor: str, deadline_s: float = 5.0
) -> dict[str, np.ndarray]:
    """Ask one question and wait for its answer.

    Args:
        settings: Whose probe.
        subject: The network.
        method: An id of `core.probe.server.METHODS`, such as `feature_maps`.
        given: What goes into the network, such as an image, uint8 (height, width, channels); a method that has
            `TAKES_MANY` takes a batch of it.
        actor: Who asks.
        deadline_s: Seconds after which nobody waits any more.

    Returns:
        Named arrays, as the method says.

    Raises:
        NotAllowedError: The answer could show data that this actor may not see.
        ProbeAwayError: The probe is not there, gave up, or took too long.
        ProbeError: It cannot answer this, and says why.
    """
    if method in REPEATING:
        check_may_see(settings, subject.dataset, actor)
    until = time.monotonic() + deadline_s
    connection = _connect(settings, until)
    try:
        header = {"subject": subject.to_dict(), "method": method, "deadline_s": until - time.monotonic()}
        connection.send_bytes(protocol.pack(header, {"given": given}))
        if not connection.poll(max(0.0, until - time.monotonic())):
            raise ProbeAwayError(f"the probe did not answer within {deadline_s:.0f} s", fix="Try again.")
        answer, arrays = protocol.unpack(connection.recv_bytes())
    except (EOFError, OSError) as error:
        raise ProbeAwayError("the probe ended before it answered", fix="Another one is starting; try again.") from error
    finally:
        connection.close()
    if "error" in answer:
        raise ProbeError(answer["error"].rstrip("."))
    return arrays


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
