"""The example that the network on the page Inside is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.corruptions import shifted_images
from core.datasets.features import Vector
from core.datasets.images.drawings import as_input
from core.datasets.prepared import is_prepared
from core.figures.pictures import grey_picture
from core.layers import NetworkSpec
from core.runs.visible import examples_seen
from core.store import Run
from pages._ui.components.drawing.canvas import canvas, drawn
from pages._ui.components.pictures.pictures import pictures
from pages._ui.shell import privacy, shell, words

INPUT = "inside_input"  # in the link too
CANVAS = "inside_canvas"
DRAW, TEST = "Draw", "Test set"
WIDTH = 168  # CSS pixels of an example


@dataclass(frozen=True, eq=False)
class Given:
    """An example.

    Args:
        example: uint8 (h, w, c) or float32 (n,); None if there is none yet.
        index: Row of the test set that it is, unchanged; None of any other.
        truth: Class of that test example, if it has one.
        draw_paper: Draws the canvas, after all that the drawing changes: the browser then sends the next stroke.
    """

    example: np.ndarray | None = None
    index: int | None = None
    truth: int | None = None
    draw_paper: Callable[[], None] = lambda: None


def draw_input(run: Run, network: NetworkSpec) -> Given:
    """Draw the choice of an example and return it.

    Args:
        run: The run.
        network: The network that is given it.
    """
    dataset = shell.dataset(run.dataset)
    if network.input_shape != dataset.spec.input_shape:
        return _noise(network)
    how = _choose_source(run, dataset)
    place = st.container()
    if how == DRAW:
        return _drawing(dataset, place)
    with place:
        return Given() if how is None else _test_example(run, dataset)


def give_test(run: Run, row: int) -> None:
    """Give the network a test example; in a callback. New widgets hold it: the old ones send their own values."""
    st.query_params[INPUT] = f"test.{row}"
    st.session_state[_seeding(run)] = st.session_state.get(_seeding(run), 0) + 1
    st.rerun()


def _seeding(run: Run) -> str:
    return f"_inside_given_{run.id}"


def _key(name: str, run: Run) -> str:
    number = st.session_state.get(_seeding(run), 0)
    return f"inside_{name}_{run.id}" + (f"_{number}" if number else "")


def _choose_source(run: Run, dataset: Dataset) -> str | None:
    """Draw the choice of where the example comes from; None if this visitor has none."""
    sources = [DRAW] if dataset.spec.is_image else []
    if privacy.sees_run(run) and is_prepared(shell.store().settings, run.dataset):
        sources.append(TEST)
    if not sources:
        privacy.say("Its examples are")
        return None
    is_linked = st.query_params.get(INPUT, "").startswith("test.")
    is_drawn = dataset.spec.is_image and dataset.spec.input_shape[-1] == 1 and not is_linked
    chosen = st.segmented_control(
        "Input",
        sources,
        default=sources[0] if is_drawn else sources[-1],
        required=True,
        key=_key("source", run),
        label_visibility="collapsed",
    )
    return str(chosen)


def _drawing(dataset: Dataset, place: st.delta_generator.DeltaGenerator) -> Given:
    st.query_params.pop(INPUT, None)
    pad = drawn(CANVAS)
    example = None if pad.ink is None else as_input(pad.ink, dataset.spec, is_centred=dataset.is_centred)
    return Given(example, draw_paper=partial(_paper, place, pad.number))


def _paper(place: st.delta_generator.DeltaGenerator, seen: int) -> None:
    with place:
        canvas(key=CANVAS, seen=seen, label="Draw here", hint="Draw here, with mouse, finger or pen")


def _test_example(run: Run, dataset: Dataset) -> Given:
    data = examples_seen(shell.store(), run, privacy.viewer(run))
    count, noun = len(data.y_test), dataset.spec.features.noun
    index = st.number_input(
        f"Test {noun}", 0, count - 1, min(_linked(), count - 1), key=_key("row", run), help=_help(noun, count)
    )
    st.query_params[INPUT] = f"test.{index}"
    example, label = np.array(data.x_test[index]), data.y_test[index]
    if isinstance(dataset.spec.features, Vector):
        names = dataset.spec.features.names
        st.dataframe({"column": names, "value": example}, hide_index=True, height=260)
    else:
        example = shifted_images(example[None], run.config.get("test_shift", "none"), index)[0]
        pictures([grey_picture(example, f"test {noun} {index}")], key="inside_example", width=WIDTH)
    classes = dataset.spec.classes
    truth = int(label) if classes else None
    st.caption(f"It is {words.name(classes[truth])}." if truth is not None else f"The true value is {label:.4g}.")
    return Given(example, int(index), truth)


def _linked() -> int:
    row = st.query_params.get(INPUT, "").removeprefix("test.")
    return int(row) if row.isdecimal() and len(row) < 10 else 0


def _help(noun: str, count: int) -> str:
    return f"Which {noun} of the test set, 0 to {count - 1:,}. The network has not learned from any of them."


def _noise(network: NetworkSpec) -> Given:
    seed = st.number_input("Noise", 0, 9999, 0, key=f"inside_noise_{network.id}", help="Seed of the random input.")
    return Given(np.random.default_rng(seed).normal(size=network.input_shape).astype(np.float32))
