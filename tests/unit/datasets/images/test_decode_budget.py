from contextlib import suppress

import pytest

from core.datasets.images.decode_budget import IMAGE_S, MOST_SLOW, TASK_IMAGE_S, TASK_S, Budget
from core.errors import DatasetError


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def spend(budget: Budget, clock: Clock, seconds: float) -> None:
    with budget.image("x.png"):
        clock.now += seconds
    budget.check()


def test_a_slow_image_is_left_out_and_some_of_them_end_the_task() -> None:
    clock = Clock()
    budget = Budget(100, clock)
    spend(budget, clock, IMAGE_S)
    for _ in range(MOST_SLOW - 1):
        with pytest.raises(DatasetError, match=r"x\.png takes too long to decode"):
            spend(budget, clock, IMAGE_S + 1)
        budget.check()
    with pytest.raises(DatasetError, match=r"x\.png takes too long"):
        spend(budget, clock, IMAGE_S + 1)
    with pytest.raises(DatasetError, match="3 images take more than 15 s each"):
        budget.check()


def test_a_slow_image_that_is_damaged_counts_too() -> None:
    clock = Clock()
    budget = Budget(100, clock)
    for _ in range(MOST_SLOW):
        with suppress(DatasetError), budget.image("x"):
            clock.now += IMAGE_S + 1
            raise DatasetError("x is damaged")
    with pytest.raises(DatasetError, match="each to decode"):
        budget.check()


def test_the_task_ends_when_all_of_them_take_too_long_and_70000_photos_may_take_an_hour() -> None:
    clock = Clock()
    budget = Budget(70_000, clock)
    clock.now = TASK_S + 70_000 * TASK_IMAGE_S
    budget.check()
    assert clock.now > 3600
    clock.now += 1
    with pytest.raises(DatasetError, match="the images take too long to decode"):
        budget.check()
