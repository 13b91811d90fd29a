import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax

from core.config import Block
from core.datasets.corruptions import shifted_images
from core.errors import DatasetError
from core.families.cnn import FAMILY, PRESETS, CnnConfig
from core.layers.blocks import Conv, Dense, Dropout, Flatten, Pool
from core.schedule.plan import EVAL_BATCH
from core.schedule.split import evenly_spread, first_of_each, split_rows, training_rows
from core.training.measure import TestResult, measure
from core.training.step import RING
from core.training.supervised import Supervised
from tests.support import tiny

PLAIN: tuple[Block, ...] = (Conv(filters=2, activation="tanh"), Flatten(), Dense(units=4, activation="tanh"))
SGD = replace(tiny.CONFIG, layers=PLAIN, optimizer="sgd", momentum=0.0, learning_rate=0.1, schedule="constant")
CHANGES = {"augment_shift": 0.2, "augment_contrast": 0.5, "augment_noise": 0.1}


def first_batch(trainee: Supervised) -> tuple[tf.Tensor, tf.Tensor]:
    x, y = trainee.batches.batch(tf.constant(0, tf.int64))
    return x, y


def loss_by_hand(weights: list[np.ndarray], x: np.ndarray, y: np.ndarray, smoothing: float = 0.0) -> float:
    """The mean cross-entropy of the network PLAIN, in float64."""
    kernel, bias, hidden, hidden_bias, last, last_bias = [w.astype(np.float64) for w in weights]
    patches = np.lib.stride_tricks.sliding_window_view(x[..., 0] / 255, (3, 3), axis=(1, 2))
    maps = np.tanh(np.einsum("nijkl,klf->nijf", patches, kernel[:, :, 0]) + bias)
    logits = np.tanh(maps.reshape(len(x), -1) @ hidden + hidden_bias) @ last + last_bias
    targets = np.eye(3)[y] * (1 - smoothing) + smoothing / 3
    return float(-(targets * log_softmax(logits, axis=1)).sum(axis=1).mean())


def price_by_hand(weights: list[np.ndarray], l1: float, l2: float) -> float:
    """What L1 and L2 add for the kernels; biases cost nothing."""
    kernels = [w.astype(np.float64) for w in weights[::2]]
    return sum(l1 * np.abs(kernel).sum() + l2 * (kernel**2).sum() for kernel in kernels)


def numeric_gradient(
    weights: list[np.ndarray], x: np.ndarray, y: np.ndarray, smoothing: float = 0.0, l1: float = 0.0, l2: float = 0.0
) -> list[np.ndarray]:
    """Central differences of `loss_by_hand` and `price_by_hand` for every weight."""
    weights = [w.astype(np.float64) for w in weights]

    def total() -> float:
        return loss_by_hand(weights, x, y, smoothing) + price_by_hand(weights, l1, l2)

    gradients = [np.zeros(w.shape) for w in weights]
    for array, gradient in zip(weights, gradients, strict=True):
        for place in np.ndindex(array.shape):
            here = array[place]
            array[place] = here + 1e-4
            above = total()
            array[place] = here - 1e-4
            gradient[place] = (above - total()) / 2e-4
            array[place] = here
    return gradients


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_an_update_is_the_gradient_of_the_cross_entropy_downhill(smoothing: float) -> None:
    trainee = tiny.classifier(replace(SGD, label_smoothing=smoothing))
    x, y = first_batch(trainee)
    before = trainee.network.get_weights()
    trainee.train_step((x, y))
    gradients = numeric_gradient(before, x.numpy(), y.numpy(), smoothing)
    for old, new, gradient in zip(before, trainee.network.get_weights(), gradients, strict=True):
        np.testing.assert_allclose(new, old - 0.1 * gradient, atol=2e-6)
    assert max(np.abs(gradient).max() for gradient in gradients) > 0.01


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_ring_keeps_the_updates_loss_accuracy_and_gradient_norm(smoothing: float) -> None:
    trainee = tiny.classifier(replace(SGD, label_smoothing=smoothing))
    x, y = first_batch(trainee)
    before = trainee.network.get_weights()
    answers = trainee.network(x).numpy()
    trainee.train_step((x, y))
    [numbers] = trainee.remembered(1, 1)
    gradients = numeric_gradient(before, x.numpy(), y.numpy(), smoothing)
    assert numbers == {
        "loss": pytest.approx(loss_by_hand(before, x.numpy(), y.numpy(), smoothing), rel=1e-5),
        "accuracy": pytest.approx((answers.argmax(1) == y.numpy()).mean()),
        "gradient_norm": pytest.approx(np.sqrt(sum((g**2).sum() for g in gradients)), rel=1e-3),
    }


