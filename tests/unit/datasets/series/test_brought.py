"""A column of a table as a series: its dates, its gaps, its windows, and what is refused."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.datasets.series.brought import Windows, learn_series, read_series
from core.datasets.series.clock import Clock
from core.datasets.series.long import is_long, steps_of
from core.errors import DatasetError

COUNT = 60
VALUES = np.random.default_rng(0).normal(size=COUNT)


def table(first: str = "2001-01-01", freq: str = "D", form: str = "%Y-%m-%d") -> pd.DataFrame:
    return pd.DataFrame({"when": pd.date_range(first, periods=COUNT, freq=freq).strftime(form), "sold": VALUES})


def read(frame: pd.DataFrame, *columns: str, date: str | None = None) -> Any:
    return read_series(frame, columns or ("sold",), date)


@pytest.mark.parametrize(
    ("frame", "clock", "period"),
    [
        (table(), Clock("2001-01-01", "D", 1), 7),
        (table(form="%d.%m.%Y"), Clock("2001-01-01", "D", 1), 7),
        (table(freq="7D"), Clock("2001-01-01", "D", 7), 0),  # 52 weeks are too long for 60 of them
        (table(freq="B"), Clock("2001-01-01", "B", 1), 5),
        (table(freq="MS", form="%Y-%m"), Clock("2001-01", "M", 1), 12),
        (table("2001-01-31", freq="ME"), Clock("2001-01", "M", 1), 12),
        (table(freq="QS"), Clock("2001-01", "M", 3), 4),
        (table(freq="YS"), Clock("2001", "Y", 1), 0),
        (table(freq="6h", form="%Y-%m-%d %H:%M"), Clock("2001-01-01T00:00:00", "h", 6), 4),
        (pd.DataFrame({"Year": range(1900, 1900 + COUNT), "sold": VALUES}), Clock("1900", "Y", 1), 0),
        (pd.DataFrame({"sold": VALUES}), Clock(), 0),
    ],
)
def test_how_far_apart_steps_are_follows_from_the_dates(frame: pd.DataFrame, clock: Clock, period: int) -> None:
    found = read(frame)
    assert found.clock == clock
    assert Windows.of(found, {}).period == period
    np.testing.assert_allclose(found.steps[:, 0], VALUES, rtol=1e-6)


def test_gaps_lie_on_straight_lines_and_that_is_said() -> None:
    frame = table().drop(index=[3, 4])
    frame.loc[10, "sold"] = np.nan
    found = read(frame.sample(frac=1, random_state=1))
    assert "3 of 60 steps had no value: they lie on a straight line between neighbours." in found.said
    assert "The rows were put in the order of their dates." in found.said
    expected = VALUES.copy()
    expected[3:5] = np.linspace(VALUES[2], VALUES[5], 4)[1:3]
    expected[10] = (VALUES[9] + VALUES[11]) / 2
    np.testing.assert_allclose(found.steps[:, 0], expected, rtol=1e-5)


def test_a_gap_across_the_border_tells_training_nothing_of_the_test_part() -> None:
    frame = table()
    frame.loc[46:49, "sold"] = np.nan  # the test part begins at 48
    found = read(frame)
    assert found.steps[46:48, 0].tolist() == [np.float32(VALUES[45])] * 2
    np.testing.assert_allclose(found.steps[47:51, 0], np.linspace(VALUES[45], VALUES[50], 4), rtol=1e-5)
    assert "the last value before it is kept" in found.said[-1]
    whole = read_series(frame, ["sold"], None, is_parted=False).steps[45:51, 0]
    np.testing.assert_allclose(whole, np.linspace(VALUES[45], VALUES[50], 6), rtol=1e-5)


def test_ends_without_a_value_are_left_out() -> None:
    frame = table()
    frame.loc[[0, 1, COUNT - 1], "sold"] = np.nan
    found = read(frame)
    assert (found.clock.first, len(found.steps)) == ("2001-01-03", COUNT - 3)
    assert "3 steps at the ends have no value and were left out." in found.said


def test_windows_come_in_order_of_time_with_the_last_fifth_for_testing() -> None:
    brought = read(table().assign(price=VALUES[::-1]), "sold", "price")
    arrays, spec = learn_series(brought, Windows(10, 3, 7), "EUR")
    spec.check(arrays, "here")
    assert is_long(spec)
    assert spec.test_size == 12
    np.testing.assert_array_equal(arrays["y_test"], brought.steps[-12:, 0])
    np.testing.assert_array_equal(steps_of(arrays["x_train"], arrays["x_test"]), brought.steps[:-3])
    np.testing.assert_array_equal(arrays["y_train"][0], brought.steps[12, 0])
    column, known = spec.features.columns[1], brought.steps[:-12, 1]  # type: ignore[union-attr]
    assert (column.mean, column.spread) == pytest.approx((known.mean(), known.std()), rel=1e-4)


def changed(row: int, column: str, value: object) -> pd.DataFrame:
    frame = table().astype(object)
    frame.loc[row, column] = value
    return frame


REFUSED = {
    "five points": (
        table().head(5),
        {},
        "the series has a wrong length, expected 30 to 200,000 steps, received 5 rows",
    ),
    "one row": (table().head(1), {}, "the series has a wrong length, expected 30 to 200,000 steps, received 1 rows"),
    "few values": (
        table().assign(sold=[*VALUES[:20], *[np.nan] * 40]),
        {},
        "the series has a wrong length, expected 30 to 200,000 steps, received 20 steps with a value",
    ),
    "a far horizon": (table(), {"horizon": 13}, "the horizon does not fit this series, expected 1 to 12 steps"),
    "a word": (changed(7, "sold", "many"), {}, "row 8 of the column 'sold' holds no number"),
    "no date": (changed(7, "when", "soon"), {}, "row 8 of the column 'when' has no date"),
    "a date twice": (changed(7, "when", "2001-01-10"), {}, "the column 'when' has a date twice.*received 2001-01-10"),
    "a far date": (changed(59, "when", "2031-01-01"), {}, "there are too many gaps"),
    "constant": (table().assign(sold=3.0), {}, "the column 'sold' is constant in its training part"),
    "a long window": (table(), {"length": 50}, "the window does not fit this series, expected 1 to 29 steps"),
    "no room": (table(), {"length": 29, "horizon": 12}, "the window does not fit|too long for this series"),
    "no such column": (table().rename(columns={"sold": "lost"}), {}, "there is no column 'sold'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_series_is_refused_in_one_sentence(case: str) -> None:
    frame, options, said = REFUSED[case]
    with pytest.raises(DatasetError, match=said):
        _learned(frame, options)


def _learned(frame: pd.DataFrame, options: dict[str, int]) -> None:
    brought = read(frame)
    learn_series(brought, Windows.of(brought, options))
