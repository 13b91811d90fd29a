"""Pairs of a question and its answer as rows of tokens, for networks that write answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import Tokens
from core.datasets.spec import DataSpec
from core.datasets.targets import TokenSequence
from core.settings import Settings

SEED = 0
END = TokenSequence.END
Pairs = list[tuple[str, str]]
Draw = Callable[[np.random.Generator, int], Pairs]


def pair_rows(pairs: Pairs, vocabulary: list[str], asked: int, said: int) -> tuple[np.ndarray, np.ndarray]:
    """Return questions with their answers one token later, int32 (n, asked + said), and the answers, int32 (n, said).

    Zeros stand before a short question, and after a short answer.
    """
    place = {sign: token for token, sign in enumerate(vocabulary)}
    x, y = np.zeros((len(pairs), asked + said), "int32"), np.zeros((len(pairs), said), "int32")
    for row, (question, answer) in enumerate(pairs):
        tokens = [place.get(sign, 0) for sign in question[-asked:]]
        ended = [place[sign] for sign in answer + "\n"]
        x[row, asked - len(tokens) : asked] = tokens
        y[row, : len(ended)] = ended
        x[row, asked : asked + len(ended)] = [place["\n"], *ended[:-1]]
    return x, y


def distinct_pairs(draw: Draw, seed: int, count: int) -> Pairs:
    """Return so many pairs with different questions, in the order in which they are drawn."""
    rng, found = np.random.default_rng(seed), dict[str, str]()
    while len(found) < count:
        found.update(draw(rng, count))
    return list(found.items())[:count]


def pair_dataset(
    name: str,
    title: str,
    draw: Draw,
    signs: str,
    sizes: tuple[int, int],
    counts: tuple[int, int],
    *,
    split: str,
    source: str,
    licence: str = "CC0",
    constants: str = "",
) -> Dataset:
    """Return a data set of drawn pairs.

    Args:
        name, title, source, licence: As of `Dataset`.
        draw: (generator, count) -> pairs of a question and its answer, in lines that stand alone.
        signs: All characters of questions and answers.
        sizes: Longest question, and longest answer with its end.
        counts: Training and test pairs.
        split: How they are parted; that no question comes twice is added.
        constants: Lines of Python that `draw` needs.
    """
    vocabulary, (train, test), (asked, said) = ("", END, *signs), counts, sizes

    def load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
        x, y = pair_rows(distinct_pairs(draw, SEED, train + test), list(vocabulary), asked, said)
        return {"x_train": x[:train], "y_train": y[:train], "x_test": x[train:], "y_test": y[train:]}

    sources = "\n\n\n".join(_plain(function) for function in (draw, pair_rows, distinct_pairs))
    program = f"""\
{constants}VOCABULARY = ["", "\\n", *{signs!r}]


{sources}


x, y = pair_rows(distinct_pairs({draw.__name__}, {SEED}, {train + test}), VOCABULARY, {asked}, {said})
x_train, x_test, y_train, y_test = x[:{train}], x[{train}:], y[:{train}], y[{train}:]"""
    return Dataset(
        id=name,
        title=title,
        spec=DataSpec(Tokens(vocabulary, asked + said), TokenSequence(vocabulary, said), train, test),
        split=f"{split} No question comes twice.",
        source=source,
        licence=licence,
        load=load,
        program=program,
        split_seed=SEED,
    )


def _plain(function: Callable[..., object]) -> str:
    """Return the source of a function without the types that only we know."""
    source = getsource(function).rstrip()
    for said in (" -> Pairs", ": Pairs", ": Draw"):
        source = source.replace(said, "")
    return source
