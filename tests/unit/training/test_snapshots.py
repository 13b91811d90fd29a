import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jobs.work import Work
from core.schedule.plan import Plan
from core.store.metrics import Snapshot
from core.training import snapshots
from tests.support import tiny

ROUND = {digit * 10**power for digit in (1, 2, 5) for power in range(6)}


@given(st.integers(0, 20_000), st.integers(0, 300))
def test_a_moment_is_due_when_a_round_number_was_passed(before: int, steps: int) -> None:
    after = before + steps
    assert snapshots.is_due(before, after) is any(step in ROUND for step in range(before + 1, after + 1))


def test_of_the_first_hundred_single_steps_seven_are_saved() -> None:
    assert [step for step in range(1, 101) if snapshots.is_due(step - 1, step)] == [1, 2, 5, 10, 20, 50, 100]


def test_weights_come_back_into_another_network_of_the_same_shape() -> None:
    one, other = tiny.classifier().network, tiny.classifier(tiny.CONFIG.changed(["seed=5"])).network
    arrays = snapshots.weights_of(one)
    assert all(name.startswith("weights/") for name in arrays)
    snapshots.set_weights_of(other, {"maps/conv_1": np.zeros(3), **arrays})
    for mine, theirs in zip(other.get_weights(), one.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_ten_and_more_arrays_keep_their_order() -> None:
    names = list(
        snapshots.weights_of(tiny.classifier(tiny.CONFIG.changed(["layers=" + "conv:2:1," * 6 + "flatten"])).network)
    )
    assert len(names) == 14
    assert sorted(names) == names


def test_a_saved_moment_holds_weights_and_views_and_is_listed(work: Work) -> None:
    trainee = tiny.classifier()
    snapshots.save(work, trainee, step=7, epoch=1, wall_s=2.00049)
    assert work.store.metrics.snapshots(work.run.id) == [Snapshot(7, 1, 2.0)]
    found = work.files.load_snapshot(7)
    expected = {**snapshots.weights_of(trainee.network), **trainee.views()}
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_saved_network_gives_the_same_answers_again(work: Work, policy: str) -> None:
    trainee = tiny.classifier(policy=policy)
    snapshots.save(work, trainee, step=1, epoch=0, wall_s=0.0)
    again = tiny.classifier(tiny.CONFIG.changed(["seed=5"]), policy)
    snapshots.set_weights_of(again.network, work.files.load_snapshot(1, "weights/"))
    images = tiny.arrays()["x_test"]
    np.testing.assert_array_equal(again.network(images).numpy(), trainee.network(images).numpy())


def test_a_short_run_looks_at_fewer_examples_or_none_so_that_looking_stays_cheap() -> None:
    adds = 10**8  # so many that an update costs nothing else
    plans = [Plan(examples=64 * steps, batch_size=64, epochs=1) for steps in (10, 200, 400)]
    looked_at = [snapshots.examples_looked_at(plan, adds) for plan in plans]
    assert looked_at == [0, 32, 64]
    for plan, examples in zip(plans, looked_at, strict=True):
        saved = 1 + sum(snapshots.is_due(step - 1, step) for step in range(1, plan.total_steps + 1))
        assert saved * examples <= 0.02 * 3 * plan.images(plan.total_steps)
    assert snapshots.examples_looked_at(plans[0], 100) == 64  # a small network is looked at for nothing
