"""How long a run will take and how much memory, said before it is started."""

import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.datasets import DATASETS
from core.datasets.features import Image
from core.errors import ConfigError
from core.families.cnn import FAMILY, PRESETS, CnnConfig
from core.layers.blocks import BatchNorm, Conv, Dense, Dropout, Flatten, GlobalPool, LayerNorm, Pool, Residual
from core.layers.pretrained import Pretrained
from core.runs.estimate import AROUND_S, PROCESS_BYTES, SAME, Estimate, Load, ServerSpeed, load_of
from core.settings import Settings
from core.store import Run, Status
from tests.support import random_configs as some

SPEC = DATASETS["mnist_5k"].spec
MNIST = DATASETS["mnist"].spec
NOWHERE = Settings(Path("no-home"), Path("no-data"))
CONFIG = CnnConfig(layers=(Conv(filters=8), Pool(), Flatten(), Dense(units=16)), epochs=3)
SPEED = 5000  # images a second
BETWEEN_S = 4.0  # from claim to first update, and from the last one to the result


def ran(
    config: CnnConfig = CONFIG,
    *,
    images_per_s: float | None = SPEED,
    around_s: float = BETWEEN_S,
    memory_mb: int | None = 1000,
    steps: int | None = None,
    dataset: str = "mnist_5k",
    **more: Any,
) -> Run:
    """A run that has been: `steps` updates, or all of them, at this speed."""
    plan = config.plan(DATASETS[dataset].spec)
    done = plan.total_steps if steps is None else steps
    fit_s = plan.images(done) / (images_per_s or SPEED)
    summary = {"steps_done": done, "images_per_s": images_per_s, "memory_mb": memory_mb}
    known: dict[str, Any] = {
        "id": "a-run",
        "kind": "train",
        "name": "a run",
        "family": "cnn",
        "preset": "article",
        "dataset": dataset,
        "dataset_version": None,
        "split_seed": None,
        "config": config.to_dict(),
        "status": Status.SUCCEEDED,
        "owner": "ann",
        "after": None,
        "parent": None,
        "branch_step": None,
        "group": None,
        "generation": 0,
        "priority": 0,
        "host": "here",
        "slot": None,
        "pid": None,
        "lease": None,
        "device": "CPU",
        "created": 0.0,
        "started": 1000.0,
        "finished": 1000.0 + around_s + fit_s,
        "heartbeat": 0,
        "progress": {},
        "summary": summary,
        "note": "",
        "starred": False,
        "published": False,
        "error": "",
    }
    return Run(**{**known, **more})


def load(config: CnnConfig = CONFIG, **changes: Any) -> Load:
    return load_of(FAMILY, replace(config, **changes), SPEC)


def expected(config: CnnConfig, *past: Run) -> Estimate:
    return ServerSpeed.of(past, NOWHERE).estimate(load_of(FAMILY, config, SPEC))


# Before anything was measured


def test_without_a_run_it_is_a_guess_of_updates_and_memory() -> None:
    found = expected(CONFIG)
    asked = load()
    assert not found.is_measured
    assert found.seconds == pytest.approx(AROUND_S + asked.updates * asked.step_us / 1e6)
    assert found.bytes == pytest.approx(PROCESS_BYTES + asked.bytes)


@settings(max_examples=25)
@given(config=some.small_configs)
def test_any_possible_network_has_a_guess_that_is_a_number(config: CnnConfig) -> None:
    assume(is_possible(config))
    found = expected(config)
    assert AROUND_S < found.seconds < math.inf
    assert PROCESS_BYTES < found.bytes < math.inf


def test_an_impossible_network_has_no_estimate() -> None:
    with pytest.raises(ConfigError):
        load(layers=(Dense(),))


# What a run asks


@pytest.mark.parametrize(
    "changes", [{}, {"max_images": 5000}, {"train_images": 100}, {"validation_fraction": 0.2}, {"batch_size": 1024}]
)
def test_a_run_asks_for_as_many_updates_and_images_as_its_plan_has(changes: dict[str, Any]) -> None:
    plan, asked = replace(CONFIG, **changes).plan(SPEC), load(**changes)
    assert asked.updates == plan.total_steps
    assert asked.images == plan.images(plan.total_steps)


def test_only_what_watches_validation_may_end_a_run_early() -> None:
    assert not load(time_budget_s=10, max_images=500).may_end_early
    assert load(validation_fraction=0.2, patience=1).may_end_early
    assert load(validation_fraction=0.2, target_accuracy=0.9).may_end_early


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 0.5},
        {"epochs": 50},
        {"max_images": 500},
        {"seed": 9},
        {"schedule": "cosine"},
        {"time_budget_s": 5},
        {"weight_decay": 0.1},
    ],
)
def test_what_changes_no_updates_time_leaves_the_network_the_same(changes: dict[str, Any]) -> None:
    assert load(**changes).network == load().network


