"""Texts to write on: of each character, the next one is to be said."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import Tokens
from core.datasets.spec import DataSpec
from core.datasets.targets import NextToken
from core.settings import Settings

LENGTH = 64  # characters of an example
TRAIN, TEST = 6_480, 720  # examples, which the help topics of every supported Python fill
VOCABULARY = ("", "\n", *map(chr, range(32, 127)))  # what is not printable ASCII is the first token


def read_topics() -> str:
    """Return the text of Python's help topics, one after another."""
    from pydoc_data.topics import topics

    return "\n\n".join(topics[name].strip() for name in sorted(topics))


def cut_text(text: str, vocabulary: list[str], length: int, train: int, test: int) -> tuple[np.ndarray, ...]:
    """Return pieces of a text that follow each other, the last ones for testing, and each shifted by one character."""
    place = {sign: token for token, sign in enumerate(vocabulary)}
    tokens = np.array([place.get(sign, 0) for sign in text[: (train + test) * length + 1]], "int32")
    x, y = tokens[:-1].reshape(-1, length), tokens[1:].reshape(-1, length)
    return x[:train], y[:train], x[train:], y[train:]


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    parts = cut_text(read_topics(), list(VOCABULARY), LENGTH, TRAIN, TEST)
    return dict(zip(("x_train", "y_train", "x_test", "y_test"), parts, strict=True))


_PROGRAM = f"""\
VOCABULARY = ["", "\\n", *map(chr, range(32, 127))]


{getsource(read_topics).rstrip()}


{getsource(cut_text).rstrip()}


x_train, y_train, x_test, y_test = cut_text(read_topics(), VOCABULARY, {LENGTH}, {TRAIN}, {TEST})"""

PYTHON_DOCS = Dataset(
    id="python_docs",
    title="The help of Python",
    spec=DataSpec(Tokens(VOCABULARY, LENGTH), NextToken(VOCABULARY, LENGTH), TRAIN, TEST),
    split=f"The text is cut into pieces of {LENGTH} characters that follow each other; the last tenth is for testing. "
    "A network begins each piece without a memory of the one before, and gradients go back to its beginning.",
    source="help topics of the Python that runs here, package pydoc_data; other versions have other texts",
    licence="PSF-2.0 and Zero-Clause BSD",
    load=_load,
    program=_PROGRAM,
)
