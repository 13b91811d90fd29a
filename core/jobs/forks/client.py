"""Ask the fork server for processes, and how they ended."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

import psutil

from core.settings import Settings
from core.sockets import socket_path

CAN_FORK = sys.platform == "linux"  # elsewhere system libraries do not survive a fork
ANSWER_S = 10.0  # a fork takes 20 ms
LONGEST = 2**17  # bytes of a message, most of them the environment
SHARED = "GLASSBOX_FORKS"  # names the socket of a fork server that several homes share


class Child:
    """A forked process; like `subprocess.Popen` to those who wait for its end.

    Args:
        pid: Its process id.
        forks: The connection to the server that forked it.
    """

    def __init__(self, pid: int, forks: Forks) -> None:
        self.pid, self._forks = pid, forks
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the process lives."""
        if self._code is None:
            self._code = self._forks.exit_code(self.pid)
        return self._code


class Forks:
    """A connection to a home's fork server.

    Args:
        settings: The home's settings.
        version: Version of the code that the server must have imported.
    """

    def __init__(self, settings: Settings, version: str) -> None:
        self._settings = settings
        self._server: socket.socket | None = None
        self.address = os.environ.get(SHARED) or str(socket_path(settings, f"forks-{version[:8]}.sock"))

    def connect(self) -> bool:
        """Return whether the server listens, which it does once it has imported TensorFlow."""
        if self._server is None:
            server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            server.settimeout(ANSWER_S)
            try:
                server.connect(self.address)
            except OSError:
                server.close()
                return False
            self._server = server
        return True

    def start(self, module: str, arguments: Sequence[str], *, log: str, niceness: int) -> Child:
        """Fork a process that runs a module; `connect` comes first.

        Args:
            module: Dotted name.
            arguments: Command line arguments.
            log: Name of the file in the home that receives its output.
            niceness: Increment of its niceness, 0 to 19.

        Raises:
            OSError: The server has gone, or cannot fork.
        """
        settings = self._settings
        environment = {**os.environ, **settings.environment()}
        about = {"module": module, "arguments": list(arguments), "niceness": niceness}
        answer = self._ask({**about, "log": str(settings.home / log), "environment": environment})
        if "pid" not in answer:
            raise OSError(answer["error"])
        return Child(answer["pid"], self)

    def exit_code(self, pid: int) -> int | None:
        """Return how a process ended; 0 if its server has gone with the answer, None while it lives."""
        with suppress(OSError):
            answer = self._ask({"ended": pid})
            if "code" in answer:
                return cast("int | None", answer["code"])
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:  # which nobody may ever collect
                return None
        return 0

    def close(self) -> None:
        """Leave the server, which ends once nobody needs it."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            if self._server is None:
                raise OSError("the fork server is not connected")
            self._server.send(json.dumps(question).encode())
            answer = self._server.recv(LONGEST)
            if not answer:
                raise OSError("the fork server has ended")
        except OSError:
            self.close()
            raise
        return dict(json.loads(answer))
