"""A text or a series to give to a network: one of one's own, or of the test set."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.features import Series, Tokens
from core.datasets.texts.tokens import CHARACTER
from core.errors import DatasetError
from core.figures.sequences import shown_text
from core.layers import NetworkSpec
from core.runs.visible import examples_seen
from core.store import Run
from pages._ui.inside.given.given import Given
from pages._ui.inside.memory.sequence import LONGEST, takes_any_length
from pages._ui.shell import privacy, shell, words

MOST = 2_000  # characters of a text of one's own
EXAMPLE = 'The "if" statement (see below) is used for conditional execution:\n'
HEIGHT = 170  # CSS pixels of a box


def own_text(dataset: Dataset, network: NetworkSpec, run_id: str) -> Given:
    """Draw a box for a text, and return what the network reads of it."""
    features = dataset.spec.features
    assert isinstance(features, Tokens)
    keeps = takes_any_length(network, features, dataset.spec.target)
    limit = LONGEST if keeps else features.length
    text = st.text_area(
        "Text",
        EXAMPLE if keeps else "",
        max_chars=MOST,
        height=HEIGHT,
        key=f"inside_text_{run_id}",
        help=f"What the network reads. Of a longer text the last {limit} signs count.",
    )
    tokens = features.encode(text)
    unknown = sorted({sign for sign, token in zip(text, tokens, strict=False) if token == 0})
    if features.unit == CHARACTER and unknown:
        st.caption(f"It knows no {' '.join(repr(sign) for sign in unknown[:8])}: it reads an empty sign there.")
    if not tokens:
        return Given()
    kept = tokens[-LONGEST:] if keeps else features.example(text)
    return Given(np.array(kept, np.int32), is_own=True, typed=features.typed(text))


def own_series(features: Series, run_id: str) -> Given:
    """Draw a box for numbers, and return the series; nothing, with a sentence, if it is none."""
    names = [column.name for column in features.columns]
    text = st.text_area(
        "Numbers",
        "",
        max_chars=20_000,
        height=HEIGHT,
        key=f"inside_series_{run_id}",
        help=f"One step in a line: {', '.join(names)}, separated by spaces or commas. {features.length} steps.",
        placeholder="\n".join([" ".join("0" for _ in names)] * 2),
    )
    if not text.strip():
        return Given()
    return Given(read_series(text, features), is_own=True)


def read_series(text: str, features: Series) -> np.ndarray:
    """Return the last steps of a series that somebody wrote, float32 (length, columns).

    Raises:
        DatasetError: A line does not hold a number for each column, or there are too few.
    """
    columns = len(features.columns)
    rows = [line.replace(",", " ").replace(";", " ").split() for line in text.strip().splitlines() if line.strip()]
    if columns == 1:
        rows = [[number] for row in rows for number in row]
    try:
        numbers = np.array(rows, np.float32)
    except ValueError as error:
        raise DatasetError("this is no series", expected=f"{columns} numbers in each line") from error
    if numbers.ndim != 2 or numbers.shape[1] != columns or not np.isfinite(numbers).all():
        raise DatasetError("this is no series", expected=f"{columns} finite numbers in each line")
    if len(numbers) < features.length:
        raise DatasetError("this series is too short", expected=f"{features.length} steps", received=f"{len(numbers)}")
    return numbers[-features.length :]


def test_sequence(run: Run, dataset: Dataset, row: int, wanted: str) -> Given:
    """Draw the choice of a test example, and return it with what it should give.

    Args:
        run: The run.
        dataset: Its data.
        row: The one to begin with.
        wanted: Name of the chosen row in the link.
    """
    data, spec = examples_seen(shell.store(), run, privacy.viewer(run)), dataset.spec
    count, noun = len(data.y_test), spec.features.noun
    index = int(
        st.number_input(
            f"Test {noun}",
            0,
            count - 1,
            min(row, count - 1),
            key=f"inside_row_{run.id}",
            help=f"Number of a {noun} of the test set, 0 to {count - 1:,}. The network has not learned from any.",
        )
    )
    st.query_params[wanted] = f"test.{index}"
    example, label = np.array(data.x_test[index]), data.y_test[index]
    if isinstance(spec.features, Tokens):  # a series is drawn by each view itself
        st.code(shown_text(example, spec.features), language=None, wrap_lines=True)
    if np.ndim(label):
        return Given(example, index)
    truth = int(label) if spec.classes else None
    told = f"It is **{words.name(spec.classes[truth])}**." if truth is not None else ""
    st.caption(told or f"The true value is {words.number(label, 4)}.")
    return Given(example, index, truth, label=float(label))
