"""Over time: the biography of the example, its film, and the test examples that were forgotten most often."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.classifier.forgetting import tell_biography
from core.analysis.classifier.snapshots import tell_snapshots
from core.datasets.targets import Number
from core.figures.inside.strip import draw_value, strip
from core.figures.pictures import colour, to_png
from core.runs.visible import examples_seen
from pages._ui.components.charts.chart import chart
from pages._ui.inside.files import offer
from pages._ui.inside.moments.film import offer_film
from pages._ui.inside.moments.forgotten import draw_forgotten
from pages._ui.inside.moments.history import Arrays, asker_over_time, follow_history
from pages._ui.inside.moments.made import draw_made
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy, shell, words

HEIGHT = 300
METHOD = "test_answers"  # in the lane of slow questions: it loads every snapshot


def draw_moments(inside: Inside) -> None:
    """Draw the view."""
    if inside.example is None:
        st.caption("Draw something, or choose an example: here is then what the network said of it, moment by moment.")
    elif not inside.takes_examples:
        draw_made(inside)
    else:
        ask, example = asker_over_time(inside), inside.example
        follow_history(inside, "answers", lambda: ask(METHOD, example[None]), partial(_show, inside), height=HEIGHT)
        if inside.dataset.spec.classes and inside.dataset.spec.is_image and inside.part == "network":
            offer_film(inside)
    if inside.dataset.spec.classes and inside.part == "network":
        draw_forgotten(inside)


def _show(inside: Inside, found: Arrays) -> None:
    """Draw the answers to the example at all moments, (moments, 1, classes or 1)."""
    [(name, answers)] = found.items()
    answers = answers[:, 0]
    if name == "probabilities":
        _strip(inside, answers)
        return
    is_number = isinstance(inside.dataset.spec.target, Number) and inside.part == "network"
    title = inside.dataset.spec.target.unit or "predicted" if is_number else "score: higher is more real"
    values = answers[:, inside.truth if answers.shape[1] > 1 and inside.truth is not None else 0]
    st.markdown(f"**{_value_words(inside, values)}**")
    truth = _true_value(inside) if is_number else None
    figure = draw_value(inside.steps, values, title, truth=truth, chosen=inside.step)
    chart(figure, key="moments_value", alt=f"{title} at {len(values)} saved moments")
    table = partial(pd.DataFrame, {"step": inside.steps, title.partition(":")[0]: values})
    offer(inside, "over_time", table=table, key="moments", of_example=True)


def _true_value(inside: Inside) -> float | None:
    """Return the true number of a test example; None of any other."""
    if inside.index is None or not inside.sees:
        return None
    return float(examples_seen(shell.store(), inside.run, privacy.viewer(inside.run)).y_test[inside.index])


def _strip(inside: Inside, probabilities: np.ndarray) -> None:
    classes, truth = inside.dataset.spec.classes, inside.truth
    if truth is not None:
        said = tell_biography(inside.steps, probabilities.argmax(1).tolist(), truth)
    else:
        said = tell_snapshots(inside.steps, probabilities, classes)
    st.markdown(f"**{words.plain(said)}**")
    st.html(strip(inside.steps, probabilities, classes, truth=truth, chosen=inside.step))
    offer(
        inside,
        "over_time",
        png=to_png(colour(probabilities.T, "sequential", 0.0, 1.0)),
        numbers={"steps": np.array(inside.steps), "probabilities": probabilities},
        table=partial(pd.DataFrame, {"step": inside.steps, **dict(zip(classes, probabilities.T, strict=True))}),
        key="moments",
        of_example=True,
    )


def _value_words(inside: Inside, values: np.ndarray) -> str:
    now, last = (words.number(float(values[place])) for place in (inside.steps.index(inside.step), -1))
    later = "" if inside.step == inside.steps[-1] else f", {last} at the newest moment"
    return f"{now} at step {inside.step:,}{later}."
