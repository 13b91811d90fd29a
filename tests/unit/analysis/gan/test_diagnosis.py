import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.gan.diagnosis import FEWEST_ROWS, POINTS, Finding, diagnose
from core.analysis.gan.fixes import find_fix
from core.analysis.gan.quality import Coverage
from core.errors import ConfigError
from core.store.metrics import Point

CONFIG: Mapping[str, Any] = {
    "loss": "non_saturating",
    "d_learning_rate": 5e-4,
    "g_learning_rate": 1e-3,
    "d_updates": 1,
    "g_updates": 1,
    "label_smoothing": 0.0,
    "instance_noise": 0.0,
    "r1": 0.0,
}
# Levels and noise of a sound small DCGAN on digits, steps 200 to 800.
SOUND = {
    "g_loss": (0.87, 0.08),
    "d_loss": (1.33, 0.05),
    "d_real": (0.47, 0.03),
    "d_fake": (0.43, 0.03),
    "g_gradient_norm": (0.6, 0.1),
    "d_gradient_norm": (0.5, 0.1),
    "val_d_accuracy": (0.58, 0.07),
    "val_diversity": (1.0, 0.03),
}
NOW_AND_THEN = ("val_d_accuracy", "val_diversity")


def run(steps: int = 800, every: int = 10, seed: int = 0, **changes: Any) -> list[Point]:
    """Return a sound run; `changes` are functions (step) -> level that replace a metric's."""
    rng = np.random.default_rng(seed)
    points = []
    for step in range(1, steps + 1):
        values = {}
        for name, (level, noise) in SOUND.items():
            if name in NOW_AND_THEN and step % every:
                continue
            level = changes[name](step) if name in changes else level
            values[name] = float(
                level * (1 + noise / 3 * rng.normal()) if name in changes else rng.normal(level, noise)
            )
        points.append(Point(step, 0, step / 20, values))
    return points


def kinds(points: list[Point], **config: Any) -> list[str]:
    return [finding.kind for finding in diagnose(points, {**CONFIG, **config})]


def only(points: list[Point], coverage: Coverage | None = None, **config: Any) -> Finding:
    (finding,) = diagnose(points, {**CONFIG, **config}, coverage)
    return finding


def after(step: int, later: float, before: float) -> Any:
    """Return a level that changes once."""
    return lambda now: later if now >= step else before


def test_a_sound_run_has_no_finding_at_any_time() -> None:
    points = run()
    assert not any(diagnose(points[:count], CONFIG) for count in range(0, 801, 7))


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 600),
    st.floats(0.45, 0.75),
    st.floats(0.25, 0.5),
    st.floats(0.5, 1.1),
    st.floats(0.5, 0.93),
    st.floats(0.1, 20),
)
def test_no_run_within_the_sound_band_has_a_finding(
    seed: int, steps: int, on_real: float, on_fake: float, diversity: float, right: float, norm: float
) -> None:
    levels = {"d_real": on_real, "d_fake": on_fake, "val_diversity": diversity, "val_d_accuracy": right}
    flat = {name: (lambda now, level=level: level) for name, level in levels.items()}
    slope = {"g_gradient_norm": lambda now: norm * max(0.1, 1 - now / 300)}
    points = run(steps, seed=seed, **flat, **slope)
    rng = np.random.default_rng(seed)
    for point in points:  # one step in fifty is far out
        if rng.random() < 0.02:
            point.values.update(d_fake=rng.random(), d_real=rng.random(), g_gradient_norm=float(rng.exponential(norm)))
    assert diagnose(points, CONFIG) == []


def test_an_untrained_generator_whose_samples_are_still_alike_has_not_collapsed() -> None:
    rising = {"val_diversity": lambda now: min(1.0, 0.05 + now / 250)}
    points = run(**rising)
    assert not any(diagnose(points[:count], CONFIG) for count in range(0, 801, 20))


def test_a_slow_run_that_rests_at_a_third_of_the_diversity_has_not_collapsed() -> None:
    assert kinds(run(val_diversity=lambda now: 0.34)) == []