@pytest.mark.parametrize(("l1", "l2"), [(0.01, 0.0), (0.0, 0.05), (0.01, 0.05)])
def test_l1_and_l2_add_their_price_to_the_gradient_and_not_to_the_loss_that_is_reported(l1: float, l2: float) -> None:
    trainee = tiny.classifier(replace(SGD, l1=l1, l2=l2))
    x, y = first_batch(trainee)
    before = trainee.network.get_weights()
    trainee.train_step((x, y))
    gradients = numeric_gradient(before, x.numpy(), y.numpy(), l1=l1, l2=l2)
    for old, new, gradient in zip(before, trainee.network.get_weights(), gradients, strict=True):
        np.testing.assert_allclose(new, old - 0.1 * gradient, atol=2e-6)
    free = numeric_gradient(before, x.numpy(), y.numpy())
    priced = [np.abs(g - f).max() > 1e-3 for g, f in zip(gradients, free, strict=True)]
    assert priced == [True, False] * 3
    [numbers] = trainee.remembered(1, 1)
    assert numbers["loss"] == pytest.approx(loss_by_hand(before, x.numpy(), y.numpy()), rel=1e-5)
    assert numbers["gradient_norm"] == pytest.approx(np.sqrt(sum((g**2).sum() for g in gradients)), rel=1e-3)


def test_the_price_of_the_weights_is_no_part_of_the_loss_of_validation_or_test() -> None:
    free, priced = (tiny.classifier(replace(SGD, l2=l2, validation_fraction=0.3)) for l2 in (0.0, 0.1))
    assert priced.first_numbers() == free.first_numbers()
    assert priced.validate() == free.validate()
    assert priced.test(priced.network).numbers == free.test(free.network).numbers


def test_weights_that_all_begin_at_zero_stay_zero_and_only_the_last_bias_learns() -> None:
    trainee = tiny.classifier(replace(PRESETS["bad_zeros"].config, layers=tiny.LAYERS, batch_size=8))
    trainee.run_eagerly = True
    trainee.advance(0, 8)
    weights = {weight.path.removeprefix("network/"): weight.numpy() for weight in trainee.network.trainable_variables}
    kernels = {path for path in weights if path.endswith("kernel")}
    assert kernels == {"conv_1/kernel", "dense_1/kernel", "logits/kernel"}
    assert all((weights[path] == 0).all() for path in kernels)
    assert {path for path in weights if path.endswith("bias") and weights[path].any()} == {"logits/bias"}
    assert len(np.unique(trainee.test(trainee.network).outputs, axis=0)) == 1  # it says the same of every image


def test_the_gradient_norm_is_that_before_clipping() -> None:
    free, clipped = tiny.classifier(SGD), tiny.classifier(replace(SGD, gradient_clip=1e-3))
    for trainee in (free, clipped):
        trainee.train_step(first_batch(trainee))
    assert clipped.remembered(1, 1) == free.remembered(1, 1)
    moved = [
        np.abs(w - v).max() for w, v in zip(clipped.network.get_weights(), free.network.get_weights(), strict=True)
    ]
    assert max(moved) > 1e-3


def test_several_updates_an_execution_are_remembered_one_by_one() -> None:
    one, many = tiny.classifier(SGD), tiny.classifier(SGD)
    many.advance(0, 4)
    for step in range(4):
        one.advance(step, step + 1)
    assert many.remembered(1, 4) == one.remembered(1, 4)
    losses = [numbers["loss"] for numbers in one.remembered(1, 4)]
    assert len(set(losses)) == 4


