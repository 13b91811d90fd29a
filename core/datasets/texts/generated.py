"""Tasks that need a memory, as texts with a class: are these brackets balanced, is this number of ones even?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import Tokens
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.settings import Settings

SEED = 0
TRAIN, TEST, DRAWN = 4_000, 1_000, 10_000
Drawn = tuple[np.ndarray, np.ndarray]


def brackets(rng: np.random.Generator, count: int, length: int) -> Drawn:
    """Return rows of ( as 1 and ) as 2, int32 (count, length), and whether they are balanced, int64 (count,).

    All rows open as often as they close. Half of them have two brackets swapped so that one closes too early.
    """
    rows, labels = np.zeros((count, length), "int32"), rng.integers(2, size=count)
    for row, is_balanced in zip(rows, labels, strict=True):
        depth = 0
        for place in range(length):
            left = length - place
            opens = depth == 0 or (depth < left and rng.random() < 0.5)
            row[place], depth = (1, depth + 1) if opens else (2, depth - 1)
        if not is_balanced:
            while (np.cumsum(3 - 2 * row) >= 0).all():
                first, second = rng.choice(length, 2, replace=False)
                row[[first, second]] = row[[second, first]]
    return rows, labels


def parity(rng: np.random.Generator, count: int, length: int) -> Drawn:
    """Return rows of 0 as 1 and 1 as 2, int32 (count, length), and whether the ones are odd, int64 (count,)."""
    bits = rng.integers(2, size=(count, length))
    return (bits + 1).astype("int32"), bits.sum(1) % 2


@dataclass(frozen=True)
class _Task:
    title: str
    draw: Callable[[np.random.Generator, int, int], Drawn]
    signs: str
    names: tuple[str, str]
    train_counts: tuple[int, int]
    length: int
    source: str


_TASKS = {
    "brackets": _Task(
        "Brackets: balanced or not",
        brackets,
        "()",
        ("unbalanced", "balanced"),
        (2181, 1819),
        20,
        "Dyck's language of one kind of bracket, as in Suzgun et al., 2019; drawn by Glassbox",
    ),
    "parity": _Task(
        "Parity: even or odd",
        parity,
        "01",
        ("even", "odd"),
        (2017, 1983),
        16,
        "parity, as in Hochreiter and Schmidhuber, 1997, section 3; drawn by Glassbox",
    ),
}


def distinct(x: np.ndarray, y: np.ndarray, count: int) -> Drawn:
    """Return the first rows that repeat none before them, with their labels."""
    rows = np.sort(np.unique(x, axis=0, return_index=True)[1])[:count]
    return x[rows], y[rows]


def _drawn(task: _Task) -> Arrays:
    x, y = distinct(*task.draw(np.random.default_rng(SEED), DRAWN, task.length), TRAIN + TEST)
    return {"x_train": x[:TRAIN], "y_train": y[:TRAIN], "x_test": x[TRAIN:], "y_test": y[TRAIN:]}


def _program(task: _Task) -> str:
    """Return lines of Python that draw the same rows."""
    sources = [getsource(function).replace(" -> Drawn", "").rstrip() for function in (task.draw, distinct)]
    return "\n\n\n".join(
        [
            *sources,
            f"x, y = distinct(*{task.draw.__name__}(np.random.default_rng({SEED}), {DRAWN}, {task.length}), "
            f"{TRAIN + TEST})\n"
            f"x_train, x_test, y_train, y_test = x[:{TRAIN}], x[{TRAIN}:], y[:{TRAIN}], y[{TRAIN}:]",
        ]
    )


def _dataset(name: str) -> Dataset:
    task = _TASKS[name]

    def load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
        return _drawn(task)

    return Dataset(
        id=name,
        title=task.title,
        spec=DataSpec(Tokens(("", *task.signs), task.length), Classes(task.names, task.train_counts), TRAIN, TEST),
        split=f"{TRAIN:,} training rows and {TEST:,} test rows of {task.length} signs, drawn from a fixed seed; "
        "no row comes twice.",
        source=task.source,
        licence="CC0",
        load=load,
        program=_program(task),
        split_seed=SEED,
        draw=task.draw,
    )


TASKS = tuple(_dataset(name) for name in _TASKS)
