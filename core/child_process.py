"""Run our own modules as child processes, in the background or for one answer."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from typing import Any

from core.settings import ROOT, Settings

LIMIT_S = 10  # of CPU time
WAIT_S = 60  # for an answer: a busy machine gives the process little of its time
MEMORY_BYTES = 4_000_000_000  # of address space, most of which libraries only reserve


def launch(module: str, *arguments: str, settings: Settings, log: str, niceness: int = 0) -> subprocess.Popen[bytes]:
    """Start a module that outlives this process.

    Args:
        module: Dotted name.
        arguments: Command line arguments.
        settings: Settings of this installation, passed in the environment.
        log: Name of the file in the home that receives its output.
        niceness: Increment of its niceness, 0 to 19.

    Raises:
        OSError: The process cannot start, or the log cannot be opened.
    """
    command, place = _child(module, arguments, settings)
    if niceness:
        command = ["nice", "-n", str(niceness), *command]
    with (settings.home / log).open("ab") as file:
        return subprocess.Popen(
            command, **place, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )


def ask_apart(module: str, *arguments: str, data: bytes = b"", settings: Settings | None = None) -> bytes | None:
    """Run a module that starts with `limit_this_process`, and return its output.

    The limits keep a hostile file from harming this process.

    Args:
        module: Dotted name.
        arguments: Command line arguments.
        data: Standard input.
        settings: Settings passed in the environment; None if it reads none.

    Returns:
        Standard output; None if it cannot start, exceeded its time or memory, or failed.
    """
    command, place = _child(module, arguments, settings)
    try:
        done = subprocess.run(command, **place, input=data, capture_output=True, timeout=WAIT_S)
    except (subprocess.TimeoutExpired, OSError):
        return None
    return None if done.returncode else done.stdout


def limit_this_process() -> None:
    """Limit this process's CPU time and memory; the kernel enforces it even inside a native decoder."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _child(module: str, arguments: tuple[str, ...], settings: Settings | None) -> tuple[list[str], dict[str, Any]]:
    """Return the command that runs one of our modules, and its folder and environment."""
    environment = {**os.environ, **(settings.environment() if settings else {})}
    return [sys.executable, "-m", module, *arguments], {"cwd": ROOT, "env": environment}
