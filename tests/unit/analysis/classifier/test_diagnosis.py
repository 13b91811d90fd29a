from dataclasses import replace

import pytest

from core.analysis.classifier.diagnosis import diagnose, gentler_rate, too_few_updates
from core.datasets import DataSpec
from core.datasets.features import Image
from core.datasets.targets import Classes
from core.families import FAMILIES
from core.families.cnn import FAMILY, PRESETS
from core.jobs.submit import default_name

PHOTOS = DataSpec(Image(32, 32, 3), Classes(("cup", "pen", "key")), 72, 18)
DIGITS = DataSpec(Image(28, 28, 1), Classes(tuple("0123456789")), 4_000, 1_000)
FAST = PRESETS["fast"].config
GUESSING = {"test_accuracy_last": 1 / 3, "train_accuracy_last": 0.4, "steps_done": 600}


def test_weights_that_all_began_at_zero_are_named_and_mended() -> None:
    found = diagnose(replace(FAST, initializer="zeros"), PHOTOS, GUESSING, has_diverged=False)
    assert found is not None
    assert found.sentence.startswith(
        "It learned nothing: 33.3 % is no better than guessing. All weights started at zero"
    )
    assert (found.kind, found.fix) == ("zero_weights", {"initializer": "glorot_uniform"})
    assert found.fix_label == "Train again with Glorot uniform initial weights"


def test_too_few_updates_are_said_before_and_diagnosed_after() -> None:
    assert too_few_updates(FAST, PHOTOS) == (
        "6 updates will be too few to learn from: 72 images in batches of 64 give 2 per epoch."
    )
    found = diagnose(FAST, PHOTOS, {**GUESSING, "steps_done": 6}, has_diverged=False)
    assert found is not None
    assert (found.kind, found.sentence) == ("too_few_updates", "6 updates are too few to learn from.")
    mended = replace(FAST, **found.fix)
    assert mended.plan(PHOTOS).total_steps >= 300
    assert not too_few_updates(mended, PHOTOS)


def test_an_answer_on_frozen_features_needs_few_updates_unless_it_guesses() -> None:
    config, learned = PRESETS["photos"].config, {"test_accuracy_last": 0.8, "train_accuracy_last": 0.85}
    few = replace(config, epochs=8)
    assert few.plan(PHOTOS).total_steps == 40
    assert too_few_updates(few, PHOTOS) == ""
    assert diagnose(few, PHOTOS, {**learned, "steps_done": 40}, has_diverged=False) is None
    assert diagnose(few, PHOTOS, {**GUESSING, "steps_done": 40}, has_diverged=False) is not None


@pytest.mark.parametrize(
    ("height", "width", "channels", "count", "expected"),
    [
        (64, 64, 3, 30, "photos"),
        (200, 64, 1, 50_000, "photos"),
        (63, 300, 3, 30, "few_images"),
        (63, 300, 3, 5_000, "fast"),
    ],
)
def test_photos_that_are_large_enough_are_met_with_a_pretrained_network(
    height: int, width: int, channels: int, count: int, expected: str
) -> None:
    spec = DataSpec(Image(height, width, channels), Classes(("a", "b")), count, 10)
    assert FAMILY.preset_for(spec).id == expected


def test_data_of_some_hundred_images_is_met_with_a_preset_that_sees_each_often() -> None:
    suited = FAMILY.preset_for(PHOTOS)
    assert suited.id == "few_images"
    assert not too_few_updates(suited.config, PHOTOS)
    assert FAMILY.preset_for(DIGITS).id == FAMILY.default_preset
    assert FAMILIES["gan"].preset_for(PHOTOS).id == FAMILIES["gan"].default_preset
    assert too_few_updates(FAMILIES["gan"].preset_for(PHOTOS).config, PHOTOS) == ""


@pytest.mark.parametrize("summary", [{}, {**GUESSING, "test_accuracy_last": 0.9}, GUESSING])
def test_what_is_not_known_to_be_wrong_is_not_named(summary: dict[str, float]) -> None:
    assert diagnose(FAST, PHOTOS, summary, has_diverged=False) is None


def test_a_rate_that_was_too_high_is_divided_by_a_hundred_within_bounds() -> None:
    wild = replace(FAST, learning_rate=10.0)
    for diverged in (True, False):
        found = diagnose(wild, PHOTOS, GUESSING, has_diverged=diverged)
        assert found is not None
        assert (found.kind, found.fix) == ("rate_too_high", {"learning_rate": 0.1})
        assert found.sentence == "" if diverged else "The learning rate was 10." in found.sentence
    assert gentler_rate(replace(FAST, learning_rate=5e-4)) == 1e-5
    assert gentler_rate(replace(FAST, learning_rate=1e-5)) is None
    assert gentler_rate(FAMILIES["gan"].presets["ring"].config) is None


def test_a_recurrent_network_whose_gradients_were_not_clipped_is_to_be_clipped() -> None:
    config = FAMILIES["sequence"].presets["exploding"].config
    found = diagnose(config, DIGITS, {}, has_diverged=True)
    assert found is not None
    assert found.fix_label == "Train again with gradient clipping at 1"
    found = diagnose(replace(config, **found.fix), DIGITS, {}, has_diverged=True)
    assert found is not None
    assert found.kind == "rate_too_high"


def test_a_preset_that_goes_wrong_on_purpose_says_so() -> None:
    wrong = {preset.id for family in FAMILIES.values() for preset in family.presets.values() if preset.shows_fault}
    assert wrong == {
        *("bad_rate", "bad_zeros", "collapse", "strong_d"),
        *("no_hidden", "sigmoid_deep", "huge_init", "memorise", "vanishing", "exploding"),
    }
    assert default_name(PRESETS["bad_zeros"].config, PRESETS["bad_zeros"]) == "Break it: all weights zero"
