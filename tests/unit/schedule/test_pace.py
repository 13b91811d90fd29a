"""What is done beside training takes a small share of the time, whatever it costs."""

from contextlib import suppress
from itertools import pairwise

import pytest

from core.schedule.pace import Pace


class Clock:
    """Seconds that pass only when told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("cost_s", [0.0005, 0.004, 0.03, 0.5])
def test_what_costs_more_rests_longer_and_never_takes_more_than_its_share(cost_s: float) -> None:
    clock = Clock()
    pace, spent, ends = Pace(0.02, 0.25, clock), 0.0, []
    while clock.now < 200:
        if pace.is_due:
            with pace.spending():
                clock.now += cost_s
            spent += cost_s
            ends.append(clock.now)
        clock.now += 0.01
    assert spent - cost_s <= 0.02 * 100
    rests = [after - before - cost_s for before, after in pairwise(ends)]
    assert rests == pytest.approx([max(0.25, cost_s / 0.02)] * len(rests), abs=0.011)


def test_what_costs_more_once_rests_longer_once_and_a_failure_rests_too() -> None:
    clock = Clock()
    pace = Pace(0.02, 0.25, clock)
    with suppress(OSError), pace.spending():
        clock.now += 0.1
        raise OSError
    clock.now += 4.9
    assert not pace.is_due
    clock.now += 0.2
    assert pace.is_due
    with pace.spending():
        clock.now += 0.001
    clock.now += 0.26
    assert pace.is_due