@pytest.mark.parametrize(
    "changes",
    [
        {"layers": (Flatten(),)},
        {"batch_size": 128},
        {"optimizer": "sgd"},
        {"precision": "float32"},
        {"augment_noise": 0.1},
        {"l2": 0.1},
    ],
)
def test_what_changes_an_updates_time_is_another_network(changes: dict[str, Any]) -> None:
    assert load(**changes).network != load().network


# The same again


@pytest.mark.parametrize("preset", PRESETS)
def test_the_very_same_run_again_takes_what_it_took(preset: str) -> None:
    config = PRESETS[preset].config
    past = ran(config, images_per_s=1234, around_s=5.5, memory_mb=1717)
    found = expected(config, past)
    assert past.started is not None
    assert past.finished is not None
    assert found.is_measured
    assert found.seconds == pytest.approx(past.finished - past.started, rel=0.01)
    assert found.bytes == pytest.approx(1717e6, rel=0.01)


@settings(max_examples=25)
@given(
    config=some.small_configs,
    images_per_s=st.integers(1, 100_000),
    around_s=st.floats(0.0, 100.0),
    memory_mb=st.integers(500, 50_000),
)
def test_any_run_again_takes_what_it_took(
    config: CnnConfig, images_per_s: int, around_s: float, memory_mb: int
) -> None:
    config = replace(config, time_budget_s=0)
    assume(is_possible(config))
    past = ran(config, images_per_s=images_per_s, around_s=around_s, memory_mb=memory_mb)
    found = expected(config, past)
    assert found.seconds == pytest.approx(past.finished - past.started, rel=0.01)
    assert found.bytes == pytest.approx(memory_mb * 1e6, rel=0.01)


def test_three_times_the_epochs_take_three_times_the_training_and_the_same_around_it() -> None:
    found = expected(replace(CONFIG, epochs=9), ran())
    assert found.seconds == pytest.approx(BETWEEN_S + 9 * 4000 / SPEED)


def test_a_run_that_was_stopped_early_says_how_long_all_of_it_takes() -> None:
    found = expected(CONFIG, ran(steps=20, status=Status.STOPPED))
    assert found.seconds == pytest.approx(BETWEEN_S + 3 * 4000 / SPEED)


