"""Family names of twelve languages as one text, to invent more of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import Tokens
from core.datasets.spec import DataSpec
from core.datasets.targets import NextToken
from core.datasets.texts.names import LANGUAGES, NAMES, VOCABULARY, read_names
from core.datasets.texts.written import LENGTH, cut_text
from core.settings import Settings

SEED = 0
TRAIN, TEST = 1_350, 150  # examples
SIGNS = ("", "\n", *VOCABULARY[1:])


def join_names(names: Mapping[str, Sequence[str]], seed: int) -> str:
    """Return all names, one a line, in an order drawn at random, so that the last are no rarer."""
    listed = [name for one in names.values() for name in one]
    return "\n".join(listed[row] for row in np.random.default_rng(seed).permutation(len(listed)))


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    parts = cut_text(join_names(read_names(LANGUAGES), SEED), list(SIGNS), LENGTH, TRAIN, TEST)
    return dict(zip(("x_train", "y_train", "x_test", "y_test"), parts, strict=True))


_PROGRAM = f"""\
from collections.abc import Mapping, Sequence

LANGUAGES = {LANGUAGES!r}
VOCABULARY = ["", *{"".join(SIGNS)!r}]


{getsource(read_names).rstrip()}  # pip install faker


{getsource(join_names).rstrip()}


{getsource(cut_text).rstrip()}


text = join_names(read_names(LANGUAGES), {SEED})
x_train, y_train, x_test, y_test = cut_text(text, VOCABULARY, {LENGTH}, {TRAIN}, {TEST})"""

FAMILY_NAMES = Dataset(
    id="family_names",
    title="Family names to write on",
    spec=DataSpec(Tokens(SIGNS, LENGTH), NextToken(SIGNS, LENGTH), TRAIN, TEST),
    split="Names, one a line, each once, in an order drawn from a fixed seed; the last tenth is for testing. They are "
    f"cut into pieces of {LENGTH} characters that follow each other.",
    source=NAMES.source,
    licence=NAMES.licence,
    load=_load,
    program=_PROGRAM,
    split_seed=SEED,
)