def test_samples_that_become_alike_are_a_mode_collapse_told_with_its_step() -> None:
    found = only(run(val_diversity=after(400, 0.08, 0.95)))
    assert found.kind == "mode_collapse"
    assert found.sentence == (
        "The samples differ from each other only 0.08 times as much as real images do, since step 400: mode collapse. "
        "The generator repeats a few images that fool the discriminator."
    )
    assert found.fix == {"g_learning_rate": 2.5e-4}
    assert found.fix_label == "Train again with generator learning rate 0.00025"


def test_a_collapse_is_seen_early_if_the_samples_were_diverse_before() -> None:
    points = run(300, every=5, val_diversity=after(200, 0.1, 0.9))
    assert kinds(points[:205]) == []
    assert kinds(points) == ["mode_collapse"]


def test_samples_that_are_alike_after_a_long_run_are_a_collapse_unless_they_get_more_diverse() -> None:
    alike = run(val_diversity=lambda now: 0.1)
    assert "from the start" in only(alike).sentence
    assert kinds(alike[:499]) == []
    assert kinds(run(val_diversity=lambda now: 0.02 * math.exp(now / 320))) == []


def test_a_single_low_measurement_is_no_collapse_and_a_single_high_one_does_not_end_it() -> None:
    low = run(val_diversity=lambda now: 0.05 if now == 800 else 1.0)
    assert kinds(low) == []
    high = run(val_diversity=lambda now: 1.0 if now in (400, 740) or now < 300 else 0.1)
    assert "since step 300" in only(high).sentence


def test_few_classes_are_a_collapse_too() -> None:
    shares = (0.7, 0.2, 0.1) + (0.0,) * 7
    few = Coverage(shares, 3, tuple(range(3, 10)), 0.9, 0.7)
    found = only(run(), few)
    assert found.kind == "mode_collapse"
    assert found.sentence.startswith(
        "The samples show only 3 of 10 classes, and 70 % of them show a single one: mode collapse."
    )
    most = Coverage((1 / 8,) * 8 + (0.0,) * 2, 8, (8, 9), 0.9, 0.2)
    assert only(run(), most).sentence.startswith("The samples show only 8 of 10 classes: partial mode collapse.")
    (clouds,) = diagnose(run(), CONFIG, most, of=POINTS)
    assert clouds.sentence.startswith("The samples show only 8 of 10 clouds: partial")
    assert diagnose(run(), CONFIG, Coverage((1 / 9,) * 9 + (0.0,), 9, (9,), 0.9, 0.1)) == []
    assert diagnose(run(200), CONFIG, few) == []  # not yet trained


STRONG = {
    "d_real": after(200, 0.97, 0.6),
    "d_fake": after(200, 0.03, 0.4),
    "val_d_accuracy": after(200, 0.99, 0.8),
    "g_loss": after(200, 4.8, 1.0),
}


def test_a_discriminator_that_is_sure_of_all_unseen_images_is_too_strong() -> None:
    points = run(seed=1, **STRONG)
    for point in points:
        if "val_d_accuracy" in point.values:
            point.values["val_d_accuracy"] = 0.996 if point.step >= 200 else 0.8
    found = only(points)
    assert found.kind == "d_too_strong"
    assert found.sentence == (
        "The discriminator classifies 99.6 % of unseen images correctly, rates real images 0.97 and generated ones "
        "0.03 (1: surely real), since step 200: it is too strong for the generator to keep up."
    )
    assert found.fix == {"d_learning_rate": 1.25e-4}


def test_without_measured_accuracy_its_beliefs_decide() -> None:
    points = run(every=10_000, **{name: STRONG[name] for name in ("d_real", "d_fake")})
    assert only(points).sentence.startswith("The discriminator rates real images 0.97 and generated ones 0.03")


def test_smoothed_labels_hold_its_belief_in_real_images_down() -> None:
    beliefs = {"d_real": lambda now: 0.7, "d_fake": lambda now: 0.03}
    assert kinds(run(every=10_000, **beliefs)) == []
    assert kinds(run(every=10_000, **beliefs), label_smoothing=0.2) == ["d_too_strong"]


@pytest.mark.parametrize(
    "change",
    [
        {
            "val_d_accuracy": lambda now: 0.98,
            "d_fake": lambda now: 0.33,
            "d_real": lambda now: 0.76,
        },  # a slow, sound run
        {**STRONG, "val_d_accuracy": lambda now: 0.85},  # it knows the training images by heart
        {"d_fake": lambda now: 0.03},  # it believes in nothing
    ],
)
def test_a_discriminator_that_is_only_ahead_is_not_too_strong(change: dict[str, Any]) -> None:
    assert kinds(run(**change)) == []