def test_the_ring_keeps_the_newest_updates() -> None:
    trainee = tiny.classifier(SGD)
    for step in range(1, RING + 4):
        trainee.optimizer.iterations.assign(step)
        trainee.remember(*(tf.constant(float(step)) for _ in range(3)))
    newest = trainee.remembered(4, RING + 3)
    assert [numbers["loss"] for numbers in newest] == list(range(4, RING + 4))


def test_the_first_numbers_are_those_of_the_untrained_network_on_the_first_batch() -> None:
    trainee = tiny.classifier(replace(SGD, label_smoothing=0.3))
    x, y = (part.numpy() for part in first_batch(trainee))
    right = trainee.network(x).numpy().argmax(1) == y
    assert trainee.first_numbers() == {
        "loss": pytest.approx(loss_by_hand(trainee.network.get_weights(), x, y), rel=1e-5),
        "accuracy": pytest.approx(right.mean()),
    }


@pytest.mark.parametrize("settings", [{}, CHANGES], ids=["plain", "augmented"])
def test_looking_at_the_numbers_changes_nothing(settings: dict[str, Any]) -> None:
    trainee = tiny.classifier(replace(tiny.CONFIG, validation_fraction=0.2, **settings))
    before = [np.asarray(variable) for variable in trainee.variables]
    trainee.first_numbers()
    trainee.validate()
    trainee.views()
    trainee.test(trainee.network)
    trainee.evaluate_on(trainee.network)
    for old, variable in zip(before, trainee.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(variable), old)


# Augmentation


