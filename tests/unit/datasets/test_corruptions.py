"""Data that is broken on purpose: what is kept, which labels are wrong, what becomes of test images."""

import inspect
import io
from collections import Counter
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from core.datasets import DATASETS, DataSpec, Prepared, features
from core.datasets.corruptions import TEST_SHIFTS, broken_labels, kept_counts, kept_rows, shifted_images, shifted_rows
from core.datasets.targets import Classes, count_labels
from core.errors import ConfigError, DatasetError
from core.families.cnn import FAMILY, CnnConfig
from core.families.supervised.config import unused_settings
from core.figures.corruptions import SHOWN, draw_broken, preview_corruptions
from core.layers.blocks import Conv, Flatten
from core.schedule.split import training_rows
from core.training.supervised import Supervised
from tests.support import tiny

CIFAR10 = DATASETS["cifar10"].spec
LAYERS = (Conv(filters=2), Flatten())
_GIVEN = tiny.arrays()["y_train"]
CORRECTED = f"4:{_GIVEN[4]}:{(_GIVEN[4] + 1) % 3},9:{_GIVEN[9]}:drop,17:{_GIVEN[17]}:drop"
labels_of_three = st.lists(st.integers(0, 2), min_size=1, max_size=80).map(lambda found: np.array(found, np.int64))


def labelled(*counts: int) -> np.ndarray:
    """Labels with so many of each class, in no order."""
    return np.random.default_rng(5).permutation(np.repeat(np.arange(len(counts)), counts))


# Imbalance


def test_the_long_tail_of_cifar_10_is_that_of_the_paper() -> None:
    """Cui et al. 2019 with their factor of 100; they cut off where this rounds, so a count may differ by 1."""
    paper = [int(5000 * 0.01 ** (c / 9)) for c in range(10)]
    kept = kept_counts(CIFAR10.train_counts, 100)
    assert (kept[0], kept[-1]) == (5000, 50)
    assert all(0 <= ours - theirs <= 1 for ours, theirs in zip(kept, paper, strict=True))


@pytest.mark.parametrize("imbalance", [1.0, 2.0, 10.0, 100.0])
@pytest.mark.parametrize("classes", [2, 3, 10, 100])
def test_the_first_class_keeps_all_the_last_its_share_and_the_others_lie_evenly_between(
    imbalance: float, classes: int
) -> None:
    kept = kept_counts((100_000,) * classes, imbalance)
    assert kept[0] == 100_000
    assert kept[-1] == pytest.approx(100_000 / imbalance, abs=1)
    ratios = kept[1:] / kept[:-1]
    np.testing.assert_allclose(ratios, imbalance ** (-1 / (classes - 1)), rtol=1e-3)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=12), st.floats(1, 100))
def test_a_class_never_gains_and_never_vanishes(counts: list[int], imbalance: float) -> None:
    kept = kept_counts(tuple(counts), imbalance)
    assert all(min(had, 1) <= has <= had for had, has in zip(counts, kept, strict=True))


@given(labels_of_three, st.floats(1, 100))
def test_the_rows_that_are_kept_are_as_many_as_counted_each_once_and_in_order(
    labels: np.ndarray, imbalance: float
) -> None:
    rows = kept_rows(labels, imbalance, 3)
    assert (np.diff(rows) > 0).all()
    assert count_labels(labels[rows], 3) == tuple(kept_counts(count_labels(labels, 3), imbalance))


def test_which_images_of_a_class_are_kept_is_chance_and_always_the_same() -> None:
    labels = labelled(1000, 1000)
    rows = kept_rows(labels, 10, 2)
    np.testing.assert_array_equal(rows, kept_rows(labels, 10, 2))
    places = np.flatnonzero(np.isin(np.flatnonzero(labels == 1), rows))  # of those of the last class
    assert 350 < places.mean() < 650
    assert len(kept_rows(labels, 1, 2)) == 2000


# Labels


@given(labels_of_three, st.sampled_from([0.0, 0.05, 0.2, 0.5, 1.0]))
def test_exactly_the_share_that_was_asked_for_is_replaced_and_never_by_the_true_class(
    labels: np.ndarray, share: float
) -> None:
    before, broken = labels.copy(), broken_labels(labels, 3, share, False)
    assert (broken != labels).sum() == round(share * len(labels))
    assert broken.min() >= 0
    assert broken.max() <= 2
    assert broken.dtype == labels.dtype
    np.testing.assert_array_equal(labels, before)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_a_wrong_label_is_any_of_the_other_classes_equally_often(dtype: type) -> None:
    labels = np.full(9000, 3, dtype)
    counts = np.bincount(broken_labels(labels, 10, 1.0, False), minlength=10)
    assert counts[3] == 0
    others = np.delete(counts, 3)  # 1,000 each, give or take 30
    assert (np.abs(others - 1000) < 150).all()


