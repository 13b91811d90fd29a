"""Our own modules as processes of their own: those that live on, and those that only answer."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from typing import Any

from core.settings import ROOT, Settings

LIMIT_S = 10  # of processor time, and of waiting for an answer
MEMORY_BYTES = 4_000_000_000  # of addresses, most of which the libraries only reserve


def launch(module: str, *arguments: str, settings: Settings, log: str, niceness: int = 0) -> subprocess.Popen[bytes]:
    """Start a module that outlives this process.

    Args:
        module: Its dotted name.
        arguments: Of its command line.
        settings: Of this installation; the process gets them in its environment.
        log: Name of the file in the home that takes what it prints.
        niceness: How far it stands back behind others.

    Raises:
        OSError: It cannot be started, or the log cannot be opened.
    """
    command, place = _child(module, arguments, settings)
    if niceness:
        command = ["nice", "-n", str(niceness), *command]
    with (settings.home / log).open("ab") as file:
        return subprocess.Popen(
            command, **place, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )


def ask_apart(module: str, *arguments: str, data: bytes = b"", settings: Settings | None = None) -> bytes | None:
    """Run a module that begins with `limit_this_process`, and return what it writes.

    A hostile file costs seconds there, and nothing here.

    Args:
        module: Its dotted name.
        arguments: Of its command line.
        data: Its standard input.
        settings: Those that it reads from its environment; None if it reads none.

    Returns:
        Its standard output; None if it was too slow, needs too much memory, or has died.
    """
    command, place = _child(module, arguments, settings)
    try:
        done = subprocess.run(command, **place, input=data, capture_output=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else done.stdout


def limit_this_process() -> None:
    """Let the kernel end this process if it needs too much, also within a decoder that never returns."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _child(module: str, arguments: tuple[str, ...], settings: Settings | None) -> tuple[list[str], dict[str, Any]]:
    """Return the command of a process that runs one of our modules, and its folder and environment."""
    environment = {**os.environ, **(settings.environment() if settings else {})}
    return [sys.executable, "-m", module, *arguments], {"cwd": ROOT, "env": environment}
