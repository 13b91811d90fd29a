from itertools import chain

import numpy as np
import pytest

from core.schedule.plan import Plan
from core.training.batches import Batches

PLAN = Plan(examples=23, batch_size=5, epochs=4)  # 5 updates an epoch, the last of 3 images


def rows_of(batches: Batches, start: int, steps: int) -> list[list[int]]:
    """Return the rows in each of the next batches after `start` updates."""
    return [batches.batch(np.int64(step))[0].numpy().tolist() for step in range(start, start + steps)]


@pytest.fixture
def batches() -> Batches:
    return Batches([np.arange(23), np.arange(23) ** 2], PLAN, seed=7)


def test_every_epoch_sees_each_row_once_and_its_last_batch_is_short(batches: Batches) -> None:
    through = rows_of(batches, 0, 20)
    for first in range(0, 20, 5):
        epoch = through[first : first + 5]
        assert [len(batch) for batch in epoch] == [5, 5, 5, 5, 3]
        assert sorted(chain(*epoch)) == list(range(23))


def test_every_epoch_has_another_order(batches: Batches) -> None:
    through = rows_of(batches, 0, 20)
    orders = {tuple(chain(*through[first : first + 5])) for first in range(0, 20, 5)}
    assert len({*orders, tuple(range(23))}) == 5


def test_another_seed_is_another_order(batches: Batches) -> None:
    others = [Batches([np.arange(23)], PLAN, seed=seed) for seed in (0, 1, 8, 2**31 - 1)]
    assert len({tuple(chain(*rows_of(one, 0, 5))) for one in (batches, *others)}) == 5


def test_the_same_seed_and_step_are_the_same_rows_whoever_asks(batches: Batches) -> None:
    again = Batches([np.arange(23)], PLAN, seed=7)
    assert rows_of(again, 0, 20) == rows_of(batches, 0, 20)


def test_going_on_in_mid_epoch_gives_the_rows_that_going_through_gives(batches: Batches) -> None:
    through = rows_of(batches, 0, 20)
    for start in (4, 5, 13):
        assert rows_of(batches, start, 20 - start) == through[start:]


def test_images_and_labels_stay_together(batches: Batches) -> None:
    for step in range(20):
        rows, squares = batches.batch(np.int64(step))
        np.testing.assert_array_equal(squares, rows.numpy() ** 2)


@pytest.mark.parametrize(("examples", "batch_size"), [(1, 8), (8, 8), (9, 8), (16, 8), (1000, 1024)])
def test_any_number_of_examples_and_batch_size_sees_each_row_once(examples: int, batch_size: int) -> None:
    batches = Batches([np.arange(examples)], Plan(examples, batch_size, epochs=1), seed=0)
    rows = rows_of(batches, 0, -(-examples // batch_size))
    assert sorted(chain(*rows)) == list(range(examples))


def test_a_row_is_as_likely_first_as_last() -> None:
    plan = Plan(examples=10, batch_size=10, epochs=400)
    rows = np.array(rows_of(Batches([np.arange(10)], plan, seed=3), 0, 400))
    places = rows.argsort(axis=1).mean(axis=0)  # mean place of each row over 400 epochs
    np.testing.assert_allclose(places, 4.5, atol=4 * np.sqrt(99 / 12 / 400))  # four standard errors
