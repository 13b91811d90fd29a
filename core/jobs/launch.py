"""Starting our own processes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from core.settings import ROOT, Settings


def launch(command: Sequence[str], settings: Settings, log: str) -> subprocess.Popen[bytes]:
    """Start a process that outlives this one.

    Args:
        command: What to run, in the project's folder.
        settings: Of this installation; the process gets them in its environment.
        log: Name of the file in the home that takes what it prints.

    Raises:
        OSError: It cannot be started, or the log cannot be opened.
    """
    with (settings.home / log).open("ab") as file:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **settings.environment()},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
