"""What is known of a series before it is forecast on: its own data to the end, or a table that somebody brings."""

from pathlib import Path

import numpy as np
import pytest

from core.datasets import DATASETS
from core.datasets.features import Column, Series
from core.datasets.series.clock import Clock
from core.datasets.series.known import known_apart, known_from
from core.datasets.series.long import LongSeries, long_series
from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.errors import DatasetError
from core.runs.forecasting import Ahead
from core.settings import Settings

SERIES = long_series(DataSpec(Series((Column("sold"),), 3, 0, Clock("2024-01-01", "D")), Number("sold", "EUR"), 9, 3))


def table(tmp_path: Path, text: str) -> Path:
    (tmp_path / "mine.csv").write_text(text)
    return tmp_path / "mine.csv"


def series() -> LongSeries:
    assert SERIES is not None
    return SERIES


def test_a_table_is_gone_on_from_with_its_own_dates(tmp_path: Path) -> None:
    path = table(tmp_path, "day,paid\n2025-03-01,1\n2025-03-02,2\n2025-03-04,4\n")
    known = known_from(path, path.name, series())  # its only column of numbers, whatever its name
    assert known.steps[:, 0].tolist() == [1, 2, 3, 4]
    ahead = Ahead(known.clock.labels(len(known.steps), 2), np.array([5, 6.5], np.float32))
    assert ahead.rows() == [{"time": "2025-03-05", "value": 5.0}, {"time": "2025-03-06", "value": 6.5}]
    assert ahead.as_csv(series()).split() == ["time,sold", "(forecast)", "2025-03-05,5.0", "2025-03-06,6.5"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,sold\n2025-01-01,1\n2025-02-01,2\n2025-03-01,3\n", "expected every day, received every month"),
        ("day,sold\n2025-01-01,1\n2025-01-02,2\n", "expected 3 to 200,000 steps, received 2 rows"),
        ("day,sold\n2025-01-01,1\n", "expected 3 to 200,000 steps, received 1 rows"),
        ("day,a,b\n2025-01-01,1,1\n2025-01-02,2,2\n2025-01-03,2,2\n", "there is no column 'sold'"),
    ],
)
def test_another_table_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = table(tmp_path, text)
    with pytest.raises(DatasetError, match=said):
        known_from(path, path.name, series())


def test_another_process_reads_the_same_series(settings: Settings, tmp_path: Path) -> None:
    years = "\n".join(f"{year},{year % 7}" for year in range(1990, 2022) if year != 1999)
    path, sunspots = table(tmp_path, f"year,sunspots\n{years}\n"), long_series(DATASETS["sunspots"].spec)
    assert sunspots is not None
    found, expected = known_apart(settings, path, "mine.csv", "sunspots"), known_from(path, "mine.csv", sunspots)
    np.testing.assert_array_equal(found.steps, expected.steps)
    assert (found.clock, found.said) == (expected.clock, expected.said)
