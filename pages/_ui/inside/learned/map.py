"""The test set in the plane, as a layer sees it; a cluster in a lasso, and the neighbours of the chosen input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.targets import Number
from core.figures.colours import BLUE, RUNS, VIRIDIS, WRONG
from core.figures.inside.sheet import draw_sheet
from pages._ui.components.scatter.scatter import Sheet, scatter
from pages._ui.inside.files import offer
from pages._ui.inside.learned.chosen import affordable, asker, choose_layer, of_all, stages
from pages._ui.inside.learned.cluster import draw_cluster, examples_of
from pages._ui.inside.learned.neighbours import draw_neighbours
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.shell import words

SHOWN, ROUNDS, UPDATES = 1_000, 3, 250  # examples; rounds of t-SNE, and the updates of each
WAYS = {"pca": "PCA", "tsne": "t-SNE"}
COLOURS = {"class": "Class", "right": "Right or wrong"}
HEIGHT = 440
_ROUNDS = "_inside_rounds"  # session key: how far t-SNE is for each network and layer


@dataclass(frozen=True, eq=False)
class Map:
    """A map and what it is of.

    Args:
        layer, way: As asked for.
        rounds: Rounds of t-SNE that are done.
        found: The probe's answer.
        sheet: Pictures of the examples.
    """

    layer: str
    way: str
    rounds: int
    found: Arrays
    sheet: Sheet


def draw_map(inside: Inside) -> None:
    """Draw the map, what is in the lasso, and the nearest neighbours of the chosen input."""
    st.caption(
        f"Each dot is a test {inside.dataset.spec.features.noun}; those that the layer finds alike lie near each other."
        " PCA keeps large distances; t-SNE keeps neighbours, and its distances between clusters mean little."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = choose_layer(inside, len(stages(inside)) - 2, with_input=True)
        way = _choose("Map", WAYS, "inside_way")
        colours = {"class": "Value", "right": "Error"} if inside.dataset.spec.num_classes == 0 else COLOURS
        colour = _choose("Colours", colours, "inside_colours")
        progress = st.container(width="stretch")
    same, memory = (inside.run.id, inside.run.generation, inside.step, layer), st.session_state.setdefault(_ROUNDS, {})
    rounds = memory.get(same, 1) if way == "tsne" else 1
    bare, ask, images, count = of_all(inside), asker(inside), examples_of(inside), affordable(inside, SHOWN)

    def question() -> Map:
        found = ask("feature_map", layer=layer, way=way, rounds=rounds, count=count)
        is_image = inside.dataset.spec.is_image
        return Map(layer, way, rounds, found, Sheet(*draw_sheet(images(found["rows"]))) if is_image else Sheet())

    def show(drawn: Map) -> None:
        if drawn.way == "tsne":
            _say_progress(progress, drawn)
        _draw(inside, drawn, colour)
        is_it = (drawn.layer, drawn.way, drawn.rounds) == (layer, "tsne", rounds)  # not the one before
        if is_it and rounds < ROUNDS:
            memory[same] = rounds + 1
            st.rerun()

    if bare.follow("map", question, show, given=(layer, way, rounds), height=HEIGHT):
        draw_neighbours(inside, layer)


def _choose(label: str, options: dict[str, str], key: str) -> str:
    first = next(iter(options))
    chosen = st.segmented_control(
        label, list(options), default=first, format_func=lambda one: options.get(one, one), required=True, key=key
    )
    return str(chosen) if chosen in options else first


def lasso_key(inside: Inside) -> str:
    """Return the session key of the rows of the test set in the lasso, which other views may use too."""
    return f"inside_lasso_{inside.run.dataset}"


def _say_progress(place: DeltaGenerator, drawn: Map) -> None:
    done = drawn.rounds * UPDATES
    place.progress(drawn.rounds / ROUNDS, f"t-SNE: {done:,} of {ROUNDS * UPDATES:,} updates")


def _draw(inside: Inside, drawn: Map, colour: str) -> None:
    found = drawn.found
    rows, truth, answers = found["rows"], found["truth"], found["answers"]
    chosen = np.flatnonzero(np.isin(rows, st.session_state.get(lasso_key(inside), ())))
    _dots(inside, drawn, colour, chosen)
    columns = {"row": rows, "x": found["places"][:, 0], "y": found["places"][:, 1], "true": truth}
    offer(inside, f"map-{drawn.layer}", table=partial(pd.DataFrame, columns), key="map")
    if len(chosen):
        draw_cluster(inside, rows, truth, answers, chosen)


def _dots(inside: Inside, drawn: Map, colour: str, chosen: np.ndarray) -> None:
    """Draw the dots, of which those at the places `chosen` are in the lasso."""
    found, spec, key = drawn.found, inside.dataset.spec, lasso_key(inside)
    rows, truth, answers = found["rows"], found["truth"], found["answers"]
    kinds, palette, labels, wrong = _coloured(inside, colour, truth, answers)
    axes = ("t-SNE, no unit", "t-SNE, no unit") if drawn.way == "tsne" else _variance(found["shares"])
    mine = [] if inside.index is None else np.flatnonzero(rows == inside.index).tolist()

    def choose(dots: list[int]) -> None:
        st.session_state[key] = [int(rows[dot]) for dot in dots]

    scatter(
        found["places"],
        kinds,
        key="inside_map",
        alt=f"{len(rows):,} test {spec.kind} as {drawn.layer} sees them, by {WAYS[drawn.way]}",
        axes=axes,
        colours=palette,
        labels=labels,
        wrong=wrong,
        texts=_texts(inside, rows, truth, answers),
        sheet=drawn.sheet,
        chosen=chosen.tolist(),
        marked=mine,
        on_choose=choose,
    )
    _legend(spec.num_classes, colour, len(rows), int(np.sum(wrong)))


def _coloured(
    inside: Inside, colour: str, truth: np.ndarray, answers: np.ndarray
) -> tuple[list[int], list[str], list[str], list[bool]]:
    """Return the kind of each dot, a colour and a label for each kind, and which dots are wrong."""
    spec = inside.dataset.spec
    if isinstance(spec.target, Number):
        value = np.abs(answers[:, 0] - truth) if colour == "right" else truth
        place = np.searchsorted(np.quantile(value, np.linspace(0, 1, len(VIRIDIS) + 1)[1:-1]), value)
        return place.tolist(), list(VIRIDIS), [], [False] * len(truth)
    wrong = answers.argmax(1) != truth
    if colour == "right":
        return wrong.astype(int).tolist(), [BLUE, WRONG], [], wrong.tolist()
    palette = [RUNS[at % len(RUNS)] for at in range(spec.num_classes)]
    return truth.tolist(), palette, [name[:14] for name in spec.classes], wrong.tolist()


def _legend(classes: int, colour: str, count: int, wrong: int) -> None:
    if not classes:
        what = "error" if colour == "right" else "true value"
        st.caption(f"{count:,} examples; dark is a low {what}, bright a high one, in nine equal groups.")
    else:
        st.caption(f"{count:,} examples of the test set. A cross is a wrong answer: {wrong:,} of them.")


def _variance(shares: np.ndarray) -> tuple[str, str]:
    first, second = (f"component {at + 1}, {words.percent(float(shares[at]), 0)} of the variance" for at in range(2))
    return first, second


def _texts(inside: Inside, rows: np.ndarray, truth: np.ndarray, answers: np.ndarray) -> list[str]:
    spec = inside.dataset.spec
    noun, classes = spec.features.noun, spec.classes
    if not classes:
        return [f"Test {noun} {r}\n{t:.4g}, says {a[0]:.4g}" for r, t, a in zip(rows, truth, answers, strict=True)]
    said, sure = answers.argmax(1), answers.max(1)
    return [
        f"Test {noun} {r}\nis {classes[t]}, says {classes[s]} ({100 * p:.0f} %)"
        for r, t, s, p in zip(rows, truth, said, sure, strict=True)
    ]
