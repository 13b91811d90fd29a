"""The layer and the unit that are looked at, kept in the link, and questions about the test set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import streamlit as st

from core.layers import Shape, total_multiply_adds, trace, written
from core.layers.stages import stage_shapes
from core.store import Run
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.shell import words

LAYER, UNIT = "inside_layer", "inside_unit"  # in the link too
INPUT = "input"
SLOW_S = 60.0  # the deadline of slow questions, as they take turns
WORK, FEWEST = 3e10, 30  # multiply-adds in one question, some 5 s; and the fewest examples, however much they cost


def stages(inside: Inside) -> dict[str, Shape]:
    """Return the stages of the network that is looked at, with the shape of each, first to last."""
    network = inside.network
    return stage_shapes(network.specs, network.input_shape)


def answer_stage(inside: Inside) -> str:
    """Return the stage whose units are the answers, the last one; "" where a score comes after all stages."""
    return "" if inside.judges else list(stages(inside))[-1]


def affordable(inside: Inside, wanted: int, passes: int = 1) -> int:
    """Return how many examples one question may take through the network so many times each, at most `wanted`."""
    network = inside.network
    adds = total_multiply_adds(trace(network.specs, network.input_shape))
    return int(max(FEWEST, min(wanted, WORK / max(1, passes * adds))))


def choose_layer(inside: Inside, default: int, *, with_input: bool = False, but_last: bool = False) -> str:
    """Draw the choice of a layer and return its name.

    Args:
        inside: What is looked at.
        default: Place of the one that is chosen at first, among all stages.
        with_input: Whether the input can be chosen too.
        but_last: Whether the last one, whose units are the answers, is left out.
    """
    shapes, answers = stages(inside), answer_stage(inside)
    names = [*([INPUT] if with_input else []), *(list(shapes)[:-1] if but_last else shapes)] or list(shapes)
    first = list(shapes)[max(-len(shapes), min(default, len(shapes) - 1))]
    linked = st.query_params.get(LAYER, "")
    at = names.index(linked if linked in names else first if first in names else names[-1])

    def said(name: str) -> str:
        if name == INPUT:
            return f"{INPUT}, {written(inside.dataset.spec.input_shape)}"
        what = "the classes" if inside.classes else "the answer"
        return f"{name}, {what}" if name == answers else f"{name}, {written(shapes[name])}"

    chosen = st.selectbox(
        "Layer",
        names,
        at,
        format_func=said,
        key=f"inside_layer_{inside.run.id}_{with_input}_{but_last}",
        width=230,
        help="Early layers find strokes and edges, later ones shapes, the last the answers.",
    )
    st.query_params[LAYER] = chosen
    return str(chosen)


def choose_unit(inside: Inside, layer: str) -> int:
    """Draw the choice of a unit, channel or class of a layer and return it."""
    shape, classes = stages(inside)[layer], inside.classes
    count, linked = shape[-1], st.query_params.get(UNIT, "")
    known = int(linked) if linked.isdecimal() and len(linked) < 7 and int(linked) < count else 0
    key = f"inside_unit_{inside.run.id}_{layer}"
    if classes and layer == answer_stage(inside):
        found = st.selectbox(
            "Class",
            range(count),
            known,
            format_func=lambda at: words.plain(classes[at]),
            key=key,
            width=180,
            help="What the network takes for this class, more than for any other thing.",
        )
    else:
        what = "Channel" if len(shape) == 3 else "Unit"
        help_text = f"Which of the {count:,} of this layer, 0 to {count - 1:,}."
        found = st.number_input(what, 0, count - 1, known, key=key, width=140, help=help_text)
    st.query_params[UNIT] = str(int(found))
    return int(found)


def of_all(inside: Inside) -> Inside:
    """Return the same without an example, for questions that do not depend on it."""
    return replace(inside, example=None, index=None, truth=None)


def asker(inside: Inside) -> Callable[..., Arrays]:
    """Return a function that asks about the test set in any thread: (method, **options, examples=none) -> arrays."""
    ask, spec, shift = inside.asker(SLOW_S), inside.dataset.spec, test_shift(inside.run)
    none = np.zeros((0, *spec.input_shape), inside.network.dtype)

    def question(method: str, *, examples: np.ndarray = none, **options: object) -> Mapping[str, np.ndarray]:
        return ask(method, examples, **options, **({} if method == "visualised" else {"test_shift": shift}))

    return question


def test_shift(run: Run) -> str:
    """Return how a run's test images are changed on purpose."""
    return str(run.config.get("test_shift", "none"))


def unit_name(inside: Inside, layer: str, unit: int) -> str:
    """Return a unit's name within a sentence: `channel 3 of conv_2`, or the name of a class."""
    classes = inside.classes
    if layer == answer_stage(inside):
        return words.plain(classes[unit]) if classes else "the number it says, standardised,"
    return f"{'channel' if len(stages(inside)[layer]) == 3 else 'unit'} {unit} of {layer}"
