"""The fork server: import TensorFlow once, then fork processes that need it.

    python -m core.jobs.forks.server SOCKET

A forked probe is ready in 0.4 s instead of 4 s and shares 250 MB of memory with the server (`benchmarks/forks.py`).
That is safe before TensorFlow has done anything, so the server never does: it imports, and has no thread of its own.
"""

from __future__ import annotations

import gc
import json
import os
import select
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from setproctitle import getproctitle, setproctitle

from core.jobs.forks.client import LONGEST
from core.jobs.tasks import TASKS
from core.jobs.version import code_version
from core.locks import FileLock
from core.resolve import resolve

MODULES = ("core.jobs.worker", "core.probe.server")  # that may be forked
ALONE_S = 20.0  # the server ends after this time without a foreman
LOOK_S = 1.0


class Server:
    """Listens to foremen.

    Args:
        place: Path of its socket.
    """

    def __init__(self, place: Path) -> None:
        self._version = code_version()
        self._codes = dict[int, int | None]()  # of processes whose end nobody has asked for; None of those that live
        place.unlink(missing_ok=True)
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        old = os.umask(0o177)  # only the owner may connect: 0600
        try:
            self._door.bind(str(place))
        finally:
            os.umask(old)
        self._door.listen()
        self._guests: list[socket.socket] = []

    def serve(self) -> dict[str, Any] | None:
        """Answer until nobody is there; in a forked process, return what it shall be."""
        last_seen = time.monotonic()
        while self._guests or time.monotonic() - last_seen < ALONE_S:
            if self._guests:
                last_seen = time.monotonic()
            for ready in select.select([self._door, *self._guests], [], [], LOOK_S)[0]:
                if ready is self._door:
                    self._guests.append(self._door.accept()[0])
                elif (role := self._attend(ready)) is not None:
                    return role
            self._reap()
        return None

    def close(self) -> None:
        """Close every socket."""
        for one in (self._door, *self._guests):
            one.close()

    def _attend(self, guest: socket.socket) -> dict[str, Any] | None:
        """Answer one question; in a forked process, return what it shall be."""
        try:
            if not (message := guest.recv(LONGEST)):
                raise EOFError
            question = json.loads(message)
            answer = self._answer(question)
            if answer.get("pid") == 0:
                return dict(question)
            guest.send(json.dumps(answer).encode())
        except (OSError, EOFError, ValueError):  # it has left, or its message was too long
            self._guests.remove(guest)
            guest.close()
        return None

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if "ended" in question:
            return self._ended(question["ended"])
        if question["module"] not in MODULES:
            return {"error": f"{question['module']} is not forked"}
        if code_version() != self._version:
            return {"error": "the code has changed"}
        try:
            pid = os.fork()
        except OSError as error:  # no memory, or too many processes
            return {"error": str(error)}
        self._codes[pid] = None
        return {"pid": pid}

    def _ended(self, pid: int) -> dict[str, Any]:
        """Return how a process ended; nothing of one that another server has forked."""
        self._reap()
        if pid not in self._codes:
            return {}
        if (code := self._codes[pid]) is not None:
            del self._codes[pid]
        return {"code": code}

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._codes[ended[0]] = os.waitstatus_to_exitcode(ended[1])


def import_all() -> None:
    """Import what workers and the probe need."""
    from core.training.process.device import import_keras

    import_keras()
    import core.jobs.worker
    import core.probe.server  # noqa: F401
    from core.probe.methods import METHODS

    for task in TASKS.values():
        if task.begin:
            for name in filter(None, (task.does, task.warm_up, task.can_go_on, task.renew)):
                resolve(name)
    for method in METHODS.values():
        method.load()
    gc.collect()
    gc.freeze()  # a collection would copy the pages that all share


def become(role: dict[str, Any]) -> None:
    """Turn this forked process into a module that runs as if it had been started by itself."""
    os.setsid()
    os.nice(role["niceness"])
    os.environ.clear()
    os.environ.update(role["environment"])
    log = os.open(role["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, standard in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, standard)
    os.close(log)
    os.close(nothing)
    np.random.seed()
    sys.argv = [role["module"], *role["arguments"]]
    # As its own command would read; and whose it is, since its environment is its parent's to other programs.
    setproctitle(" ".join([sys.executable, "-m", *sys.argv, f"GLASSBOX_HOME={os.environ['GLASSBOX_HOME']}"]))
    resolve(f"{role['module']}:main")()


def main() -> None:
    """Run the fork server of a socket, unless there is one."""
    place = Path(sys.argv[1])
    lock = FileLock(place.with_suffix(".lock"))
    if not lock.acquire_soon():
        return
    getproctitle()  # finds the title's memory, by the environment as it was at the start
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import_all()
    server = Server(place)
    role = server.serve()
    server.close()
    if role is None:
        place.unlink(missing_ok=True)
        lock.release()
        return
    lock.release()
    become(role)


if __name__ == "__main__":
    main()
