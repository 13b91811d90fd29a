"""Where the example comes from, and the example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets import Dataset
from core.datasets.features import Series, Tokens, Vector
from core.datasets.images.drawings import as_input
from core.datasets.prepared import is_prepared
from core.datasets.targets import NextToken
from core.families import config_of, find_family
from core.figures.pictures import grey_picture
from core.layers import NetworkSpec
from core.runs.examples.columns import looked_at
from core.runs.visible import examples_seen
from core.store import Run
from pages._ui.components.drawing.canvas import canvas, drawn
from pages._ui.components.pictures.pictures import pictures
from pages._ui.home.own_picture import BRING, TAKE, own_picture
from pages._ui.inside.given.disturb import as_seen, disturb
from pages._ui.inside.given.given import Given
from pages._ui.inside.given.made import draw_noise, made_example
from pages._ui.inside.given.row import draw_row, ranges_of, usual
from pages._ui.inside.given.sequence import own_series, own_text, test_sequence
from pages._ui.inside.given.test_set import find_images, open_row, test_image
from pages._ui.shell import privacy, shell, words

INPUT = "inside_input"  # in the link too
CANVAS, SEEN = "inside_canvas", "_inside_seen"
DRAW, TEST, MADE, TYPE, WRITE = "Draw", "Test", "Generated", "Numbers", "My text"
WIDTH, ROW_HEIGHT = 112, 480  # CSS pixels of an example, and of the box that holds a row


def draw_input(run: Run, step: int, network: NetworkSpec, *, finds: bool) -> Given:
    """Draw the choice of an example and return it.

    Args:
        run: The run.
        step: The chosen snapshot, whose generator makes examples.
        network: The network that is given it.
        finds: Whether to draw what finds test examples: not beside a view that does.
    """
    dataset = shell.dataset(run.dataset)
    spec = dataset.spec
    family = find_family(str(run.family))
    if family.inspection.noise and network.id == family.networks(config_of(run), spec)[0].id:
        return draw_noise(run)
    how = _choose_source(run, dataset, makes=family.makes_examples)
    if how is None:
        privacy.say("Its examples are")
        return Given()
    place = st.container()
    with place:
        sequence = _sequence(how, run, dataset, network)
        given = sequence or _given(how, run, step, dataset, place, finds=finds)
    given = disturb(given, spec) if spec.is_image else given
    if how in (BRING, TAKE, MADE) and spec.is_image and given.example is not None:
        pictures([grey_picture(as_seen(given.example), "the picture as the network sees it")], key=SEEN, width=WIDTH)
    return given if given.example is None else replace(given, example=given.example.astype(network.dtype))


def _sequence(how: str, run: Run, dataset: Dataset, network: NetworkSpec) -> Given | None:
    """Draw the choice of a text or a series; None of other examples."""
    features = dataset.spec.features
    if not isinstance(features, Tokens | Series):
        return None
    if how == TEST:
        return test_sequence(run, dataset, _linked(), INPUT)
    st.query_params.pop(INPUT, None)
    return own_text(dataset, network, run.id) if isinstance(features, Tokens) else own_series(features, run.id)


def open_test(run: Run, row: int) -> None:
    """In a callback: give the network a test example, for the whole page to show."""
    st.query_params[INPUT] = f"test.{row}"
    st.session_state[f"inside_source_{run.id}"] = TEST
    open_row(run, row)
    st.rerun()


def _sources(run: Run, dataset: Dataset, *, makes: bool) -> Sequence[str]:
    """Return where examples can come from, the likeliest first."""
    is_seen = privacy.sees_run(run) and is_prepared(shell.store().settings, run.dataset)
    tests = [TEST] if is_seen else []
    if isinstance(dataset.spec.features, Vector):
        return tests or ([TYPE] if privacy.sees_run(run) else [])  # what a column holds would tell of the data
    if isinstance(dataset.spec.features, Tokens):
        return [WRITE, *tests] if isinstance(dataset.spec.target, NextToken) else [*tests, WRITE]
    if isinstance(dataset.spec.features, Series):
        return [*tests, TYPE] if dataset.spec.features.hearing is None else tests
    own = [DRAW, *tests, BRING, TAKE] if dataset.spec.input_shape[-1] == 1 else [*tests, BRING, TAKE, DRAW]
    return [*tests, MADE, DRAW] if makes and is_seen else own


def _choose_source(run: Run, dataset: Dataset, *, makes: bool) -> str | None:
    """Draw the choice of where the example comes from; None if this visitor has none."""
    sources = _sources(run, dataset, makes=makes)
    if not sources:
        return None
    is_linked = st.query_params.get(INPUT, "").startswith("test.") and TEST in sources
    if len(sources) == 1:
        return sources[0]
    chosen = st.segmented_control(
        "Input",
        sources,
        default=TEST if is_linked else sources[0],
        required=True,
        key=f"inside_source_{run.id}",
        label_visibility="collapsed",
    )
    return chosen if chosen in sources else sources[0]


def _given(how: str, run: Run, step: int, dataset: Dataset, place: DeltaGenerator, *, finds: bool) -> Given:
    if how == TEST:
        return _test_example(run, dataset, finds=finds)
    st.query_params.pop(INPUT, None)
    if how == DRAW:
        return _drawing(dataset, place)
    if how == MADE:
        return made_example(run, step)
    features = dataset.spec.features
    if isinstance(features, Vector):
        return Given(draw_row(features, usual(features), run.dataset))
    return Given(own_picture(how, dataset, key=f"{SEEN}_file"), is_own=True)


def _drawing(dataset: Dataset, place: DeltaGenerator) -> Given:
    pad = drawn(CANVAS)
    example = None if pad.ink is None else as_input(pad.ink, dataset.spec, is_centred=dataset.is_centred)
    return Given(example, is_own=True, draw_paper=partial(_paper, place, pad.number))


def _paper(place: DeltaGenerator, seen: int) -> None:
    with place:
        canvas(key=CANVAS, seen=seen, label="Draw here", hint="Draw here, with mouse, finger or pen")


def _test_example(run: Run, dataset: Dataset, *, finds: bool) -> Given:
    data = examples_seen(shell.store(), run, privacy.viewer(run))
    count, noun, features = len(data.y_test), dataset.spec.features.noun, dataset.spec.features
    finder = st.container()
    with st.container(horizontal=True, vertical_alignment="center", key="inside_one"):
        picture, beside = st.container(width=WIDTH) if dataset.spec.is_image else None, st.container(width="stretch")
    index = int(
        beside.number_input(
            f"Test {noun}",
            0,
            count - 1,
            min(_linked(), count - 1),
            key=f"inside_row_{run.id}",
            help=f"Number of a {noun} of the test set, 0 to {count - 1:,}. The network has not learned from any.",
        )
    )
    st.query_params[INPUT] = f"test.{index}"
    label, classes = data.y_test[index], dataset.spec.classes
    truth = int(label) if classes else None
    if isinstance(features, Vector):
        row = np.array(data.x_test[index])
        example = draw_row(features, row, f"{run.dataset}_{index}", ranges_of(features, looked_at(data)), ROW_HEIGHT)
        is_same = bool(np.allclose(example, row, rtol=1e-5, atol=1e-6))
        if dataset.spec.target.is_predicted:
            _say(label, classes)
        if not is_same:
            return Given(example, label=float(label))
        return Given(row, index, truth, label=float(label))
    if finds:
        with finder:
            find_images(data, run, index)
    example = test_image(data, run, index)
    with picture or st.container():
        pictures([grey_picture(example, f"test {noun} {index}")], key="inside_example", width=WIDTH)
    with beside:
        _say(label, classes)
    return Given(example, index, truth, label=float(label))


def _say(label: float, classes: Sequence[str]) -> None:
    st.caption(
        f"It is **{words.name(classes[int(label)])}**." if classes else f"The true value is {words.number(label, 4)}."
    )


def _linked() -> int:
    row = st.query_params.get(INPUT, "").removeprefix("test.")
    return int(row) if row.isdecimal() and len(row) < 10 else 0
