"""Repair: what the network looked at in test images, and the training images that it finds most like them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.analysis.attribution.ways import WAYS
from core.analysis.classifier.classification import Answers
from core.datasets.corruptions import shifted_rows
from core.datasets.features import Image
from core.families import config_of
from core.figures.inside.overlay import heat_over
from core.figures.names import BELOW
from core.names import shortened
from core.runs.examples.marks import data_of
from core.runs.visible import examples_seen
from core.schedule.split import evenly_spread, training_rows
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.images.marking import open_mark
from pages._ui.inside.images.wall import draw_wall
from pages._ui.inside.subject import Inside
from pages._ui.inside.why.subject import convolutions_of
from pages._ui.runs.snapshots import stages_of
from pages._ui.shell import privacy, shell, words
from pages._ui.studio.untrained import follow_answer

A_PAGE = 4  # test images, each with its neighbours
NEIGHBOURS = 6
SEARCHED = 2_000  # training examples that are compared, evenly spread
WIDTH, HEIGHT = 72, 110  # CSS pixels of a picture, and of a row
DEADLINE_S = 30.0
_STYLE = """<style>@media (max-width: 640px) {
:has(> [class*="st-key-repair_beside_"]) { flex: 1 0 100%; } }</style>"""


def draw_repair(inside: Inside, answers: Answers, rows: np.ndarray) -> None:
    """Draw some test images, each with what counted in it and the training images nearest to it.

    Args:
        inside: The run.
        answers: Its answers to all test images.
        rows: Rows of the test data to go through.
    """
    st.html(_STYLE)
    noun, is_image = inside.dataset.spec.features.noun, isinstance(inside.dataset.spec.features, Image)
    counted = " with what counted for its answer," if is_image else ""
    st.caption(
        f"Each test {noun}{counted} and the training {noun}s that the network finds most like "
        f"it, of {SEARCHED:,} at most. Choose one whose label is wrong, say what is right, and train again with that."
    )
    pages = -(-len(rows) // A_PAGE)
    page = 1
    if pages > 1:
        page = st.number_input(f"Page of {pages:,}", 1, pages, 1, key=f"repair_page_{len(rows)}_{rows[0]}", width=140)
    for row in rows[(page - 1) * A_PAGE : page * A_PAGE]:
        with st.container(key=f"repair_{row}", border=True, horizontal=True):
            _draw_row(inside, answers, int(row))


def _draw_row(inside: Inside, answers: Answers, row: int) -> None:
    place = int(np.searchsorted(answers.ids, row))
    said, truth = int(answers.said[place]), int(answers.y_true[place])
    short = [shortened(name, BELOW) for name in inside.dataset.spec.classes]
    text = f"said {short[said]}, {words.percent(float(answers.confidence[place]), 0)}\nis {short[truth]}"
    with st.container(width="content"):
        draw_wall(
            inside,
            [row],
            [text],
            key=f"repair_test_{row}",
            on_pick=lambda _: open_mark(data_of(inside.run), "test", row),
        )
    example = _tested(inside, row)
    if isinstance(inside.dataset.spec.features, Image):
        with st.container(width="content"):
            _follow_heat(inside, row, example, said)
    with st.container(width="stretch", key=f"repair_beside_{row}"):
        _follow_nearest(inside, row, example, short)


def _tested(inside: Inside, row: int) -> np.ndarray:
    x_test = examples_seen(shell.store(), inside.run, privacy.viewer(inside.run)).x_test
    example: np.ndarray = shifted_rows(x_test, [row], inside.run.config.get("test_shift", "none"))[0]
    return example


def _follow_heat(inside: Inside, row: int, example: np.ndarray, said: int) -> None:
    ask, way = inside.asker(), "grad_cam" if convolutions_of(inside) else "occlusion"
    title = WAYS[way].title

    def show(arrays: dict[str, np.ndarray]) -> None:
        alt = f"What counted in test image {row} for {inside.dataset.spec.classes[said]}, by {title}"
        shown = heat_over(example, arrays["attribution"], alt)
        key, pick = f"repair_heat_{row}", partial(open_mark, data_of(inside.run), "test", row)
        pictures([shown], key=key, below=[title], width=WIDTH, on_pick=lambda place: pick())

    _follow(inside, f"heat {row}", lambda: ask(way, example, target=said), show)


def _follow_nearest(inside: Inside, row: int, example: np.ndarray, short: list[str]) -> None:
    data = examples_seen(shell.store(), inside.run, privacy.viewer(inside.run))
    ask, layer = inside.asker(DEADLINE_S), last_stage(inside)

    def question() -> dict[str, np.ndarray]:
        learned = training_rows(
            config_of(inside.run), np.asarray(data.y_train), data.spec.num_classes, data.spec.groups
        )
        rows = evenly_spread(learned.learn, SEARCHED)
        found = ask("alike", example, layer=layer, rows=rows, is_training=True)["distances"]
        nearest = rows[np.argsort(found, kind="stable")[:NEIGHBOURS]]
        return {"rows": nearest, "labels": learned.labels[nearest]}

    def show(found: dict[str, np.ndarray]) -> None:
        rows = [int(one) for one in found["rows"]]
        texts = [f"#{one}\nlearned as {short[label]}" for one, label in zip(rows, found["labels"], strict=True)]
        draw_wall(
            inside,
            rows,
            texts,
            key=f"repair_near_{row}",
            part="train",
            on_pick=lambda place: open_mark(data_of(inside.run), "train", rows[place]),
        )

    _follow(inside, f"near {row}", question, show)


def last_stage(inside: Inside) -> str:
    """Return the name of the layer before the last dense one: what it makes is the network's own sense of alike."""
    (network,) = (one for one in stages_of(inside.run.id) if one.spec.id == inside.part)
    named = [stage.name for stage in network.stages if not stage.passes_on]
    return named[-3] if len(named) > 2 else "input"  # before the last dense layer and its answer


def _follow(inside: Inside, name: str, question: Callable[[], Any], show: Callable[[Any], None]) -> None:
    run = inside.run
    follow_answer(
        f"_repair_{name}_{run.id}",
        f"repair {name} {run.id}/{run.generation} {inside.step}",
        question,
        show,
        partial(st.skeleton, height=HEIGHT),
        run.dataset,
        run=run,
    )
