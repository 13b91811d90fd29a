from itertools import product

import numpy as np
import pytest

from core.errors import ConfigError
from core.families.cnn import PRESETS
from core.families.gan.family import FAMILY as GAN
from core.jobs.sweep import plan_sweep, read_axes
from core.jobs.sweep.more_data import plan_more_data, sizes_of
from tests.support import tiny

CONFIG = PRESETS["fast"].config


def test_a_grid_is_every_combination_once_in_an_order_of_its_seed() -> None:
    over = ["learning_rate=1e-4..1e-1:log:6", "batch_size=32,128"]
    found = [(config.learning_rate, config.batch_size) for config in plan_sweep(CONFIG, over)]
    rates, sizes = zip(*found, strict=True)
    np.testing.assert_allclose(sorted(set(rates)), np.logspace(-4, -1, 6), rtol=5e-3)  # three digits
    assert sorted(found) == sorted(product(sorted(set(rates)), (32, 128)))
    assert set(sizes) == {32, 128}
    assert found == [(one.learning_rate, one.batch_size) for one in plan_sweep(CONFIG, over)]
    assert plan_sweep(CONFIG, over, trials=3) == plan_sweep(CONFIG, over)[:3]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("epochs=1..5", (1, 2, 3, 4, 5)),
        ("epochs=1..2", (1, 2)),
        ("momentum=0..0.9:4", (0.0, 0.3, 0.6, 0.9)),
        ("batch_size=8..128", (8, 16, 32, 64, 128)),  # its scale is logarithmic
        ("batch_size=8..128:linear:3", (8, 68, 128)),
        ("optimizer=adam, sgd,adam", ("adam", "sgd")),
    ],
)
def test_values_are_read_as_the_command_line_writes_them(text: str, values: tuple[object, ...]) -> None:
    [axis] = read_axes(CONFIG, [text])
    assert axis.values == values


def test_random_trials_are_different_and_spread_over_the_logarithm() -> None:
    found = plan_sweep(CONFIG, ["learning_rate=1e-4..1e-1", "epochs=1..3"], trials=64, seed=1)
    rates = np.log10([config.learning_rate for config in found])
    assert len(set(found)) == 64
    assert np.histogram(rates, bins=3, range=(-4, -1))[0].min() > 10
    assert {config.epochs for config in found} == {1, 2, 3}


@pytest.mark.parametrize(
    ("over", "trials", "words"),
    [
        (["epochs"], None, "what to sweep cannot be used"),
        (["speed=1,2"], None, "there is no setting 'speed'"),
        (["layers=dense:1,dense:2"], None, "layers cannot be swept"),
        (["epochs=1,x"], None, "epochs cannot be used"),
        (["epochs=0..3"], None, "a whole number from 1 to 200"),
        (["epochs=3..1"], None, "the range of epochs cannot be used"),
        (["epochs=1..9:3:4"], None, "the range of epochs cannot be used"),
        (["epochs=1..9:many"], None, "the range of epochs cannot be used"),
        (["weight_decay=0..1:log"], None, "no logarithm at its start"),
        (["epochs=3"], None, "epochs has nothing to compare"),
        (["epochs=1,2", "epochs=3,4"], None, "one or two different ones"),
        (["epochs=1,2", "seed=1,2", "momentum=0,0.5"], None, "one or two different ones"),
        (["epochs=1..60:9", "seed=0..9:9"], None, "expected 2 to 64 runs, received 81"),
        (["epochs=1,2"], 1, "expected 2 to 2 runs, received 1"),
        (["epochs=1,2"], 3, "expected 2 to 2 runs, received 3"),
        (["epochs=1..9"], 65, "expected 2 to 64 runs, received 65"),
        (["epochs=1..3"], 4, "too few different values"),
    ],
)
def test_what_cannot_be_swept_is_refused_in_one_sentence(over: list[str], trials: int | None, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        plan_sweep(CONFIG, over, trials)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("used", "sizes"),
    [
        (60_000, [100, 1000, 4000, 60_000]),
        (4000, [100, 1000, 2000, 4000]),
        (30, [3, 7, 15, 30]),
    ],
)
def test_a_learning_curve_has_four_numbers_of_examples(used: int, sizes: list[int]) -> None:
    assert sizes_of(used) == sizes


def test_only_settings_that_limit_the_examples_can_be_trained_on_fewer() -> None:
    found = plan_more_data(CONFIG, tiny.SPEC)
    assert [config.used_size(tiny.SPEC) for config in found] == [3, 7, 15, 30]
    assert found[-1] == CONFIG
    with pytest.raises(ConfigError, match="cannot be limited"):
        plan_more_data(GAN.presets[GAN.default_preset].config, tiny.SPEC)