def test_an_update_is_made_on_changed_images() -> None:
    config = replace(tiny.CONFIG, **CHANGES)
    trainee, twin, plain = tiny.classifier(config), tiny.classifier(config), tiny.classifier(tiny.CONFIG)
    x, y = first_batch(trainee)
    changed = twin._augmentation(x)  # of the same seed, so it changes them in the same way
    trainee.train_step((x, y))
    plain.train_step((changed, y))
    assert (changed.numpy() != x.numpy()).mean() > 0.5
    assert trainee.remembered(1, 1) == plain.remembered(1, 1)
    for mine, theirs in zip(trainee.network.get_weights(), plain.network.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_same_images_are_changed_in_another_way_at_each_update() -> None:
    still = {"layers": PLAIN, "learning_rate": 1e-5}
    losses = []
    for settings in ({}, CHANGES):
        trainee = tiny.classifier(replace(SGD, **still, **settings))
        batch = first_batch(trainee)
        for _ in range(2):
            trainee.train_step(batch)
        losses.append([numbers["loss"] for numbers in trainee.remembered(1, 2)])
    assert abs(losses[0][0] - losses[0][1]) < 1e-4 < abs(losses[1][0] - losses[1][1])


def test_images_are_not_changed_when_the_network_is_measured_or_shown() -> None:
    config = replace(tiny.CONFIG, validation_fraction=0.2)
    plain, augmented = tiny.classifier(config), tiny.classifier(replace(config, **CHANGES))
    assert augmented.first_numbers() == plain.first_numbers()
    assert augmented.validate() == plain.validate()
    np.testing.assert_array_equal(augmented.test(augmented.network).outputs, plain.test(plain.network).outputs)
    views = plain.views()
    for name, array in augmented.views().items():
        np.testing.assert_array_equal(array, views[name])


def test_the_layers_that_augment_are_no_part_of_the_network_that_is_saved() -> None:
    plain, augmented = tiny.classifier(tiny.CONFIG), tiny.classifier(replace(tiny.CONFIG, **CHANGES))
    assert [layer.name for layer in augmented.network.layers] == [layer.name for layer in plain.network.layers]
    assert augmented.specs == plain.specs


# Validation and test


def test_validation_is_the_mean_over_the_images_held_back() -> None:
    config = replace(SGD, validation_fraction=0.4, train_images=25, label_smoothing=0.3)
    trainee = tiny.classifier(config)
    _, validation = split_rows(30, 25, 0.4)
    data = tiny.prepared()
    x, y = data.x_train[validation], data.y_train[validation]
    assert len(y) == 10
    assert trainee.validate() == {
        "val_loss": pytest.approx(loss_by_hand(trainee.network.get_weights(), x, y), rel=1e-5),
        "val_accuracy": pytest.approx((trainee.network(x).numpy().argmax(1) == y).mean()),
    }


def test_validation_in_several_pieces_is_the_mean_over_all_images(monkeypatch: pytest.MonkeyPatch) -> None:
    trainee = tiny.classifier(replace(SGD, validation_fraction=0.5))
    whole = trainee.validate()
    assert EVAL_BATCH > 15
    monkeypatch.setattr("core.schedule.plan.EVAL_BATCH", 4)
    assert trainee.validate() == pytest.approx(whole, rel=1e-6)


def test_without_images_held_back_there_is_no_validation() -> None:
    assert tiny.classifier(SGD).validate() == {}


def test_dropout_and_batch_statistics_take_no_part_in_validation_or_test() -> None:
    trainee = tiny.classifier(replace(tiny.CONFIG, validation_fraction=0.5))
    assert trainee.validate() == trainee.validate()
    assert trainee.first_numbers() == trainee.first_numbers()
    np.testing.assert_array_equal(trainee.test(trainee.network).outputs, trainee.test(trainee.network).outputs)


def test_dropout_does_take_part_in_training() -> None:
    layers = (Flatten(), Dropout(rate=0.5), Dense(units=8))
    trainee = tiny.classifier(replace(SGD, layers=layers, learning_rate=1e-5))
    batch = first_batch(trainee)
    for _ in range(2):
        trainee.train_step(batch)
    one, other = trainee.remembered(1, 2)
    assert abs(one["loss"] - other["loss"]) > 1e-3


@pytest.mark.parametrize("piece", [4, EVAL_BATCH])
def test_the_test_asks_for_every_test_image_once_and_in_order(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr("core.schedule.plan.EVAL_BATCH", piece)
    trainee, data = tiny.classifier(SGD), tiny.prepared()
    result = trainee.test(trainee.network)
    np.testing.assert_allclose(result.outputs, trainee.network(data.x_test).numpy(), atol=1e-6)
    assert result.outputs.dtype == np.float32
    assert result.numbers == {
        "accuracy": pytest.approx((result.outputs.argmax(1) == data.y_test).mean()),
        "loss": pytest.approx(loss_by_hand(trainee.network.get_weights(), data.x_test, data.y_test), rel=1e-5),
    }


def test_the_views_are_the_arrays_that_the_family_draws() -> None:
    views = tiny.classifier().views()
    for view in FAMILY.views.values():
        assert view.draw({n: a for n, a in views.items() if n.startswith(view.prefix)}, tiny.SPEC)
    gallery = ["gallery/images", "gallery/labels", "gallery/probabilities"]
    stages = ["maps/batch_norm_1", "maps/conv_1", "maps/pool_1", "probabilities", "units/dense_1", "units/logits"]
    dead = ["dead/conv_1", "dead/dense_1"]
    assert sorted(views) == sorted([*gallery, "kernels/conv_1", *stages, *dead])


@pytest.mark.parametrize("shift", ["none", "noise", "inverted"])
def test_the_gallery_answers_test_images_as_the_test_will(shift: str) -> None:
    trainee = tiny.classifier(replace(tiny.CONFIG, test_shift=shift))
    views, labels = trainee.views(), tiny.prepared().y_test
    rows = first_of_each(labels, 12)
    assert len(rows) == 11  # all that there are
    images = shifted_images(tiny.prepared().x_test, shift)
    np.testing.assert_array_equal(views["gallery/images"], images[rows])
    np.testing.assert_array_equal(views["gallery/labels"], labels[rows])
    expected = trainee.test(trainee.network).outputs[rows]
    np.testing.assert_allclose(views["gallery/probabilities"], expected, atol=1e-6)


def test_another_moment_needs_no_new_graph_for_its_gallery() -> None:
    trainee = tiny.classifier(replace(tiny.CONFIG, validation_fraction=0.2))
    trainee.first_numbers()
    trainee.views()
    trainee.validate()
    assert trainee._measure.experimental_get_tracing_count() == 1


def train_sample(trainee: Supervised) -> TestResult:
    """What a run's end makes of training examples."""
    return measure(trainee.network, trainee.objective, *trainee.evaluate_on(trainee.network)["train"])


@pytest.mark.parametrize(("noise", "shuffled"), [(0.0, "off"), (0.5, "off"), (0.0, "on")])
def test_the_train_sample_is_of_training_images_with_the_labels_that_were_told(noise: float, shuffled: str) -> None:
    settings = {"label_noise": noise, "shuffle_labels": shuffled, "validation_fraction": 0.2, "augment_noise": 0.3}
    trainee = tiny.classifier(replace(tiny.CONFIG, **settings))
    data = tiny.prepared()
    rows = training_rows(trainee.config, data.y_train, 3)
    found = train_sample(trainee)
    assert not set(rows.learn) & set(rows.validation)
    np.testing.assert_allclose(found.outputs, trainee.network(data.x_train[rows.learn]).numpy(), atol=1e-6)
    told = rows.labels[rows.learn]
    assert (told != data.y_train[rows.learn]).any() == bool(noise or shuffled == "on")
    assert found.numbers["accuracy"] == pytest.approx((found.outputs.argmax(1) == told).mean())


def test_which_training_images_are_sampled_does_not_depend_on_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.supervised.MOST_SAMPLED", 7)
    first, second = (tiny.classifier(replace(tiny.CONFIG, seed=seed)) for seed in (1, 2))
    second.network.set_weights(first.network.get_weights())
    found = train_sample(first)
    assert len(found.outputs) == 7
    np.testing.assert_array_equal(found.outputs, train_sample(second).outputs)


# Which images


@pytest.mark.parametrize(
    ("size", "most", "share"), [(30, 0, 0.0), (30, 0, 0.3), (30, 10, 0.5), (30, 99, 0.1), (1, 0, 0.5)]
)
def test_rows_to_learn_from_and_rows_held_back_share_none(size: int, most: int, share: float) -> None:
    learn, validation = split_rows(size, most, share)
    used = min(most or size, size)
    assert len(validation) == round(used * share)
    assert len(learn) == used - len(validation)
    assert len({*learn.tolist(), *validation.tolist()}) == used
    assert {*learn.tolist(), *validation.tolist()} <= set(range(size))


def test_the_same_rows_are_held_back_at_every_call_and_they_are_not_the_first_ones() -> None:
    (learn, validation), (again, validation_again) = split_rows(1000, 0, 0.1), split_rows(1000, 0, 0.1)
    np.testing.assert_array_equal(learn, again)
    np.testing.assert_array_equal(validation, validation_again)
    assert 300 < validation.mean() < 700


def test_examples_that_belong_together_are_all_learned_from_or_all_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiny.prepared()
    order = np.argsort(data.y_train, kind="stable")
    counts = np.bincount(data.y_train).tolist()
    sizes = [size for count in counts for size in (3, 3, count - 6)]
    groups = tuple(zip(np.repeat([0, 1, 2], 3).tolist(), sizes, strict=True))
    spec = replace(data.spec, groups=groups)
    spec.check({**tiny.arrays(), "x_train": data.x_train[order], "y_train": data.y_train[order]}, "here")
    with pytest.raises(DatasetError, match="the groups of training images differ"):
        spec.check(tiny.arrays(), "here")
    whole = replace(data, spec=spec, x_train=data.x_train[order], y_train=data.y_train[order])
    monkeypatch.setattr(tiny, "prepared", lambda: whole)
    trainee = tiny.classifier(replace(SGD, validation_fraction=0.3))
    of_group = np.repeat(np.arange(9), sizes)
    held = np.setdiff1d(np.arange(30), trainee.learned)
    assert not set(of_group[held]) & set(of_group[trainee.learned])
    assert trainee.plan.examples == len(trainee.learned) == 30 - len(held)
    assert 6 <= len(held) <= 12
    assert trainee.validate().keys() == {"val_loss", "val_accuracy"}


def test_training_sees_exactly_the_rows_to_learn_from() -> None:
    trainee = tiny.classifier(replace(SGD, validation_fraction=0.4, train_images=25))
    learn, _ = split_rows(30, 25, 0.4)
    assert trainee.plan.examples == len(learn) == 15
    seen = np.concatenate([trainee.batches.batch(np.int64(step))[0].numpy() for step in range(2)])
    expected = tiny.prepared().x_train[learn]
    assert sorted(image.tobytes() for image in seen) == sorted(image.tobytes() for image in expected)


def test_the_seed_changes_the_order_and_the_first_weights_but_not_the_rows() -> None:
    one, other = (tiny.classifier(replace(SGD, seed=seed, validation_fraction=0.4)) for seed in (0, 1))
    assert one.validate() != other.validate()
    for mine, theirs in zip(one._validation, other._validation, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("settings", [{}, CHANGES], ids=["plain", "augmented"])
def test_the_same_seed_trains_to_the_same_bits(settings: dict[str, Any]) -> None:
    config = replace(tiny.CONFIG, layers=(Conv(filters=3), Pool(), Flatten(), Dropout()), **settings)
    ends = []
    for _ in range(2):
        trainee = tiny.classifier(config)
        trainee.advance(0, 4)
        ends.append(trainee.network.get_weights())
    for one, other in zip(*ends, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("settings", [{}, {"l1": 0.01, "l2": 0.05, **CHANGES}], ids=["plain", "priced, augmented"])
def test_in_bfloat16_the_loss_is_still_float32_and_close(settings: dict[str, Any]) -> None:
    numbers = []
    for policy in ("float32", "mixed_bfloat16"):
        trainee = tiny.classifier(replace(SGD, **settings), policy)
        trainee.train_step(first_batch(trainee))
        numbers.append(trainee.remembered(1, 1)[0])
    assert numbers[1]["loss"] == pytest.approx(numbers[0]["loss"], rel=0.03)
    assert numbers[1]["loss"] != numbers[0]["loss"]


def test_the_family_names_the_class_that_trains_it() -> None:
    module, name = FAMILY.trainee.split(":")
    assert getattr(importlib.import_module(module), name) is Supervised


def test_a_network_learns_the_tiny_data() -> None:
    config = CnnConfig(layers=(Conv(filters=4), Flatten()), learning_rate=0.02, batch_size=8, epochs=15)
    trainee = tiny.classifier(config)
    trainee.advance(0, trainee.plan.total_steps)
    assert trainee.test(trainee.network).numbers["accuracy"] == 1


@pytest.mark.parametrize("most", [1, 5, 12, 99])
def test_the_first_of_each_class_come_before_the_second_of_any(most: int) -> None:
    labels = np.random.default_rng(0).integers(0, 7, 40)
    taken = {label: np.flatnonzero(labels == label).tolist() for label in range(7)}
    expected = []
    for turn in range(40):  # by hand: go round the classes
        expected += [taken[label][turn] for label in range(7) if turn < len(taken[label])]
    assert first_of_each(labels, most).tolist() == expected[:most]


def test_of_no_labels_there_is_no_first() -> None:
    assert first_of_each(np.array([], int), 3).tolist() == []


@pytest.mark.parametrize(("size", "most"), [(10, 3), (10, 10), (3, 10), (60_000, 2000), (0, 5), (7, 4)])
def test_rows_are_spread_evenly(size: int, most: int) -> None:
    found = evenly_spread(np.arange(size), most)
    assert len(found) == min(size, most)
    gaps = np.diff([*found, size])
    assert not len(gaps) or gaps.max() - gaps.min() <= 1
