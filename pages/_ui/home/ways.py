"""The ways in which anybody can try a network out, by what it has learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from core.datasets import DataSpec
from core.datasets.series.long import is_long
from core.runs.predict import answers_pictures, answers_sounds, answers_texts
from core.runs.translating import translates
from core.runs.writing import writes
from core.store import Run
from pages._ui.shell import words


@dataclass(frozen=True)
class Way:
    """A way to try a network out.

    Args:
        takes: (run, shape of its data) -> whether the run can be tried so.
        page: Function that draws it, as `module:name`; it is given the run and its data set.
        invitation: What whoever opens the link can do.
        result: (test results by name, their suffix) -> how good it is, a sentence; "" if that is not known.
        question: What it answers, as the title; "" for one about the classes of its data.
    """

    takes: Callable[[Run, DataSpec], bool]
    page: str
    invitation: str
    result: Callable[[Run, str], str]
    question: str = ""


def _accuracy(of: str, run: Run, which: str) -> str:
    accuracy = run.summary.get(f"test_accuracy_{which}")
    return "" if accuracy is None else f" It reads {words.percent(accuracy)} of unseen {of} correctly."


def _surprise(run: Run, which: str) -> str:
    nats = run.summary.get(f"test_nats_{which}")
    return "" if nats is None else f" Unseen text surprises it by {nats:.3f} nats a character."


def _exact(run: Run, which: str) -> str:
    share = run.summary.get(f"test_exact_{which}")
    return "" if share is None else f" It answers {words.percent(share)} of unseen texts without a mistake."


def _error(run: Run, which: str) -> str:
    rmse = run.summary.get(f"test_rmse_{which}")
    return "" if rmse is None else f" On unseen steps its typical error (RMSE) is {words.number(rmse)}."


PICTURES = Way(
    answers_pictures,
    "pages._ui.home.try_it:try_pictures",
    "Whoever opens it can try this network on pictures of their own.",
    partial(_accuracy, "pictures"),
)
TEXTS = Way(
    answers_texts,
    "pages._ui.home.try_text:try_text",
    "Whoever opens it can try this network on texts of their own.",
    partial(_accuracy, "texts"),
)
WRITING = Way(
    lambda run, spec: run.family is not None and writes(spec),
    "pages._ui.writing.try_it:try_writing",
    "Whoever opens it can let this network write on from a beginning of their own.",
    _surprise,
    "Begin a text: how does it go on?",
)
ANSWERS = Way(
    lambda run, spec: run.family is not None and translates(spec),
    "pages._ui.home.try_answers:try_answers",
    "Whoever opens it can let this network answer texts of their own.",
    _exact,
    "Type a text: what does it answer?",
)
SOUNDS = Way(
    answers_sounds,
    "pages._ui.home.try_sound:try_sound",
    "Whoever opens it can try this network on sounds of their own.",
    partial(_accuracy, "sounds"),
    "Say something: what is it?",
)
FORECASTS = Way(
    lambda run, spec: run.family is not None and is_long(spec),
    "pages._ui.home.try_forecast:try_forecast",
    "Whoever may see its data can let this network forecast on, also a series of their own.",
    _error,
    "How does it go on?",
)
WAYS = (PICTURES, TEXTS, WRITING, ANSWERS, SOUNDS, FORECASTS)


def way_of(run: Run, spec: DataSpec) -> Way | None:
    """Return the way to try a run's network out; None if there is none."""
    return next((way for way in WAYS if way.takes(run, spec)), None)