def test_every_class_gets_its_part_of_the_wrong_labels() -> None:
    labels = labelled(2000, 2000)
    wrong = broken_labels(labels, 2, 0.2, False) != labels
    assert all(0.15 < wrong[labels == c].mean() < 0.25 for c in (0, 1))


@given(labels_of_three)
def test_shuffled_labels_are_the_same_ones_elsewhere(labels: np.ndarray) -> None:
    assert Counter(broken_labels(labels, 3, 0.0, True)) == Counter(labels)


def test_shuffled_labels_are_right_as_often_as_chance_is() -> None:
    labels = labelled(1000, 1000, 1000, 1000)
    shuffled = broken_labels(labels, 4, 0.0, True)
    assert 0.2 < (shuffled == labels).mean() < 0.3
    np.testing.assert_array_equal(shuffled, broken_labels(labels, 4, 0.9, True))  # nothing is left to break


def test_the_same_labels_are_wrong_at_every_call_whatever_numpys_own_seed() -> None:
    labels = labelled(50, 50)
    np.random.seed(1)
    one = broken_labels(labels, 2, 0.3, False)
    np.random.seed(2)
    np.testing.assert_array_equal(one, broken_labels(labels, 2, 0.3, False))


# Test images

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 9, 7, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", TEST_SHIFTS)
def test_changed_images_are_images_and_the_given_ones_stay_as_they_are(kind: str) -> None:
    before = IMAGES.copy()
    changed = shifted_images(IMAGES, kind)
    assert (changed.shape, changed.dtype) == (IMAGES.shape, np.uint8)
    assert (changed == before).all() == (kind == "none")
    np.testing.assert_array_equal(IMAGES, before)
    np.testing.assert_array_equal(changed, shifted_images(IMAGES, kind))


def test_a_dark_image_has_two_fifths_of_its_light() -> None:
    np.testing.assert_allclose(shifted_images(IMAGES, "dark"), IMAGES * 0.4, atol=0.5)


def test_an_inverted_image_and_the_image_make_white() -> None:
    assert (shifted_images(IMAGES, "inverted").astype(int) + IMAGES == 255).all()


def test_a_moved_image_is_3_pixels_further_down_and_right_and_its_border_repeats() -> None:
    moved = shifted_images(IMAGES, "moved")
    for y in range(9):
        for x in range(7):
            np.testing.assert_array_equal(moved[:, y, x], IMAGES[:, max(y - 3, 0), max(x - 3, 0)])


def test_the_noise_is_gaussian_40_grey_levels_wide_and_another_for_every_image() -> None:
    grey = np.full((300, 8, 8, 1), 128, np.uint8)
    noise = shifted_images(grey, "noise").astype(float) - 128
    assert noise.std() == pytest.approx(40, rel=0.03)  # a rare one is cut off at black or white
    assert abs(noise.mean()) < 1
    assert np.mean(np.abs(noise) < 40) == pytest.approx(0.683, abs=0.015)
    assert len({image.tobytes() for image in noise}) == 300


def test_an_image_has_the_same_noise_whichever_others_are_asked_for() -> None:
    np.testing.assert_array_equal(shifted_images(IMAGES[17:20], "noise", 17), shifted_images(IMAGES, "noise")[17:20])
    for kind in TEST_SHIFTS:
        np.testing.assert_array_equal(shifted_rows(IMAGES, [19, 3], kind), shifted_images(IMAGES, kind)[[19, 3]])
    assert shifted_rows(IMAGES, np.arange(0), "noise").shape == (0, *IMAGES.shape[1:])


# What a run uses

broken_configs = st.builds(
    CnnConfig,
    imbalance=st.sampled_from([1.0, 1.5, 10.0, 100.0]),
    label_noise=st.sampled_from([0.0, 0.2, 1.0]),
    shuffle_labels=st.sampled_from(["off", "on"]),
    train_images=st.one_of(st.just(0), st.integers(1, 100)),
    validation_fraction=st.floats(0, 0.5),
)


