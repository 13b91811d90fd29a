"""Messages between pages and the probe: JSON and arrays, never pickles."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from core.arrays import read_npz
from core.errors import ProbeError
from core.settings import Settings

ARRAY = "array|"  # prefix that keeps array names apart from the header
OPTION = "option/"  # prefix of the arrays of a question that are options
LONGEST_SOCKET_PATH = 100  # of 108 bytes on Linux, 104 on macOS


def address(settings: Settings) -> str:
    """Return the path of the probe's socket, in a private temporary folder if the home's path is too long.

    Raises:
        ProbeError: That folder is not private.
    """
    path = settings.home / "probe.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return str(path)
    mark = hashlib.sha256(os.fsencode(settings.home)).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"glassbox-{os.getuid()}-{mark}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.stat().st_uid != os.getuid() or place.stat().st_mode & 0o077:
        raise ProbeError(f"{place} belongs to somebody else", fix="Set GLASSBOX_HOME to a folder with a shorter path.")
    return str(place / "probe.sock")


def key(settings: Settings) -> bytes:
    """Return the shared secret, created at first use."""
    path = settings.home / "probe.key"
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=settings.home, prefix=".probe-") as whole:  # 0600
            whole.write(secrets.token_bytes(32))
            whole.flush()
            with suppress(FileExistsError):  # another process was faster: use its key
                os.link(whole.name, path)
    return path.read_bytes()


def pack(header: Mapping[str, object], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Encode a header and arrays as one message."""
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    named = {ARRAY + name.replace("/", "|"): array for name, array in arrays.items()}
    np.savez(buffer, allow_pickle=False, header=text, **named)
    return buffer.getvalue()


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Decode the header and the arrays of a message.

    Raises:
        ValueError: The message is malformed.
    """
    parts = read_npz(message)
    if "header" not in parts:
        raise ValueError("the message has no header")
    header = json.loads(parts.pop("header").tobytes())
    return header, {name.removeprefix(ARRAY).replace("|", "/"): array for name, array in parts.items()}
