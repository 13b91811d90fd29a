"""Questions about the example of the page at all saved moments, whatever moment is looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from pages._ui.inside.subject import Inside
from pages._ui.probe.queries import ask_over_time
from pages._ui.shell import privacy, shell
from pages._ui.studio.untrained import follow_answer

PATIENCE_S = 0.4
DEADLINE_S = 60.0

Arrays = Mapping[str, np.ndarray]


def asker_over_time(inside: Inside) -> Callable[..., Arrays]:
    """Return a function that asks about all saved moments in any thread: (method, given, **options) -> arrays."""
    store, run, me = shell.store(), inside.run, privacy.viewer(inside.run)
    return partial(ask_over_time, store, run, inside.steps, actor=me, part=inside.part, deadline_s=DEADLINE_S)


def follow_history(
    inside: Inside, name: str, question: Callable[[], Any], show: Callable[[Any], None], *, height: int
) -> None:
    """Show an answer about the example at all moments as soon as it arrives; moving through time asks for nothing.

    Args:
        inside: The network and the example.
        name: Name of the question.
        question: Called in another thread, so it must not use `st`.
        show: Draws the answer.
        height: Height of the placeholder in pixels.
    """
    run, example = inside.run, np.ascontiguousarray(inside.example)
    mark = hashlib.sha256(example.tobytes()).hexdigest()
    follow_answer(
        f"_inside_history_{name}_{run.id}_{inside.part}",
        f"history {name} {run.id}/{run.generation} {inside.steps} {inside.part} {example.shape} {mark}",
        question,
        show,
        partial(st.skeleton, height=height),
        run.dataset,
        run=run,
        patience_s=PATIENCE_S,
        is_private=inside.family.makes_examples,  # else answers to an example of the visitor's own repeat no data
    )