@given(broken_configs, labels_of_three)
@example(CnnConfig(imbalance=100.0, label_noise=0.2, train_images=7, validation_fraction=0.5), labelled(9, 9, 9))
def test_a_config_plans_for_the_images_that_a_run_uses(config: CnnConfig, labels: np.ndarray) -> None:
    rows = training_rows(config, labels, 3)
    spec = DataSpec(features.Image(8, 8, 1), Classes(("a", "b", "c"), count_labels(labels, 3)), len(labels), 5)
    assert (config.plan(spec).examples, config.validation_size(spec)) == (len(rows.learn), len(rows.validation))
    assert len({*rows.learn, *rows.validation}) == len(rows.learn) + len(rows.validation) == len(rows.used)


@given(broken_configs, labels_of_three)
def test_labels_of_the_images_in_use_are_broken_exactly_and_no_others(config: CnnConfig, labels: np.ndarray) -> None:
    before = labels.copy()
    rows = training_rows(config, labels, 3)
    wrong = rows.labels != labels
    assert not np.delete(wrong, rows.used).any()
    if config.shuffle_labels == "on":
        assert Counter(rows.labels[rows.used]) == Counter(labels[rows.used])
    else:
        assert wrong.sum() == round(config.label_noise * len(rows.used))
    np.testing.assert_array_equal(labels, before)


def test_imbalance_comes_before_the_cut_and_the_cut_before_validation() -> None:
    labels = labelled(1000, 1000)
    rows = training_rows(CnnConfig(imbalance=100.0, train_images=500, validation_fraction=0.2), labels, 2)
    assert (len(rows.learn), len(rows.validation)) == (400, 100)
    assert set(rows.used) <= set(kept_rows(labels, 100.0, 2))
    assert (labels[rows.used] == 1).mean() < 0.03


def test_images_that_are_held_back_have_their_part_of_wrong_labels() -> None:
    labels = labelled(1000, 1000)
    rows = training_rows(CnnConfig(label_noise=0.3, validation_fraction=0.5), labels, 2)
    for part in (rows.learn, rows.validation):
        assert 0.25 < (rows.labels[part] != labels[part]).mean() < 0.35


def batches_of(config: CnnConfig) -> list[tuple[bytes, int]]:
    """Return each image with its label that a run of one epoch trains on, in no order."""
    trainee = tiny.classifier(config)
    steps = (trainee.batches.batch(np.int64(step)) for step in range(trainee.plan.steps_per_epoch))
    return sorted(
        (x.tobytes(), int(y)) for images, labels in steps for x, y in zip(images.numpy(), labels, strict=True)
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"label_noise": 0.3},
        {"shuffle_labels": "on", "train_images": 20},
        {"imbalance": 5.0, "validation_fraction": 0.3},
        {"corrections": CORRECTED},
        {"corrections": CORRECTED, "validation_fraction": 0.4, "train_images": 20, "label_noise": 0.3},
        {"imbalance": 3.0, "label_noise": 0.5, "train_images": 14, "validation_fraction": 0.2, "seed": 9},
    ],
    ids=", ".join,
)
def test_a_classifier_trains_on_those_rows_with_those_labels_and_validates_on_the_others(
    settings: dict[str, Any],
) -> None:
    config, data = replace(tiny.CONFIG, layers=LAYERS, **settings), tiny.prepared()
    rows = training_rows(config, data.y_train, 3)
    assert config.plan(tiny.SPEC).examples == len(rows.learn)
    assert batches_of(config) == sorted((data.x_train[row].tobytes(), int(rows.labels[row])) for row in rows.learn)
    trainee = tiny.classifier(config)
    if len(rows.validation):
        said = trainee.network(data.x_train[rows.validation]).numpy().argmax(1)
        assert trainee.validate()["val_accuracy"] == pytest.approx((said == rows.labels[rows.validation]).mean())


def test_the_seed_of_a_run_does_not_change_how_its_data_is_broken() -> None:
    config = replace(tiny.CONFIG, layers=LAYERS, label_noise=0.3, imbalance=3.0)
    assert batches_of(config) == batches_of(replace(config, seed=8))


