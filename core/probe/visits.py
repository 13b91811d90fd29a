"""Those who come to the probe: each proves who it is, and is answered when it is its turn."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import NoReturn

from core.probe import protocol
from core.settings import Settings

GRACE_S = 5.0  # a question that overruns its deadline by so much ends the process
LONGEST_QUESTION = 64 * 2**20  # bytes

Answer = Callable[[bytes], bytes]


def open_socket(settings: Settings) -> Listener:
    """Return the probe's socket; one that an earlier probe left is replaced."""
    place = Path(protocol.address(settings))
    place.unlink(missing_ok=True)
    old = os.umask(0o177)  # the socket is the owner's alone: 0600
    try:
        return Listener(str(place), "AF_UNIX")
    finally:
        os.umask(old)


def attend_all(listener: Listener, key: bytes, answer: Answer) -> NoReturn:
    """Attend to everybody who comes, for ever.

    Args:
        listener: Where they come.
        key: What they have to know.
        answer: Question -> answer; asked one question after another.
    """
    turn = threading.Lock()
    while True:  # a thread a visitor, so that one who says nothing keeps nobody waiting
        with suppress(OSError):  # that visitor has gone already
            connection = listener.accept()
            threading.Thread(target=attend, args=(connection, key, answer, turn), daemon=True).start()


def attend(connection: Connection, key: bytes, answer: Answer, turn: threading.Lock) -> None:
    """Let one visitor prove who they are, and answer their question when it is their turn."""
    try:
        with connection:
            deliver_challenge(connection, key)
            answer_challenge(connection, key)
            message, arrived = connection.recv_bytes(LONGEST_QUESTION), time.monotonic()
            patience = protocol.unpack(message)[0].get("deadline_s", GRACE_S)
            with turn:
                if time.monotonic() - arrived < patience:
                    with _limit(patience + GRACE_S):
                        connection.send_bytes(answer(message))
    except (OSError, EOFError, AuthenticationError, ValueError, KeyError):
        return  # that visitor is gone or was nobody of ours


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """End the process if the block takes far too long, so that another can take over."""
    timer = threading.Timer(seconds, os._exit, (4,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
