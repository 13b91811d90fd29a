"""Examples of the data, side by side, each with a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets import Prepared
from core.datasets.corruptions import shifted_rows
from core.datasets.features import Vector
from core.figures.pictures import grey_picture
from core.runs.visible import examples_seen
from core.store.notes.marks import Part
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy, shell

WIDTH = 72  # CSS pixels of a picture


def draw_wall(inside: Inside, rows: Sequence[int], texts: Sequence[str], *, part: Part = "test", **more: Any) -> None:
    """Draw examples of the data of a run as it was trained or tested; the rest is as for `draw_examples`."""
    data = examples_seen(shell.store(), inside.run, privacy.viewer(inside.run))
    shift = inside.run.config.get("test_shift", "none") if part == "test" else "none"
    draw_examples(data, rows, texts, part=part, shift=shift, **more)


def draw_examples(
    data: Prepared,
    rows: Sequence[int],
    texts: Sequence[str],
    *,
    key: str,
    part: Part,
    shift: str = "none",
    width: int = WIDTH,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Draw examples as pictures, or as rows of a table.

    Args:
        data: The data, which the visitor may see.
        rows: Rows of the part of the data.
        texts: A text for each.
        key: Streamlit's key.
        part: The part.
        shift: How images are disturbed.
        width: Of a picture, in CSS pixels.
        on_pick: Called with the place of the picked one; None if none can be picked.
    """
    examples = data.x_train if part == "train" else data.x_test
    if isinstance(data.spec.features, Vector):
        _table(examples[list(rows)], data.spec.features.names, texts, key, on_pick)
        return
    shown = [
        grey_picture(
            image,
            f"{part} {data.spec.features.noun} {row}: {text.replace(chr(10), ', ')}",
        )
        for image, row, text in zip(shifted_rows(examples, rows, shift), rows, texts, strict=True)
    ]
    pictures(shown, key=key, below=texts, width=width, on_pick=on_pick)


def _table(
    examples: np.ndarray, names: Sequence[str], texts: Sequence[str], key: str, on_pick: Callable[[int], None] | None
) -> None:
    table = pd.DataFrame(examples, columns=list(names))
    table.insert(0, "answers", [text.replace("\n", ", ") for text in texts])
    if on_pick is None:
        st.dataframe(table, key=key, hide_index=True, alt=f"{len(table)} examples")
        return
    known = st.session_state.get(f"{key}_picked")
    event = st.dataframe(
        table, key=key, hide_index=True, on_select="rerun", selection_mode="single-row", alt=f"{len(table)} examples"
    )
    picked = next(iter(event.selection.rows), None)
    if picked is not None and picked != known:
        st.session_state[f"{key}_picked"] = picked
        on_pick(picked)
