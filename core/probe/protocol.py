"""Messages between pages and the probe: JSON and arrays, never pickles."""

from __future__ import annotations

import io
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from core.arrays import read_npz
from core.settings import Settings

SOCKET = "probe.sock"  # in the home
ARRAY = "array|"  # prefix that keeps array names apart from the header
OPTION = "option/"  # prefix of the arrays of a question that are options


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