@pytest.mark.parametrize("kind", [kind for kind in TEST_SHIFTS if kind != "none"])
def test_other_test_images_change_the_test_and_nothing_of_training(kind: str) -> None:
    config = replace(tiny.CONFIG, layers=LAYERS, validation_fraction=0.2)
    plain, shifted = tiny.classifier(config), tiny.classifier(replace(config, test_shift=kind))
    for trainee in (plain, shifted):
        trainee.run_eagerly = True  # to trace a graph takes longer than four updates
        trainee.advance(0, 4)
    for one, other in zip(plain.network.get_weights(), shifted.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert plain.validate() == shifted.validate()
    images = shifted_images(tiny.prepared().x_test, kind)
    found = shifted.test(shifted.network)
    np.testing.assert_allclose(found.outputs, plain.network(images).numpy(), atol=1e-6)
    right = found.outputs.argmax(1) == tiny.prepared().y_test
    assert found.numbers["accuracy"] == pytest.approx(right.mean())
    assert found.numbers["loss"] != plain.test(plain.network).numbers["loss"]


def test_the_test_labels_are_true_and_no_test_image_is_trained_on_however_the_data_is_broken() -> None:
    config = replace(tiny.CONFIG, layers=LAYERS, label_noise=1.0, imbalance=2.0, test_shift="dark")
    trainee, data = tiny.classifier(config), tiny.prepared()
    tests = {image.tobytes() for image in (*data.x_test, *shifted_images(data.x_test, "dark"))}
    assert not tests & {image for image, _ in batches_of(config)}
    found = trainee.test(trainee.network)
    assert found.numbers["accuracy"] == pytest.approx((found.outputs.argmax(1) == data.y_test).mean())


def test_data_that_was_prepared_before_classes_were_counted_can_be_trained_on() -> None:
    config = replace(tiny.CONFIG, layers=LAYERS, imbalance=5.0)
    old = replace(tiny.SPEC, target=Classes(tiny.SPEC.classes))
    trainee = Supervised(FAMILY, config, Prepared("tiny", "1", old, **tiny.arrays()), "float32")
    assert trainee.plan == config.plan(tiny.SPEC)


# What cannot be


def test_nothing_is_broken_by_default() -> None:
    config = CnnConfig()
    assert (config.label_noise, config.shuffle_labels, config.imbalance, config.test_shift) == (0, "off", 1, "none")
    labels = labelled(4, 6)
    rows = training_rows(config, labels, 2)
    np.testing.assert_array_equal(rows.learn, np.arange(10))
    np.testing.assert_array_equal(rows.labels, labels)


def test_imbalance_needs_data_whose_classes_are_counted() -> None:
    uncounted = replace(CIFAR10, target=Classes(CIFAR10.classes))
    CnnConfig().validate(uncounted)
    with pytest.raises(ConfigError, match="number of examples in each class, which is unknown") as caught:
        CnnConfig(imbalance=2.0).validate(uncounted)
    assert caught.value.field == "imbalance"
    assert caught.value.fix
    assert CnnConfig(imbalance=2.0).plan(uncounted).examples == 50_000  # the form draws what is impossible too


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"imbalance": 5.0, "batch_size": 32}, "leaves 18 examples to learn from, fewer than a batch of 32"),
        ({"imbalance": 100.0, "batch_size": 8, "validation_fraction": 0.03}, "too few examples to hold any back"),
    ],
)
def test_imbalance_that_leaves_too_little_is_refused_at_its_control(settings: dict[str, Any], words: str) -> None:
    spec = DataSpec(features.Image(8, 8, 1), Classes(("a", "b", "c"), (11, 11, 11)), 33, 5)
    config = CnnConfig(layers=(Flatten(),), **settings)
    replace(config, imbalance=1.0).validate(spec)
    with pytest.raises(ConfigError, match=words) as caught:
        config.validate(spec)
    assert caught.value.field == "imbalance"


def test_too_few_images_by_another_setting_are_no_fault_of_imbalance() -> None:
    CnnConfig(layers=(Flatten(),), imbalance=2.0, train_images=5, batch_size=64).validate(DATASETS["mnist_5k"].spec)


def test_a_share_of_wrong_labels_is_unused_where_all_are_shuffled() -> None:
    assert "label_noise" in unused_settings(CnnConfig(shuffle_labels="on"), tiny.SPEC)
    assert "label_noise" not in unused_settings(CnnConfig(), tiny.SPEC)


def test_the_counts_of_every_data_set_are_one_a_class_and_add_up() -> None:
    for spec in (dataset.spec for dataset in DATASETS.values() if dataset.spec.classes):
        assert len(spec.train_counts) == spec.num_classes
        assert sum(spec.train_counts) == spec.train_size


