"""Questions to the probe that no page waits for: asked in the background, shown when they are answered."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Any

import streamlit as st

from core.errors import GlassboxError, ProbeAwayError, ProbeError

KEPT = 100
AGAIN_S = 10.0  # so long a failure is the answer; then it is asked anew
ASKERS = 2


class Looks:
    """Answers by key, each asked for once; the oldest are forgotten.

    Args:
        kept: How many are remembered.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._pool = ThreadPoolExecutor(ASKERS, thread_name_prefix="look")
        self._answers: OrderedDict[str, Future[Any]] = OrderedDict()
        self._failed_at: dict[str, float] = {}
        self._guard = threading.Lock()

    def get(self, key: str, question: Callable[[], Any], *, patience_s: float) -> Any:
        """Return the answer to a question; None if there is none yet.

        Args:
            key: Says all that the answer depends on.
            question: Called in another thread, so it may not use `st`.
            patience_s: How long to wait for it here.

        Raises:
            ProbeError: It cannot be answered, and why.
        """
        with self._guard:
            if key not in self._answers:
                self._answers[key] = self._pool.submit(question)
                while len(self._answers) > self._kept:
                    oldest, answer = self._answers.popitem(last=False)
                    answer.cancel()
                    self._failed_at.pop(oldest, None)
            self._answers.move_to_end(key)
            asked = self._answers[key]
        try:
            return asked.result(timeout=patience_s)
        except NotYet:
            return None
        except CancelledError:
            return None
        except Exception as error:
            if isinstance(error, ProbeError) and not isinstance(error, ProbeAwayError):
                raise  # it was refused, and would be again
            is_away = isinstance(error, ProbeAwayError)
            with self._guard:
                failed_at = self._failed_at.setdefault(key, time.monotonic())
                if is_away or time.monotonic() - failed_at > AGAIN_S:  # the next look asks anew
                    self._answers.pop(key, None)
                    del self._failed_at[key]
            if is_away:  # another one is on its way
                return None
            if isinstance(error, GlassboxError):
                raise
            raise ProbeError(
                "this network could not be looked at", received=f"{type(error).__name__}: {error}"
            ) from error

    def known(self, key: str) -> Any:
        """Return an answer that is there; None if it is not."""
        with self._guard:
            asked = self._answers.get(key)
        return asked.result() if asked and asked.done() and not asked.cancelled() and not asked.exception() else None


@st.cache_resource
def looks() -> Looks:
    """Return the one of this server."""
    return Looks()
