from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from core.analysis.number.baselines import baseline_numbers
from core.datasets import DataSpec, Prepared
from core.datasets.features import Column, Vector
from core.datasets.targets import Number
from core.families.mlp import FAMILY as MLP
from core.families.mlp import MlpConfig
from core.jobs.work import Work
from core.layers.blocks import Dense, GlobalPool, LayerNorm, Residual, SeparableConv
from core.schedule.split import training_rows
from core.training import checkpoint, evaluate
from core.training.measure import measure
from core.training.supervised import Supervised
from tests.support import tiny

IMAGES = tiny.arrays()["x_test"]
LABELS = tiny.arrays()["y_test"]


def nll(probabilities: np.ndarray) -> float:
    return float(-np.log(probabilities[np.arange(len(LABELS)), LABELS]).mean())


def finished(work: Work, trainee: Any) -> tuple[dict[str, Any], keras.Model]:
    summary = evaluate.finish(work, trainee, tiny.prepared())
    return summary, keras.saving.load_model(work.files.model)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_the_saved_file_is_plain_keras_in_float32_takes_bytes_and_is_what_was_tested(work: Work, policy: str) -> None:
    _, loaded = finished(work, tiny.classifier(policy=policy))
    saved = work.files.load_predictions()
    assert loaded.input.dtype == "uint8"
    assert {layer.compute_dtype for layer in loaded.layers} == {"float32"}
    assert all(type(layer).__module__.startswith("keras.") for layer in loaded.layers)
    assert getattr(loaded, "optimizer", None) is None
    np.testing.assert_allclose(loaded(IMAGES).numpy(), saved["probabilities_last"], atol=1e-6)
    np.testing.assert_allclose(loaded.predict(IMAGES, verbose=0), saved["probabilities_last"], atol=1e-6)


def test_a_file_with_every_kind_of_layer_prices_and_initial_weights_loads_as_plain_keras(work: Work) -> None:
    layers = (Residual(filters=4), Residual(filters=4, stride=2), SeparableConv(filters=3, padding="same"), LayerNorm())
    settings = {"layers": (*layers, GlobalPool()), "l1": 1e-3, "l2": 1e-3, "initializer": "orthogonal"}
    _, loaded = finished(work, tiny.classifier(replace(tiny.CONFIG, **settings, augment_noise=0.2)))
    saved = work.files.load_predictions()
    assert all(type(layer).__module__.startswith("keras.") for layer in loaded.layers)
    assert not any(isinstance(layer, keras.layers.GaussianNoise) for layer in loaded.layers)
    np.testing.assert_allclose(loaded(IMAGES).numpy(), saved["probabilities_last"], atol=1e-6)


def test_the_saved_network_has_the_trained_weights(work: Work) -> None:
    trainee = tiny.classifier()
    _, loaded = finished(work, trainee)
    for mine, theirs in zip(loaded.get_weights(), trainee.network.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_summary_and_the_predictions_say_the_same(work: Work) -> None:
    summary, _ = finished(work, tiny.classifier())
    saved = work.files.load_predictions()
    answers = saved["probabilities_last"]
    np.testing.assert_array_equal(saved["ids"], np.arange(11))
    np.testing.assert_array_equal(saved["y_true"], LABELS)
    assert (answers.shape, answers.dtype) == ((11, 3), np.float32)
    trainee, loaded = tiny.classifier(), keras.saving.load_model(work.files.model)
    sampled = measure(loaded, trainee.objective, *trainee.evaluate_on(loaded)["train"]).numbers
    assert summary == {
        "train_accuracy_last": pytest.approx(sampled["accuracy"], abs=1e-6),
        "train_loss_last": pytest.approx(sampled["loss"], abs=1e-5),
        "train_accuracy_best": None,
        "train_loss_best": None,
        "train_size": 30,
        "test_accuracy_last": pytest.approx((answers.argmax(1) == LABELS).mean(), abs=1e-6),
        "test_loss_last": pytest.approx(nll(answers), abs=1e-5),
        "test_accuracy_best": None,
        "test_loss_best": None,
        "test_size": 11,
    }
    assert "probabilities_best" not in saved


def test_the_best_checkpoint_is_tested_beside_the_last_state_and_the_last_is_saved(work: Work) -> None:
    best, last = tiny.classifier(), tiny.classifier(replace(tiny.CONFIG, seed=3))
    expected = {name: trainee.test(trainee.network).outputs for name, trainee in (("best", best), ("last", last))}
    checkpoint.save(work, checkpoint.state_of(best), 4, best=True)
    summary, loaded = finished(work, last)
    saved = work.files.load_predictions()
    for name, trainee in (("best", best), ("last", last)):
        images, told = tiny.arrays()["x_train"], tiny.arrays()["y_train"]
        answers = trainee.network(images).numpy().argmax(1) if name == "best" else loaded(images).numpy().argmax(1)
        assert summary[f"train_accuracy_{name}"] == pytest.approx((answers == told).mean(), abs=1e-6)
    for name, outputs in expected.items():
        np.testing.assert_allclose(saved[f"probabilities_{name}"], outputs, atol=1e-6)
        assert summary[f"test_accuracy_{name}"] == pytest.approx((outputs.argmax(1) == LABELS).mean(), abs=1e-6)
        assert summary[f"test_loss_{name}"] == pytest.approx(nll(outputs), abs=1e-5)
    np.testing.assert_allclose(loaded(IMAGES).numpy(), expected["last"], atol=1e-6)


def test_a_run_that_learns_a_number_says_what_is_reached_without_a_network(work: Work) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(52, 3)).astype(np.float32)
    y = (1e-5 * (x @ [1, 2, 3] + 5)).astype(np.float32)  # a number as small as that is not lost
    columns = tuple(Column(name) for name in "abc")
    spec = DataSpec(Vector(columns), Number("dose", "g", 5e-5, 4e-5), train_size=40, test_size=12)
    data = Prepared("doses", "version-1", spec, x[:40], y[:40], x[40:], y[40:])
    config = MlpConfig(layers=(Dense(units=4),), train_images=30, validation_fraction=0.2, precision="float32")
    summary = evaluate.finish(work, Supervised(MLP, config, data, "float32"), data)
    learned = training_rows(config, y[:40], 0).learn
    expected = baseline_numbers(x[:40], y[:40], x[40:], y[40:], learned)
    assert len(learned) == 24
    for name in ("r2", "rmse", "mae"):
        found = {which: summary[f"test_{name}_{which}"] for which in ("mean", "linear")}
        assert found == {which: pytest.approx(expected[which][name], rel=1e-5) for which in found}
        assert np.isfinite(summary[f"test_{name}_last"])
    assert work.files.load_predictions()["values_last"].shape == (12,)
