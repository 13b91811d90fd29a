import importlib
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax

from core.config import Block
from core.families.cnn import FAMILY, CnnConfig
from core.families.image_layers import Conv, Dense, Dropout, Flatten, Pool
from core.training.classifier import EVAL_BATCH, Classifier, split_rows
from core.training.step import RING
from tests.unit import tiny

PLAIN: tuple[Block, ...] = (Conv(filters=2, activation="tanh"), Flatten(), Dense(units=4, activation="tanh"))
SGD = replace(tiny.CONFIG, layers=PLAIN, optimizer="sgd", momentum=0.0, learning_rate=0.1, schedule="constant")


def first_batch(trainee: Classifier) -> tuple[tf.Tensor, tf.Tensor]:
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


def numeric_gradient(weights: list[np.ndarray], x: np.ndarray, y: np.ndarray, smoothing: float) -> list[np.ndarray]:
    """Central differences of `loss_by_hand` for every weight."""
    weights = [w.astype(np.float64) for w in weights]
    gradients = [np.zeros(w.shape) for w in weights]
    for array, gradient in zip(weights, gradients, strict=True):
        for place in np.ndindex(array.shape):
            here = array[place]
            array[place] = here + 1e-4
            above = loss_by_hand(weights, x, y, smoothing)
            array[place] = here - 1e-4
            gradient[place] = (above - loss_by_hand(weights, x, y, smoothing)) / 2e-4
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
    many.steps_per_execution = 4
    for trainee in (one, many):
        trainee.fit(trainee.batches.dataset(4), epochs=1, shuffle=False, verbose=0)
    assert many.remembered(1, 4) == one.remembered(1, 4)
    losses = [numbers["loss"] for numbers in one.remembered(1, 4)]
    assert len(set(losses)) == 4


def test_the_ring_keeps_the_newest_updates() -> None:
    trainee = tiny.classifier(SGD)
    for step in range(1, RING + 4):
        trainee.optimizer.iterations.assign(step)
        trainee.remember(*(tf.constant(float(step)) for _ in trainee.METRICS))
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


def test_looking_at_the_numbers_changes_nothing() -> None:
    trainee = tiny.classifier(replace(tiny.CONFIG, validation_fraction=0.2))
    before = [np.asarray(variable) for variable in trainee.variables]
    trainee.first_numbers()
    trainee.validate()
    trainee.views()
    trainee.test(trainee.network)
    for old, variable in zip(before, trainee.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(variable), old)


# Validation and test


def test_validation_is_the_mean_over_the_images_held_back() -> None:
    config = replace(SGD, validation_fraction=0.4, train_images=25, label_smoothing=0.3)
    trainee = tiny.classifier(config)
    _, held = split_rows(30, 25, 0.4)
    data = tiny.prepared()
    x, y = data.x_train[held], data.y_train[held]
    assert len(y) == 10
    assert trainee.validate() == {
        "val_loss": pytest.approx(loss_by_hand(trainee.network.get_weights(), x, y), rel=1e-5),
        "val_accuracy": pytest.approx((trainee.network(x).numpy().argmax(1) == y).mean()),
    }


def test_validation_in_several_pieces_is_the_mean_over_all_images(monkeypatch: pytest.MonkeyPatch) -> None:
    trainee = tiny.classifier(replace(SGD, validation_fraction=0.5))
    whole = trainee.validate()
    assert EVAL_BATCH > 15
    monkeypatch.setattr("core.training.classifier.EVAL_BATCH", 4)
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
    monkeypatch.setattr("core.training.classifier.EVAL_BATCH", piece)
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
    assert sorted(views) == ["kernels/conv_1", "maps/conv_1", "maps/pool_1", "probabilities"]


# Which images


@pytest.mark.parametrize(
    ("size", "most", "share"), [(30, 0, 0.0), (30, 0, 0.3), (30, 10, 0.5), (30, 99, 0.1), (1, 0, 0.5)]
)
def test_rows_to_learn_from_and_rows_held_back_share_none(size: int, most: int, share: float) -> None:
    learn, held = split_rows(size, most, share)
    used = min(most or size, size)
    assert len(held) == round(used * share)
    assert len(learn) == used - len(held)
    assert len({*learn.tolist(), *held.tolist()}) == used
    assert {*learn.tolist(), *held.tolist()} <= set(range(size))


def test_the_same_rows_are_held_back_at_every_call_and_they_are_not_the_first_ones() -> None:
    (learn, held), (again, held_again) = split_rows(1000, 0, 0.1), split_rows(1000, 0, 0.1)
    np.testing.assert_array_equal(learn, again)
    np.testing.assert_array_equal(held, held_again)
    assert 300 < held.mean() < 700


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
    for mine, theirs in zip(one._held, other._held, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_same_seed_trains_to_the_same_bits() -> None:
    ends = []
    for _ in range(2):
        trainee = tiny.classifier(replace(tiny.CONFIG, layers=(Conv(filters=3), Pool(), Flatten(), Dropout())))
        trainee.fit(trainee.batches.dataset(4), epochs=1, shuffle=False, verbose=0)
        ends.append(trainee.network.get_weights())
    for one, other in zip(*ends, strict=True):
        np.testing.assert_array_equal(one, other)


def test_in_bfloat16_the_loss_is_still_float32_and_close() -> None:
    numbers = []
    for policy in ("float32", "mixed_bfloat16"):
        trainee = tiny.classifier(SGD, policy)
        trainee.train_step(first_batch(trainee))
        numbers.append(trainee.remembered(1, 1)[0])
    assert numbers[1]["loss"] == pytest.approx(numbers[0]["loss"], rel=0.03)
    assert numbers[1]["loss"] != numbers[0]["loss"]


def test_the_family_names_the_class_that_trains_it() -> None:
    module, name = FAMILY.trainee.split(":")
    assert getattr(importlib.import_module(module), name) is Classifier


def test_a_network_learns_the_tiny_data() -> None:
    config = CnnConfig(layers=(Conv(filters=4), Flatten()), learning_rate=0.02, batch_size=8, epochs=15)
    trainee = tiny.classifier(config)
    trainee.fit(trainee.batches.dataset(trainee.plan.total_steps), epochs=1, shuffle=False, verbose=0)
    assert trainee.test(trainee.network).numbers["accuracy"] == 1
