"""Famous series, small enough to come along: sunspots, airline passengers, carbon dioxide, the sea at El Niño."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import Column, Series
from core.datasets.series.clock import Clock
from core.datasets.series.numbers import CO2, EL_NINO, PASSENGERS, SUNSPOTS
from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.settings import Settings


@dataclass(frozen=True)
class _Measured:
    title: str
    numbers: str
    column: str
    unit: str
    length: int  # steps that a network sees before it says the next one
    period: int  # steps after which it about repeats
    clock: Clock
    test_size: int
    split: str
    source: str
    licence: str


_MEASURED = {
    "sunspots": _Measured(
        "Sunspots: 309 years",
        SUNSPOTS,
        "sunspots",
        "",
        length=22,  # two of the Sun's cycles
        period=11,
        clock=Clock("1700", "Y"),
        test_size=60,
        split="The years 1949 to 2008 are for testing, those before them for training. "
        "An example is 22 years, and the year after them is to be forecast.",
        source="yearly mean sunspot numbers, 1700 to 2008, National Geophysical Data Center, as in statsmodels",
        licence="Public domain",
    ),
    "airline": _Measured(
        "Airline passengers: 144 months",
        PASSENGERS,
        "passengers",
        "thousand",
        length=24,
        period=12,
        clock=Clock("1949-01", "M"),
        test_size=48,
        split="The last four years, 1957 to 1960, are for testing, those before them for training. "
        "An example is 24 months, and the month after them is to be forecast.",
        source="Box and Jenkins, Time series analysis, 1976: series G, 1949 to 1960",
        licence="Facts, without a licence",
    ),
    "co2": _Measured(
        "Carbon dioxide: 526 months",
        CO2,
        "carbon dioxide",
        "ppm",
        length=24,
        period=12,
        clock=Clock("1958-03", "M"),
        test_size=120,
        split="The last ten years, 1992 to 2001, are for testing, those before them for training. An example is 24 "
        "months, and the month after them is to be forecast. Monthly means of weekly values; the 5 months without one "
        "lie on a line between their neighbours.",
        source="Keeling and Whorf, Mauna Loa Observatory, 1958 to 2001, as in statsmodels",
        licence="Public domain",
    ),
    "el_nino": _Measured(
        "El Niño: 732 months of the sea",
        EL_NINO,
        "temperature of the sea",
        "°C",
        length=24,
        period=12,
        clock=Clock("1950-01", "M"),
        test_size=120,
        split="The last ten years, 2001 to 2010, are for testing, those before them for training. "
        "An example is 24 months, and the month after them is to be forecast.",
        source="National Oceanic and Atmospheric Administration, ERSST.V3B, Niño 1+2, as in statsmodels",
        licence="Public domain",
    ),
}


def windows(series: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return all pieces of a series (n,), float32 (m, length, 1), and the number after each, (m,)."""
    pieces = np.lib.stride_tricks.sliding_window_view(series, length)[:-1]
    return np.array(pieces[..., None]), series[length:]


def _load(measured: _Measured) -> Arrays:
    x, y = windows(np.array(measured.numbers.split(), np.float32), measured.length)
    cut = len(y) - measured.test_size
    return {"x_train": x[:cut], "y_train": y[:cut], "x_test": x[cut:], "y_test": y[cut:]}


def _program(measured: _Measured) -> str:
    """Return lines of Python that load the same arrays."""
    return f'''\
{getsource(windows).rstrip()}


numbers = """\\
{measured.numbers.rstrip()}
"""
x, y = windows(np.array(numbers.split(), "float32"), {measured.length})
cut = len(y) - {measured.test_size}
x_train, y_train, x_test, y_test = x[:cut], y[:cut], x[cut:], y[cut:]'''


def _dataset(name: str) -> Dataset:
    measured = _MEASURED[name]
    numbers = np.array(measured.numbers.split(), np.float64)
    known = numbers[: -measured.test_size]
    mean, spread = (float(f"{value:.6g}") for value in (known.mean(), known.std()))

    def load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
        return _load(measured)

    train_size = len(known) - measured.length
    return Dataset(
        id=name,
        title=measured.title,
        spec=DataSpec(
            Series(
                (Column(measured.column, mean=mean, spread=spread),),
                measured.length,
                measured.period,
                measured.clock,
                above_zero=bool(numbers.min() > 0),
            ),
            Number(measured.column, measured.unit, mean, spread),
            train_size,
            measured.test_size,
        ),
        split=measured.split,
        source=measured.source,
        licence=measured.licence,
        load=load,
        program=_program(measured),
    )


MEASURED = tuple(_dataset(name) for name in _MEASURED)
