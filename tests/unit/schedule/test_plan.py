import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.features import Column, Image, Series
from core.datasets.series.clock import Clock
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number
from core.families.cnn import CnnConfig
from core.families.sequence.config import SequenceConfig
from core.program.data import print_split
from core.schedule.plan import Plan
from core.schedule.split import training_rows
from tests.support.random_configs import any_configs

plans = st.builds(
    Plan,
    examples=st.integers(1, 200),
    batch_size=st.integers(1, 60),
    epochs=st.integers(1, 6),
    max_images=st.one_of(st.just(0), st.integers(1, 1500)),
)


def updates(plan: Plan) -> Iterator[tuple[int, int]]:
    """Give (epoch, images in the batch) of each update, as a plain loop would make them."""
    seen = 0
    for epoch in range(plan.epochs):
        for first in range(0, plan.examples, plan.batch_size):
            if plan.max_images and seen >= plan.max_images:
                return
            size = min(plan.batch_size, plan.examples - first)
            seen += size
            yield epoch, size


@given(plans)
def test_counts_are_those_of_a_plain_loop(plan: Plan) -> None:
    done = list(updates(plan))
    assert plan.total_steps == len(done)
    assert math.ceil(plan.passes(plan.total_steps)) == done[-1][0] + 1
    assert plan.steps_per_epoch == len(range(0, plan.examples, plan.batch_size))


@given(plans)
def test_a_run_is_cut_short_when_a_plain_loop_makes_fewer_updates_than_its_epochs_have(plan: Plan) -> None:
    whole = list(updates(replace(plan, max_images=0)))
    assert plan.is_cut_short == (len(list(updates(plan))) < len(whole))


@given(any_configs, st.one_of(st.none(), st.integers(1, 100)), st.lists(st.integers(0, 1), min_size=1, max_size=90))
def test_a_config_plans_for_the_images_that_training_takes_and_holds_back(
    config: CnnConfig, images: int | None, labels: list[int]
) -> None:
    config = replace(config, corrections="", **({} if images is None else {"train_images": images}))
    rows = training_rows(config, np.array(labels), 2)
    spec = DataSpec(Image(8, 8, 1), Classes(("a", "b"), (labels.count(0), labels.count(1))), len(labels), 5)
    plan = config.plan(spec)
    assert (plan.examples, config.validation_size(spec)) == (len(rows.learn), len(rows.validation))
    assert plan.examples > 0
    assert (plan.batch_size, plan.epochs, plan.max_images) == (config.batch_size, config.epochs, config.max_images)


@given(st.integers(2, 90), st.one_of(st.just(0), st.integers(2, 90)), st.floats(0.02, 0.5))
def test_of_a_long_series_the_end_is_held_back_which_shares_no_step_with_what_is_learned(
    size: int, most: int, share: float
) -> None:
    spec = DataSpec(Series((Column("a"),), 4, clock=Clock(), horizon=3), Number("a"), size, 5)
    config = SequenceConfig(train_images=most, validation_fraction=share)
    rows = training_rows(config, np.arange(float(size)), *spec.drawn)
    assert (config.plan(spec).examples, config.validation_size(spec)) == (len(rows.learn), len(rows.validation))
    assert len(rows.learn) > 0
    used = [steps for row in rows.learn for steps in (*range(row, row + 4), row + 6)]
    if len(rows.validation) and size > 40 and not most:
        assert max(used) < rows.validation[0]
        assert rows.validation[-1] == size - 1
    made = {"np": np, "x_train": np.arange(size), "y_train": np.arange(size)}
    exec(print_split(config, spec), made)
    np.testing.assert_array_equal(made["x_train"], rows.learn)
    np.testing.assert_array_equal(made.get("x_val", []), rows.validation)


@given(plans)
def test_images_seen_are_those_of_a_plain_loop(plan: Plan) -> None:
    seen = 0
    for step, (_, size) in enumerate(updates(plan), 1):
        seen += size
        assert plan.images(step) == seen
    assert plan.images(0) == 0


@given(plans)
def test_an_epoch_is_done_when_all_its_examples_were_seen(plan: Plan) -> None:
    for step in range(plan.total_steps + 1):
        assert plan.epochs_done(step) == plan.images(step) // plan.examples


def test_a_budget_of_images_cuts_the_last_epoch_short() -> None:
    plan = Plan(examples=4000, batch_size=300, epochs=9, max_images=14_200)
    assert (plan.steps_per_epoch, plan.total_steps) == (14, 50)
    assert (plan.images(14), plan.images(50)) == (4000, 14_400)
