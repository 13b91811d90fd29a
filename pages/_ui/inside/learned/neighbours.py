"""The test examples nearest to the chosen input, as a layer sees them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.figures.pictures import grey_picture
from core.schedule.split import evenly_spread
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.learned.chosen import SLOW_S, affordable
from pages._ui.inside.learned.cluster import examples_of
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.shell import words

SEARCHED, SHOWN, WIDTH = 2_000, 10, 64


def draw_neighbours(inside: Inside, layer: str) -> None:
    """Draw the nearest neighbours of the chosen input in a layer."""
    st.markdown("**Nearest to the input, in this layer**")
    if inside.example is None:
        st.caption("Draw or choose an input: the test examples that this layer finds most like it appear here.")
        return
    count, ask, example, index = inside.dataset.spec.test_size, inside.asker(SLOW_S), inside.example, inside.index
    rows = evenly_spread(np.arange(count), affordable(inside, SEARCHED))
    rows = rows if index is None else rows[rows != index]

    def question() -> tuple[str, Arrays]:
        return layer, ask("alike", example, layer=layer, rows=rows, is_training=False)

    inside.follow("alike", question, partial(_draw, inside, rows), given=layer, height=140)


def _draw(inside: Inside, rows: np.ndarray, answer: tuple[str, Arrays]) -> None:
    (layer, found), spec = answer, inside.dataset.spec
    if len(found["distances"]) != len(rows):  # of the input before
        return
    best = np.argsort(found["distances"], kind="stable")[:SHOWN]
    examples, apart = examples_of(inside)(rows[best]), found["distances"][best]
    if spec.is_image:
        shown = [grey_picture(x, f"test {row}") for x, row in zip(examples, rows[best], strict=True)]
        below = [f"{row}: {words.number(float(d))}" for row, d in zip(rows[best], apart, strict=True)]
        pictures(shown, key="inside_alike", below=below, width=WIDTH)
    else:
        names = spec.features.names  # type: ignore[union-attr]
        table = {"test row": rows[best], "distance": apart, **dict(zip(names, examples.T, strict=True))}
        st.dataframe(pd.DataFrame(table), hide_index=True)
    st.caption(f"Row and distance in {layer}, of {len(rows):,} test {spec.kind} searched.")
