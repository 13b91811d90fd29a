"""Decoding that a process of its own does: a hostile file costs seconds there, and nothing here."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

from core.settings import ROOT, Settings

LIMIT_S = 10  # of processor time, and of waiting
MEMORY_BYTES = 4_000_000_000  # of addresses, most of which the libraries only reserve


def ask_apart(module: str, *arguments: str, data: bytes = b"", settings: Settings | None = None) -> bytes | None:
    """Run a module that begins with `limit_this_process`, and return what it writes.

    Args:
        module: Its dotted name.
        arguments: Of its command line.
        data: Its standard input.
        settings: Those that it reads from its environment; None if it reads none.

    Returns:
        Its standard output; None if it was too slow, needs too much memory, or has died.
    """
    environment = {**os.environ, **(settings.environment() if settings else {})}
    command = [sys.executable, "-m", module, *arguments]
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, input=data, capture_output=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else done.stdout


def limit_this_process() -> None:
    """Let the kernel end this process if it needs too much, also within a decoder that never returns."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