@pytest.mark.parametrize("budget_s", [1, 2])
def test_a_time_budget_caps_the_training_but_not_what_is_around_it(budget_s: int) -> None:
    config = replace(CONFIG, time_budget_s=budget_s)
    assert 3 * 4000 / SPEED > 2
    assert expected(config, ran()).seconds == pytest.approx(BETWEEN_S + budget_s)
    ended = ran(config, steps=budget_s * SPEED // 64)
    assert expected(config, ended).seconds == pytest.approx(BETWEEN_S + budget_s, rel=0.01)


def test_a_time_budget_that_is_not_reached_changes_nothing() -> None:
    assert expected(replace(CONFIG, time_budget_s=600), ran()) == expected(CONFIG, ran())
    assert expected(replace(CONFIG, time_budget_s=600)).seconds == expected(CONFIG).seconds


def test_a_guess_is_capped_by_a_time_budget_too() -> None:
    long = replace(CONFIG, epochs=200)
    assert expected(long).seconds > AROUND_S + 5
    assert expected(replace(long, time_budget_s=5)).seconds == pytest.approx(AROUND_S + 5)


def test_of_the_same_network_the_median_of_the_newest_three_counts() -> None:
    speeds = (1000, 4000, 2000, 9999, 9999, 9999)  # newest first
    past = [ran(images_per_s=speed, around_s=10 * n, memory_mb=1000 + n) for n, speed in enumerate(speeds)]
    assert SAME == 3
    found = expected(CONFIG, *past)
    assert found.seconds == pytest.approx(10 + 3 * 4000 / 2000)
    assert found.bytes == pytest.approx(1001e6)


def test_the_same_network_counts_before_any_other_even_if_it_is_older() -> None:
    other = replace(CONFIG, layers=(Conv(filters=9), *CONFIG.layers[1:]))
    past = [*[ran(other, images_per_s=17)] * 5, ran(images_per_s=2000)]
    assert expected(CONFIG, *past).seconds == pytest.approx(BETWEEN_S + 3 * 4000 / 2000)


# Another network

LONG, BRIEF = replace(CONFIG, epochs=200), replace(CONFIG, max_images=200)


def test_another_network_takes_as_much_longer_as_its_updates_are_guessed_to() -> None:
    other = replace(CONFIG, layers=(Conv(filters=64, padding="same"), *CONFIG.layers))
    found = expected(other, ran(LONG))
    longer = load(other).step_us / load().step_us
    assert longer > 1.5
    assert found.is_measured
    assert found.seconds == pytest.approx(BETWEEN_S + longer * 3 * 4000 / SPEED)


def test_a_server_that_is_twice_as_fast_takes_half_the_time_for_any_network() -> None:
    other = replace(CONFIG, layers=(Conv(filters=32), GlobalPool()), epochs=7)
    slow, fast = (expected(other, ran(LONG, images_per_s=speed)).seconds - BETWEEN_S for speed in (1000, 2000))
    assert slow == pytest.approx(2 * fast)


def test_a_short_run_says_less_of_other_networks_than_a_long_one() -> None:
    other = replace(CONFIG, layers=(Conv(filters=32), GlobalPool()), epochs=7)
    guess = expected(other).seconds - AROUND_S
    by_short, by_long = (expected(other, ran(past, images_per_s=100)).seconds - BETWEEN_S for past in (BRIEF, LONG))
    assert guess < by_short < by_long / 5


def test_the_run_that_is_most_like_it_says_how_fast_the_server_is() -> None:
    small, large = replace(CONFIG, layers=(Flatten(),)), replace(CONFIG, layers=(Residual(filters=64), GlobalPool()))
    past = [ran(small, images_per_s=100_000), ran(large, images_per_s=100)]
    for config, like in (
        (replace(small, layers=(Flatten(), Dense(units=8))), past[0]),
        (replace(large, l2=0.1), past[1]),
    ):
        seconds = expected(config, like).seconds
        assert expected(config, *past).seconds == pytest.approx(seconds)
        assert expected(config, *reversed(past)).seconds == pytest.approx(seconds)


def test_a_run_on_other_data_of_the_same_network_is_counted_by_its_own_images() -> None:
    past = ran(dataset="mnist")
    assert expected(CONFIG, past).seconds < past.finished - past.started
    there = ServerSpeed.of([past], NOWHERE).estimate(load_of(FAMILY, CONFIG, MNIST))
    assert there.seconds == pytest.approx(past.finished - past.started, rel=0.01)


def test_runs_in_a_process_that_had_trained_before_tell_the_speed_and_only_the_others_the_memory() -> None:
    load = load_of(FAMILY, CONFIG, SPEC)
    used = [ran(memory_mb=None), ran(memory_mb=None)]
    found = ServerSpeed.of(used, NOWHERE).estimate(load)
    assert found.seconds == pytest.approx(ServerSpeed.of([ran()], NOWHERE).estimate(load).seconds)
    assert found.bytes == PROCESS_BYTES + load.bytes
    assert ServerSpeed.of([*used, ran(memory_mb=1234)], NOWHERE).estimate(load).bytes == pytest.approx(1234e6)


# Runs that say nothing


SAYS_NOTHING: dict[str, Run] = {
    "trained too short to have a speed": ran(images_per_s=None),
    "resumed": ran(generation=1),
    "not begun": ran(started=None),
    "not finished": ran(finished=None),
    "without a summary": ran(summary={}),
    "of a family that is not known here": ran(family="transformer"),
    "of no family": ran(family=None),
    "on data that is not known here": replace(ran(), dataset="cats"),
    "of another version of the form": replace(ran(), config={**CONFIG.to_dict(), "schema": 99}),
    "with a setting that is not known here": replace(ran(), config={**CONFIG.to_dict(), "colour": "red"}),
    "of a network that is impossible here": replace(ran(), config={**CONFIG.to_dict(), "layers": ["dense:8:relu"]}),
}


@pytest.fixture(params=SAYS_NOTHING)
def silent(request: pytest.FixtureRequest) -> Run:
    """A run that says nothing."""
    return SAYS_NOTHING[request.param]


def test_a_run_that_says_nothing_is_passed_over(silent: Run) -> None:
    assert expected(CONFIG, silent) == expected(CONFIG)
    assert expected(CONFIG, silent, silent, ran(images_per_s=321)) == expected(CONFIG, ran(images_per_s=321))


def test_runs_that_say_nothing_are_not_among_the_newest_three(silent: Run) -> None:
    past = [ran(images_per_s=speed) for speed in (1000, 4000, 2000)]
    assert expected(CONFIG, past[0], silent, past[1], silent, past[2]) == expected(CONFIG, *past)


# More of it


@pytest.mark.parametrize("past", [(), (ran(),), (ran(replace(CONFIG, layers=(Flatten(),))),)])
def test_more_images_take_longer(past: tuple[Run, ...]) -> None:
    for name, values in (
        ("epochs", (1, 2, 5, 200)),
        ("train_images", (65, 200, 1000, 4000)),
        ("max_images", (65, 500, 6000, 12_000)),
    ):
        found = [expected(replace(CONFIG, **{name: value}), *past).seconds for value in values]
        assert all(less < more for less, more in itertools.pairwise(found)), name


@pytest.mark.parametrize("past", [(), (ran(),)])
@pytest.mark.parametrize(
    "more",
    [Conv(filters=8, padding="same"), Residual(filters=8), BatchNorm(), LayerNorm(), Dropout()],
    ids=lambda block: block.kind,
)
def test_more_layers_take_longer_and_no_less_memory(past: tuple[Run, ...], more: Any) -> None:
    networks = [(CONFIG.layers[0], *[more] * count, *CONFIG.layers[1:]) for count in range(1, 6)]
    found = [expected(replace(CONFIG, layers=layers), *past) for layers in networks]
    seconds, memory = [each.seconds for each in found], [each.bytes for each in found]
    assert all(less < more for less, more in itertools.pairwise(seconds))
    assert memory == sorted(memory)


@pytest.mark.parametrize("past", [(), (ran(),)])
def test_wider_layers_and_larger_batches_take_more_memory(past: tuple[Run, ...]) -> None:
    wide = [expected(replace(CONFIG, layers=(Conv(filters=n), GlobalPool())), *past).bytes for n in (1, 16, 256)]
    assert wide[0] < wide[1] < wide[2]
    large = [
        expected(replace(CONFIG, batch_size=size, layers=(Conv(), GlobalPool())), *past).bytes
        for size in (8, 128, 1024)
    ]
    assert large[0] < large[1] < large[2]


def is_possible(config: CnnConfig) -> bool:
    try:
        config.validate(SPEC)
    except ConfigError:
        return False
    return True


# What is frozen


def test_frozen_layers_cost_a_forward_pass_once_and_no_update_depends_on_them() -> None:
    spec = replace(SPEC, features=Image(64, 64, 3))
    frozen = CnnConfig(layers=(Pretrained(), GlobalPool()))
    trained = load_of(FAMILY, replace(frozen, layers=(Pretrained(trained="stem"), GlobalPool())), spec)
    found = load_of(FAMILY, frozen, spec)
    alone = load_of(FAMILY, CnnConfig(layers=(Flatten(),)), replace(spec, features=Image(1, 1, 1280)))
    assert found.step_us < alone.step_us
    of_an_image = (trained.step_us - found.step_us) / frozen.batch_size
    assert found.once_us == pytest.approx((spec.train_size + spec.test_size) * of_an_image / 3, rel=0.2)
    assert trained.once_us == alone.once_us == 0
    assert found.bytes < trained.bytes


def test_frozen_layers_cost_as_many_forward_passes_as_examples_are_used() -> None:
    spec = replace(SPEC, features=Image(64, 64, 3), test_size=0)
    frozen = CnnConfig(layers=(Pretrained(), GlobalPool()))
    few, all_of_them = (load_of(FAMILY, replace(frozen, train_images=count), spec) for count in (65, 0))
    assert few.once_us == pytest.approx(all_of_them.once_us * 65 / spec.train_size)
    assert few.bytes < all_of_them.bytes


def test_augmented_examples_go_through_frozen_layers_each_time_but_not_back() -> None:
    spec = replace(SPEC, features=Image(64, 64, 3))

    def asked(trained: str, noise: float) -> Load:
        layers = (Pretrained(trained=trained), GlobalPool())
        return load_of(FAMILY, CnnConfig(layers=layers, augment_noise=noise), spec)

    forward_and_back = asked("stem", 0).step_us - asked("none", 0).step_us
    assert asked("none", 0.1).once_us == 0
    assert asked("stem", 0.1).step_us - asked("none", 0.1).step_us == pytest.approx(forward_and_back * 2 / 3, rel=0.05)


def test_what_is_computed_once_is_in_the_guess_and_is_not_taken_for_another_runs() -> None:
    photos = replace(CONFIG, layers=(Pretrained(), GlobalPool()))
    once_s = load(photos).once_us / 1e6
    assert expected(photos).seconds == pytest.approx(
        AROUND_S + once_s + load(photos).updates * load(photos).step_us / 1e6
    )
    past = ran(photos, around_s=BETWEEN_S + once_s)
    assert expected(photos, past).seconds == pytest.approx(BETWEEN_S + once_s + load(photos).images / SPEED)
    plain = expected(CONFIG, past).seconds - expected(CONFIG, replace(past, finished=past.finished - BETWEEN_S)).seconds
    assert plain == pytest.approx(BETWEEN_S)
