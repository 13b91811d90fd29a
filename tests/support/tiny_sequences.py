"""Tiny texts and series, with networks that train in a moment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.datasets import Dataset, DataSpec, Prepared
from core.datasets.features import Column, Features, Series, Tokens
from core.datasets.targets import Classes, NextToken, Number, Target, TokenSequence
from core.datasets.texts.pairs.rows import pair_rows
from core.families.sequence.config import SequenceConfig
from core.families.sequence.family import FAMILY
from core.layers.attention.blocks import Decoder, FeedForward, SelfAttention
from core.layers.attention.positions import Positions
from core.layers.blocks import Dense, Dropout, LayerNorm
from core.layers.recurrent import Gru, Lstm, OverTime, Rnn, TimeConv, TimePool
from tests.support import tiny

if TYPE_CHECKING:
    from core.training.supervised import Supervised

TRAIN, TEST = 30, 11
TEXT, SERIES = Tokens(("", "a", "b", "c"), 4), Series((Column("level", mean=5.0, spread=2.0), Column("mark")), 4, 3)
WRITING, ANSWERING = "texts to write on", "texts with answers"
ANSWER = TokenSequence(("", "\n", "a", "b"), 3)
KINDS: dict[str, tuple[Features, Target]] = {
    "texts of classes": (TEXT, Classes(("no", "yes"))),
    "series of a number": (SERIES, Number("level", "m", 5.0, 2.0)),
    "images of classes": (tiny.SPEC.features, tiny.SPEC.target),
}
EVERY_LAYER = (
    TimeConv(filters=3, kernel_size=3, dilation=2),
    TimePool(method="average"),
    Rnn(units=3, activation="relu", start="identity"),
    LayerNorm(),
    Gru(units=3, direction="both"),
    Lstm(units=3, forget_bias="off", dropout=0.3),
    Dense(units=4),
    Dropout(rate=0.2),
)
ATTENTION = (Positions(), SelfAttention(heads=2), FeedForward(units=5), Decoder(units=5))
CONVOLUTION = (TimeConv(filters=3, stride=2), OverTime(method="max"))
PAIRS = [("ab", "ba"), ("b", "b"), ("aa", "aa"), ("ba", "ab"), ("a", "a"), ("bb", "bb")]
CONFIG = SequenceConfig(embedding=3, layers=(Lstm(units=4),), batch_size=8, epochs=3, learning_rate=0.01)
PROGRAM = """\
from tests.support import tiny_sequences

loaded = tiny_sequences.arrays({kind!r})
x_train, y_train, x_test, y_test = (loaded[name] for name in ("x_train", "y_train", "x_test", "y_test"))
"""


def spec_of(kind: str) -> DataSpec:
    return DataSpec(*_kind(kind), TRAIN, TEST)


def _kind(kind: str) -> tuple[Features, Target]:
    if kind == ANSWERING:
        return Tokens(ANSWER.vocabulary, 2 + ANSWER.length), ANSWER
    return (TEXT, NextToken(TEXT.vocabulary, TEXT.length)) if kind == WRITING else KINDS[kind]


def arrays(kind: str) -> dict[str, np.ndarray]:
    """Sequences by chance, and what follows from their beginning."""
    features, target = _kind(kind)
    if features == tiny.SPEC.features:
        return tiny.arrays()
    if kind == ANSWERING:
        x, y = pair_rows([*PAIRS * 7][: TRAIN + TEST], list(ANSWER.vocabulary), 2, ANSWER.length)
        return {"x_train": x[:TRAIN], "y_train": y[:TRAIN], "x_test": x[TRAIN:], "y_test": y[TRAIN:]}
    rng, found = np.random.default_rng(0), {}
    for part, count in (("train", TRAIN), ("test", TEST)):
        if features == TEXT:
            x = rng.integers(1, 4, (count, *features.shape)).astype(np.int32)
            following = np.roll(x, -1, 1)  # what comes after the last one is the first one
            y = following if isinstance(target, NextToken) else (x[:, 0] > 1).astype(np.int64)
            found |= {f"x_{part}": x, f"y_{part}": y}
        else:
            x = (5 + 2 * rng.normal(size=(count, *features.shape))).astype(np.float32)
            found |= {f"x_{part}": x, f"y_{part}": x[:, -1, 0] + x[:, 0, 0] - 5}
    return found


def prepared(kind: str) -> Prepared:
    return Prepared("tiny", "version-1", spec_of(kind), **arrays(kind))


def dataset(kind: str) -> Dataset:
    return replace(tiny.dataset(tiny.arrays()), spec=spec_of(kind), program=PROGRAM.format(kind=kind))


def network(kind: str, config: SequenceConfig = CONFIG) -> Supervised:
    """A network as a worker of its own builds it: Keras counts names from the start, chance from the seed."""
    import keras

    from core.training.supervised import Supervised

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(config.seed)
    return Supervised(FAMILY, config, prepared(kind), "float32")
