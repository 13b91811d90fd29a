"""How long a question may take: what takes long looks between its batches whether somebody still waits."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import ProbeError

_this = threading.local()


@contextmanager
def patience(until: float) -> Iterator[None]:
    """Let `check_patience` in this thread refuse from a moment of `time.monotonic` on."""
    _this.until = until
    try:
        yield
    finally:
        _this.until = math.inf


def check_patience() -> None:
    """Check that somebody still waits for the answer that this thread computes.

    Raises:
        ProbeError: Nobody does.
    """
    if time.monotonic() > getattr(_this, "until", math.inf):
        raise ProbeError(
            "this network is too large for this question: it takes too long on this server",
            fix="Ask about fewer examples, or open a smaller network.",
        )
