"""Draw prepared texts and series: their target, and the first of them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets import Prepared
from core.datasets.features import Tokens
from core.datasets.targets import Classes, Number, TokenSequence
from core.datasets.texts.tokens import UNITS
from core.figures.answers import question_of
from core.figures.examples import few_of_each
from core.figures.pictures import grey_picture
from core.figures.sequences import as_curves, as_table
from pages._ui.components.pictures.pictures import pictures
from pages._ui.data.tables import draw_target

WIDTH = 150  # CSS pixels of a curve


def know_sequences(data: Prepared) -> None:
    """Draw the target, and a few examples, of as many classes as possible."""
    if isinstance(data.spec.features, Tokens):
        _say_tokens(data, data.spec.features)
    draw_target(data, "know_target")
    st.subheader(f"A few {data.spec.kind}")
    rows = few_of_each(data.y_train, data.spec)
    examples, answers = np.asarray(data.x_train[rows]), [answer_of(data, int(row)) for row in rows]
    table = as_table(examples, data.spec.features)
    if table is None:
        shown = [grey_picture(curve, f"training {data.spec.features.noun} {row}") for row, curve in _curves(data, rows)]
        pictures(shown, key="know_curves", below=answers, width=WIDTH)
        return
    if isinstance(data.spec.target, TokenSequence):
        table[data.spec.features.noun] = [question_of(example, data.spec) for example in examples]
    if any(answers):
        table["answer"] = answers
    st.dataframe(table, hide_index=True, key="know_texts", alt=f"{len(table)} training {data.spec.kind}")


def _say_tokens(data: Prepared, features: Tokens) -> None:
    """Say what texts are split into, how long they are, and how much of them is not in the vocabulary."""
    unit = UNITS[features.unit].split(" ")[0].lower()
    said = f"Split into {unit}: a vocabulary of {len(features.vocabulary) - 1:,}; 0 stands before a short text and for "
    x = np.asarray(data.x_test)
    is_text = np.logical_or.accumulate(x != 0, axis=1)
    lengths = is_text.sum(1)
    missing = float((is_text & (x == 0)).sum() / max(1, lengths.sum()))
    said += f"what is missing, {100 * missing:.2g} % of the test. "
    low, middle, high = (int(most(lengths)) for most in (np.min, np.median, np.max))
    each = f"Each has {high:,}." if low == high else f"Test texts have {low:,} to {high:,}, half at most {middle:,}."
    st.markdown(said + each)


def _curves(data: Prepared, rows: np.ndarray) -> list[tuple[int, np.ndarray]]:
    return [(int(row), as_curves(np.asarray(data.x_train[row]))) for row in rows]


def answer_of(data: Prepared, row: int) -> str:
    """Return the class or number of a training example in words; empty for other targets."""
    target, y = data.spec.target, data.y_train[row]
    if isinstance(target, Classes):
        return target.names[int(y)]
    if isinstance(target, TokenSequence):
        return target.read(y)
    return f"{target.name} {float(y):.4g} {target.unit}".rstrip() if isinstance(target, Number) else ""