def test_a_discriminator_that_was_sure_for_a_moment_only_is_not_too_strong() -> None:
    points = run(every=2, **STRONG)
    assert kinds(points[:214]) == []
    assert kinds(points[:260]) == ["d_too_strong"]


@pytest.mark.parametrize("loss", ["hinge", "wasserstein"])
def test_scores_that_are_no_shares_are_not_taken_for_beliefs(loss: str) -> None:
    assert kinds(run(**STRONG), loss=loss) == []
    fooled = run(g_gradient_norm=after(300, 0.003, 1.5), d_fake=after(300, 0.98, 0.4))
    assert only(fooled, loss=loss).sentence.endswith("it has almost stopped learning.")


def test_a_gradient_that_vanishes_stalls_the_generator_and_the_loss_is_to_blame() -> None:
    found = only(run(g_gradient_norm=after(300, 0.002, 1.5)), loss="minimax")
    assert found.kind == "g_stalled"
    assert found.sentence.startswith("The generator's gradient is 0.13 % of what it was at step ")
    assert found.sentence.endswith(", since step 300: it has almost stopped learning.")
    assert found.fix == {"loss": "non_saturating"}
    assert found.fix_label == "Train again with loss non-saturating"


def test_a_generator_that_fools_the_discriminator_stalls_for_want_of_a_better_one() -> None:
    points = run(g_gradient_norm=after(300, 0.003, 1.5), d_fake=after(300, 0.98, 0.4))
    found = only(points, d_learning_rate=1e-4)
    assert found.kind == "g_stalled"
    assert "the discriminator believes its images (0.98) and teaches it nothing" in found.sentence
    assert found.fix == {"d_learning_rate": 4e-4}


def test_a_gradient_that_comes_down_to_a_twentieth_is_sound() -> None:
    assert kinds(run(g_gradient_norm=lambda now: max(0.05, 1 - now / 200))) == []
    assert kinds(run(g_gradient_norm=lambda now: 0.001)) == []  # it never was larger


def test_belief_that_swings_is_an_oscillation_and_noise_is_not() -> None:
    found = only(run(d_fake=lambda now: 0.45 + 0.35 * math.sin(2 * math.pi * now / 40)))
    assert found.kind == "oscillation"
    assert "swung 7 times between 0.12 and 0.78" in found.sentence
    assert found.sentence.endswith("since step 641: the two chase each other in circles.")
    assert found.fix == {"r1": 1.0}
    rng = np.random.default_rng(0)
    assert kinds(run(d_fake=lambda now: rng.uniform(0.2, 0.65))) == []


@pytest.mark.parametrize(
    "belief",
    [
        lambda now: 0.2 + 0.5 * now / 800,  # it drifts
        lambda now: 0.7 if now > 720 else 0.3,  # it jumps once
        lambda now: 0.45 + 0.1 * math.sin(2 * math.pi * now / 40),  # it swings a little
        lambda now: 0.9 if now % 40 == 0 else 0.4,  # single steps jump
        lambda now: 0.45 + (0.35 if now < 500 else 0.0) * math.sin(2 * math.pi * now / 40),  # it has calmed down
    ],
)
def test_belief_that_changes_otherwise_is_no_oscillation(belief: Any) -> None:
    assert kinds(run(d_fake=belief)) == []


def test_a_loss_that_is_nan_is_all_that_is_said() -> None:
    points = run(200, **STRONG)
    points[149].values.update(d_loss=math.nan, g_gradient_norm=math.inf)
    found = only(points, g_learning_rate=0.05, d_learning_rate=0.02)
    assert found.kind == "not_a_number"
    assert found.sentence == (
        "The discriminator's loss became NaN at step 150; the learning rates are 0.05 (generator) and 0.02 "
        "(discriminator)."
    )
    assert found.fix == {"d_learning_rate": 0.002, "g_learning_rate": 0.005}
    assert found.fix_label == ("Train again with discriminator learning rate 0.002 and generator learning rate 0.005")


