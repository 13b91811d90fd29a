"""Connections to the probe: authenticate each, and answer its question in the turn of its lane."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge
from typing import Any, NoReturn

from core.probe import protocol
from core.probe.patience import patience
from core.settings import Settings
from core.sockets import socket_path

GRACE_S = 5.0  # a question that overruns its deadline by more ends the process
IN_TIME = 0.9  # of the time until the deadline: a question that gives up then is still heard
LONGEST_QUESTION = 64 * 2**20  # bytes


@dataclass(frozen=True)
class Lane:
    """A queue of questions.

    Args:
        answer: Question -> answer; called for one question at a time.
        grace_s: A question that overruns its deadline by more ends the process, with all lanes.
        turn: Lock held while answering.
    """

    answer: Callable[[bytes], bytes]
    grace_s: float = GRACE_S
    turn: threading.Lock = field(default_factory=threading.Lock)


Choose = Callable[[Mapping[str, Any]], Lane]  # the header of a question -> its lane


def open_socket(settings: Settings) -> Listener:
    """Open the probe's socket; replace one that an earlier probe left."""
    place = socket_path(settings, protocol.SOCKET)
    place.unlink(missing_ok=True)
    old = os.umask(0o177)  # only the owner may connect: 0600
    try:
        return Listener(str(place), "AF_UNIX")
    finally:
        os.umask(old)


def attend_all(listener: Listener, key: bytes, choose: Choose) -> NoReturn:
    """Serve all connections, for ever.

    Args:
        listener: The probe's socket.
        key: The shared secret.
        choose: Header of a question -> its lane. Lanes do not wait for each other.
    """
    while True:  # one thread per connection, so that a silent client blocks nobody
        with suppress(OSError):  # the client has gone already
            connection = listener.accept()
            threading.Thread(target=attend, args=(connection, key, choose), daemon=True).start()


def attend(connection: Connection, key: bytes, choose: Choose) -> None:
    """Authenticate one client, and answer its question in turn.

    Args:
        connection: The client.
        key: The shared secret.
        choose: Header of a question -> its lane.
    """
    try:
        with connection:
            deliver_challenge(connection, key)
            answer_challenge(connection, key)
            message, arrived = connection.recv_bytes(LONGEST_QUESTION), time.monotonic()
            header = protocol.unpack(message)[0]
            lane, wait_s = choose(header), float(header.get("deadline_s", GRACE_S))
            with lane.turn:
                waited_s = time.monotonic() - arrived
                if waited_s < wait_s:
                    # Whoever waited long for others asks again, and is not told that their question takes too long.
                    share = IN_TIME if waited_s < wait_s / 2 else 1.0
                    with _limit(wait_s + lane.grace_s), patience(arrived + share * wait_s):
                        connection.send_bytes(lane.answer(message))
    except (OSError, EOFError, AuthenticationError, ValueError):
        return  # the client is gone, failed to authenticate, or talks nonsense


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """End the process if the block takes too long, so that a new one can take over."""
    timer = threading.Timer(seconds, os._exit, (4,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
