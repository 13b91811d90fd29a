"""Series made from a seed: the adding problem, which nothing but a memory solves, and two sines with noise."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import Column, Series
from core.datasets.series.clock import Clock
from core.datasets.series.measured import windows
from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.settings import Settings

SEED = 0
STEPS, TRAIN, TEST = 100, 20_000, 1_000


def adding(rng: np.random.Generator, count: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers from 0 to 1 with two of them marked, float32 (count, steps, 2), and their sums (count,)."""
    values, marks, rows = rng.uniform(size=(count, steps)), np.zeros((count, steps)), np.arange(count)
    places = rng.integers(steps // 2, size=count), steps // 2 + rng.integers(steps - steps // 2, size=count)
    for place in places:
        marks[rows, place] = 1
    return np.stack([values, marks], 2).astype("float32"), (values * marks).sum(1).astype("float32")


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    x, y = adding(np.random.default_rng(SEED), TRAIN + TEST, STEPS)
    return {"x_train": x[:TRAIN], "y_train": y[:TRAIN], "x_test": x[TRAIN:], "y_test": y[TRAIN:]}


_PROGRAM = f"""\
{getsource(adding).rstrip()}


x, y = adding(np.random.default_rng({SEED}), {TRAIN + TEST}, {STEPS})
x_train, x_test, y_train, y_test = x[:{TRAIN}], x[{TRAIN}:], y[:{TRAIN}], y[{TRAIN}:]"""

ADDING = Dataset(
    id="adding",
    title=f"The adding problem: {STEPS} steps",
    # The network is given the numbers as they are; sums have a mean of 1 and a variance of 1/6.
    spec=DataSpec(Series((Column("number"), Column("mark")), STEPS), Number("sum", "", 1.0, 0.408248), TRAIN, TEST),
    split=f"{TRAIN:,} training sequences and {TEST:,} test sequences, drawn from a fixed seed. One number of the first "
    "half is marked and one of the second; their sum is to be said.",
    source="Hochreiter and Schmidhuber, Long short-term memory, 1997, section 5.4; drawn by Glassbox",
    licence="CC0",
    load=_load,
    program=_PROGRAM,
    split_seed=SEED,
    draw=adding,
)

WAVES, WAVES_TEST, WINDOW, PERIOD = 1_000, 200, 40, 20


def sines(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return the sum of two sines, which repeat after 20 and 33 steps, and noise, float32 (count,)."""
    steps = np.arange(count)
    clean = np.sin(2 * np.pi * steps / 20) + 0.5 * np.sin(2 * np.pi * steps / 33)
    return (clean + 0.1 * rng.normal(size=count)).astype("float32")


def _load_sines(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    x, y = windows(sines(np.random.default_rng(SEED), WAVES), WINDOW)
    cut = len(y) - WAVES_TEST
    return {"x_train": x[:cut], "y_train": y[:cut], "x_test": x[cut:], "y_test": y[cut:]}


_SINES = f"""\
{getsource(sines).rstrip()}


{getsource(windows).rstrip()}


x, y = windows(sines(np.random.default_rng({SEED}), {WAVES}), {WINDOW})
cut = len(y) - {WAVES_TEST}
x_train, y_train, x_test, y_test = x[:cut], y[:cut], x[cut:], y[cut:]"""

SINES = Dataset(
    id="sines",
    title=f"Two sines: {WAVES:,} steps",
    # Sines have a mean of 0, and a variance of half the square of their height.
    spec=DataSpec(
        Series((Column("height", spread=0.797),), WINDOW, PERIOD, Clock()),
        Number("height", "", 0.0, 0.797),
        WAVES - WAVES_TEST - WINDOW,
        WAVES_TEST,
    ),
    split=f"The last {WAVES_TEST} steps are for testing, those before them for training. An example is {WINDOW} steps, "
    "and the step after them is to be forecast. The noise, a tenth of a sine's height, cannot be forecast.",
    source="Drawn by Glassbox",
    licence="CC0",
    load=_load_sines,
    program=_SINES,
    split_seed=SEED,
)
