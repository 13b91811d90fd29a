"""What travels between a page and the probe: JSON and arrays, never pickles."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.settings import Settings

LONGEST_SOCKET_PATH = 100  # of 108 bytes on Linux, 104 on macOS


def address(settings: Settings) -> str:
    """Return the path of the probe's socket; in a private temporary folder if the home's is too long."""
    path = settings.home / "probe.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return str(path)
    mark = hashlib.sha256(os.fsencode(settings.home)).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"glassbox-{os.getuid()}-{mark}"
    place.mkdir(mode=0o700, exist_ok=True)
    return str(place / "probe.sock")


def key(settings: Settings) -> bytes:
    """Return the secret that both sides know, made at first use."""
    path = settings.home / "probe.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
    return path.read_bytes()


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return one message."""
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    named = {f"array|{name.replace('/', '|')}": array for name, array in arrays.items()}
    np.savez(buffer, allow_pickle=False, header=text, **named)
    return buffer.getvalue()


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header and the arrays of a message."""
    with np.load(io.BytesIO(message), allow_pickle=False) as file:
        header = json.loads(file["header"].tobytes())
        arrays = {name[6:].replace("|", "/"): file[name] for name in file.files if name.startswith("array|")}
    return header, arrays