def test_a_run_that_breaks_at_once_is_told_and_so_is_infinity() -> None:
    (found,) = diagnose([Point(1, 0, 0.1, {"g_loss": math.inf})], {})
    assert found == Finding("not_a_number", "The generator's loss became infinite at step 1.", {}, "")


def test_a_measure_that_is_not_defined_is_not_a_broken_run() -> None:
    points = run()
    points[-1].values["val_diversity"] = math.nan
    assert diagnose(points, CONFIG) == []


def test_nothing_is_said_of_few_rows_or_rows_without_metrics() -> None:
    assert diagnose([], CONFIG) == []
    assert diagnose(run(FEWEST_ROWS - 1, every=1, **STRONG), CONFIG) == []
    assert diagnose([Point(step, 0, 0, {}) for step in range(100)], {}) == []


def test_an_unknown_loss_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no GAN loss 'other'"):
        diagnose(run(**STRONG), {**CONFIG, "loss": "other"})


def test_two_things_may_go_wrong_at_once_the_worse_first() -> None:
    found = kinds(run(g_gradient_norm=after(200, 0.001, 1.0), val_diversity=after(200, 0.05, 0.9), **STRONG))
    assert found == ["mode_collapse", "g_stalled", "d_too_strong"]
    never = kinds(run(val_diversity=lambda now: 0.05, **STRONG))
    assert never == ["d_too_strong", "mode_collapse"]  # samples that never differed: it never learned


@pytest.mark.parametrize(
    ("kind", "config", "fix"),
    [
        ("d_too_strong", {"d_updates": 5}, {"d_updates": 1}),
        ("d_too_strong", {"d_learning_rate": 1e-4}, {"instance_noise": 0.1}),
        ("d_too_strong", {"d_learning_rate": 1e-4, "instance_noise": 0.2}, {"label_smoothing": 0.1}),
        ("g_stalled", {}, {"d_learning_rate": 1.25e-4}),
        ("mode_collapse", {"g_updates": 3}, {"g_updates": 1}),
        ("mode_collapse", {"g_learning_rate": 1e-4}, {"instance_noise": 0.1}),
        (
            "mode_collapse",
            {"g_updates": 5, "g_learning_rate": 1e-2, "d_learning_rate": 1e-4},
            {"g_updates": 1, "g_learning_rate": 1e-3, "d_learning_rate": 1e-3},
        ),
        ("d_fooled", {"g_updates": 2}, {"g_updates": 1}),
        ("d_fooled", {"d_learning_rate": 0.01}, {"g_learning_rate": 2.5e-4}),
        ("d_fooled", {"d_learning_rate": 0.001}, {"d_learning_rate": 0.002}),
        ("oscillation", {"r1": 1.0}, {"d_learning_rate": 1.25e-4, "g_learning_rate": 2.5e-4}),
        ("not_a_number", {"d_learning_rate": 1e-5}, {}),
    ],
)
def test_the_first_change_that_a_config_has_room_for_is_tried(
    kind: str, config: dict[str, Any], fix: dict[str, Any]
) -> None:
    assert find_fix(kind, {**CONFIG, **config}).values == fix


KINDS = ("not_a_number", "mode_collapse", "g_stalled", "d_too_strong", "oscillation", "d_fooled")


@given(
    st.sampled_from(KINDS),
    st.floats(1e-6, 0.1),
    st.floats(1e-6, 0.1),
    st.integers(1, 5),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.1]),
    st.sets(st.sampled_from(sorted(CONFIG))),
)
def test_a_fix_changes_settings_that_there_are_and_tried_again_and_again_it_ends(
    kind: str, d_rate: float, g_rate: float, d_updates: int, g_updates: int, noise: float, lacks: set[str]
) -> None:
    rates = {"d_learning_rate": d_rate, "g_learning_rate": g_rate, "d_updates": d_updates, "g_updates": g_updates}
    config = {name: value for name, value in {**CONFIG, **rates, "instance_noise": noise}.items() if name not in lacks}
    for _ in range(40):
        fix = find_fix(kind, config)
        assert bool(fix.values) == bool(fix.changes)
        if not fix.values:
            return
        assert set(fix.values) <= set(config)
        assert all(config[name] != value for name, value in fix.values.items())
        config = {**config, **fix.values}
    pytest.fail("it never ends")
