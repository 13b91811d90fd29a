"""Ask slow questions in the background, mostly of the probe, and cache the answers."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sized
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import streamlit as st

from core.errors import GlassboxError, ProbeAwayError, ProbeError

KEPT = 100  # answers
AGAIN_S = 10.0  # a failed question is asked again after this
ASKERS = 32  # threads: they mostly wait, slow ones for a minute, and no question waits for the answer to another

P = ParamSpec("P")
R = TypeVar("R")


class AnswerCache:
    """Answers by key, each asked for once; drops those used least recently.

    Args:
        kept: Maximum number of answers.
        failure: Error text for an unexpected failure.
    """

    def __init__(self, kept: int = KEPT, failure: str = "this network could not be inspected") -> None:
        self._kept, self._failure = kept, failure
        self._pool = ThreadPoolExecutor(ASKERS, thread_name_prefix="question")
        self._answers: OrderedDict[str, Future[Any]] = OrderedDict()
        self._failed_at: dict[str, float] = {}
        self._guard = threading.Lock()

    def get(self, key: str, question: Callable[[], Any], *, patience_s: float) -> Any:
        """Return the answer to a question; None if there is none yet.

        Args:
            key: Key of everything that the answer depends on.
            question: Called in another thread, so it must not use `st`.
            patience_s: How long to wait for the answer, in seconds.

        Raises:
            ProbeError: The question failed unexpectedly, or the probe refused it.
            GlassboxError: The question raised it.
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
            answer = asked.result(timeout=patience_s)
            if _is_empty(answer):
                self._ask_again_later(key, AGAIN_S)
            return answer
        except NotYet:
            return None
        except CancelledError:
            return None
        except Exception as error:  # the answer is kept as a failure, whatever it was, and asked for again later
            if isinstance(error, ProbeError) and not isinstance(error, ProbeAwayError):
                raise  # it would be refused again
            is_away = isinstance(error, ProbeAwayError)
            self._ask_again_later(key, 0.0 if is_away else AGAIN_S)
            if is_away:  # a new probe is starting
                return None
            if isinstance(error, GlassboxError):
                raise
            raise ProbeError(self._failure, received=f"{type(error).__name__}: {error}") from error

    def _ask_again_later(self, key: str, after_s: float) -> None:
        """Drop an answer once it is `after_s` old, so that its question is asked again."""
        with self._guard:
            failed_at = self._failed_at.setdefault(key, time.monotonic())
            if time.monotonic() - failed_at >= after_s:
                self._answers.pop(key, None)
                del self._failed_at[key]

    def known(self, key: str) -> Any:
        """Return a finished answer; None if there is none."""
        with self._guard:
            asked = self._answers.get(key)
        return asked.result() if asked and asked.done() and not asked.cancelled() and not asked.exception() else None


def _is_empty(answer: Any) -> bool:
    """Return whether an answer has no parts, or only empty ones."""
    parts = answer.values() if isinstance(answer, dict) else [answer]
    return all(part is None or _size(part) == 0 for part in parts)


def _size(part: Any) -> int:
    return part.size if isinstance(part, np.ndarray) else len(part) if isinstance(part, Sized) else 1


def kept_unless_empty(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Cache a function's newest `most` results for all visitors; compute empty ones again."""

    def keep(function: Callable[P, R]) -> Callable[P, R]:
        @st.cache_data(max_entries=most, show_spinner=False)
        @wraps(function)
        def kept(*args: P.args, **kwargs: P.kwargs) -> R:
            found = function(*args, **kwargs)
            if _is_empty(found):
                raise _NothingYetError(found)
            return found

        @wraps(function)
        def answer(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return kept(*args, **kwargs)
            except _NothingYetError as nothing:
                return nothing.args[0]

        return answer

    return keep


class _NothingYetError(Exception):
    """Carries an empty answer past the cache."""


@st.cache_resource
def answers() -> AnswerCache:
    """Return the server's cache."""
    return AnswerCache()