def test_arrays_with_other_counts_than_was_said_are_refused() -> None:
    tiny.SPEC.check(tiny.arrays(), "here")
    names, (first, second, third) = tiny.SPEC.classes, tiny.SPEC.train_counts
    with pytest.raises(DatasetError, match=r"the wrong number of images of class 'a'.*expected 10, received 9"):
        replace(tiny.SPEC, target=Classes(names, (first + 1, second - 1, third))).check(tiny.arrays(), "here")
    replace(tiny.SPEC, target=Classes(tiny.SPEC.classes)).check(tiny.arrays(), "here")


# The preview


def look(**settings: Any) -> dict[str, np.ndarray]:
    return preview_corruptions(CnnConfig(**settings), tiny.prepared())


def test_the_preview_counts_every_image_in_use_by_the_label_it_gets() -> None:
    data, config = tiny.prepared(), CnnConfig(imbalance=3.0, label_noise=0.5)
    rows = training_rows(config, data.y_train, 3)
    counts = look(imbalance=3.0, label_noise=0.5)["counts"]
    for c in range(3):
        mine = rows.used[rows.labels[rows.used] == c]
        assert counts[c].tolist() == [(data.y_train[mine] == c).sum(), (data.y_train[mine] != c).sum()]


def test_the_preview_shows_images_with_the_labels_they_get_wrong_ones_by_word_and_colour() -> None:
    arrays, data = look(label_noise=0.3), tiny.prepared()
    truths = {image.tobytes(): label for image, label in zip(data.x_train, data.y_train, strict=True)}
    assert [truths[image.tobytes()] for image in arrays["images"]] == arrays["truth"].tolist()
    wrong = arrays["truth"] != arrays["told"]
    assert wrong.sum() == (~wrong).sum() == SHOWN
    labelled_ones, counts = draw_broken(arrays, tiny.SPEC)
    assert labelled_ones.sentence.startswith("**9 of 30 training labels are wrong.**")
    for row, (text, picture) in enumerate(zip(labelled_ones.below, labelled_ones.pictures, strict=True)):
        truth, told = ("abc"[arrays[name][row]] for name in ("truth", "told"))
        assert text == (f"labelled {told},\nwrong: is {truth}" if wrong[row] else f"labelled {told},\nright")
        assert text in picture.alt
    corners = [first_pixel(picture.png) for picture in labelled_ones.pictures]
    assert {corner for corner, is_wrong in zip(corners, wrong, strict=True) if is_wrong} == {(0xD5, 0x5E, 0, 255)}
    assert {corner[3] for corner, is_wrong in zip(corners, wrong, strict=True) if not is_wrong} == {0}
    assert "wrong" in "".join(ElementTree.fromstring(counts.drawing).itertext())


def first_pixel(png: bytes) -> Any:
    with Image.open(io.BytesIO(png)) as image:
        return image.getpixel((0, 0))


def test_the_preview_shows_test_images_as_they_are_tested_on_and_no_labels_where_none_are_broken() -> None:
    arrays = look(test_shift="noise")
    np.testing.assert_array_equal(
        arrays["test_images"], shifted_images(tiny.prepared().x_test, "noise")[: len(arrays["test_images"])]
    )
    assert "images" not in arrays
    assert [len(gallery.pictures) for gallery in draw_broken(arrays, tiny.SPEC)] == [0, SHOWN]


def test_names_of_classes_are_no_markup_in_the_chart_and_of_many_classes_some_are_shown() -> None:
    names = ("<b>&", *(f"class {n}" for n in range(99)))
    spec = replace(tiny.SPEC, target=Classes(names))
    chart = draw_broken({"counts": np.tile([3, 1], (100, 1))}, spec)[0].drawing
    texts = [text.text for text in ElementTree.fromstring(chart).iter("text")]
    assert texts[:2] == ["<b>&", "4, 1 wrong"]
    assert len(texts) == 24


def test_the_functions_that_programs_print_need_numpy_only() -> None:
    names: dict[str, Any] = {"np": np, "BREAK_SEED": 1, "DARK": 0.4, "NOISE": 40.0, "MOVED": 3}
    for function in (kept_counts, kept_rows, broken_labels, shifted_images):
        exec(inspect.getsource(function), names)
    labels = labelled(40, 50)
    np.testing.assert_array_equal(names["kept_rows"](labels, 4.0, 2), kept_rows(labels, 4.0, 2))
    np.testing.assert_array_equal(names["shifted_images"](IMAGES, "noise"), shifted_images(IMAGES, "noise"))
