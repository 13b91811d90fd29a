"""The version of the code that a process runs, so that outdated processes are replaced."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_CORE = Path(__file__).parents[1]


def code_version() -> str:
    """Return a hash of the names, sizes and modification times of core's files."""
    found = []
    for folder, folders, files in os.walk(_CORE):  # not pathlib: a foreman looks twice a second
        folders[:] = [name for name in folders if name != "__pycache__"]
        for path in (os.path.join(folder, name) for name in files if name.endswith(".py")):
            stat = os.stat(path)
            found.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()[:16]
