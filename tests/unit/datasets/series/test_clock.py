"""The times of steps at equal intervals."""

import pytest

from core.datasets.features import Column, Series, features_from
from core.datasets.series.clock import Clock


@pytest.mark.parametrize(
    ("clock", "labels", "said"),
    [
        (Clock("1958-11", "M"), ["1958-12", "1959-01"], "every month"),
        (Clock("2024-02-28", "D"), ["2024-02-29", "2024-03-01"], "every day"),
        (Clock("2024-02-29", "D", 7), ["2024-03-07", "2024-03-14"], "every week"),
        (Clock("2024-03-08", "B"), ["2024-03-11", "2024-03-12"], "every working day"),  # a Friday, then Monday
        (Clock("2024-03-08T23:45", "m", 15), ["2024-03-09 00:00", "2024-03-09 00:15"], "every 15 minutes"),
        (Clock(), ["2", "3"], "every step"),
    ],
)
def test_steps_have_the_times_of_a_calendar(clock: Clock, labels: list[str], said: str) -> None:
    assert clock.labels(1, 2) == labels
    assert clock.say() == said


def test_a_series_is_read_as_it_was_written_and_as_older_versions_wrote_it() -> None:
    series = Series((Column("level"),), 4, 3, Clock("1958-11", "M"), 2)
    assert features_from(series.to_dict()) == series
    older = {key: value for key, value in series.to_dict().items() if key not in ("clock", "horizon")}
    assert features_from(older) == Series((Column("level"),), 4, 3)
