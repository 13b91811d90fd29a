"""The losses by target: their values, and the same in the printed programs."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.datasets.targets import Classes, Number
from core.errors import ConfigError
from core.families.mlp.config import unused_settings
from core.families.supervised.results import CHARTS
from core.program.scratch.writer import _slope as by_hand
from core.program.writer import _compile as compiled
from core.schedule.losses import CLASS_LOSSES, NUMBER_LOSSES
from core.training.losses import OF_CLASSES, OF_NUMBER
from core.training.objectives import objective_of
from tests.support import tiny_table

LOGITS = np.float32([[2.0, -1.0], [0.3, 0.5], [-4.0, 3.0], [0.0, 0.2]])
LABELS = np.array([0, 1, 0, 0])
ERRORS = np.float32([[0.3], [-2.0], [0.0], [4.0]])
SPREAD, MEAN = 25.0, 100.0
ALL = [*(("points of classes", "loss", name) for name in CLASS_LOSSES)]
ALL += [*(("rows of a number", "number_loss", name) for name in NUMBER_LOSSES)]
EVERY_LOSS = pytest.mark.parametrize(("kind", "field", "name"), ALL)


def asked(kind: str, name: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the mean loss of a few sums and its slope by them, as training takes it."""
    with tf.GradientTape() as tape:
        sums = tf.Variable(LOGITS if kind.endswith("classes") else ERRORS)
        each = OF_CLASSES[name](tf.constant(LABELS), sums) if kind.endswith("classes") else OF_NUMBER[name](-sums[:, 0])
        loss = tf.reduce_mean(each)
    return loss, tape.gradient(loss, sums)


def test_the_values_are_those_of_the_papers() -> None:
    shares = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    right, lead = shares[range(4), LABELS], LOGITS[range(4), LABELS] - LOGITS[range(4), 1 - LABELS]
    expected = {
        "cross_entropy": -np.log(right),
        "focal": -((1 - right) ** 2) * np.log(right),
        "hinge": np.maximum(0, 1 - lead),
        "brier": ((shares - np.eye(2)[LABELS]) ** 2).sum(1),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(OF_CLASSES[name](tf.constant(LABELS), tf.constant(LOGITS)), values, rtol=1e-5)
    np.testing.assert_allclose(OF_NUMBER["huber"](tf.constant(ERRORS[:, 0])), [0.045, 1.5, 0, 3.5])
    assert expected.keys() | {"squared_error", "absolute_error", "huber"} == CLASS_LOSSES.keys() | NUMBER_LOSSES.keys()


@EVERY_LOSS
def test_both_printed_programs_go_down_the_same_slope(kind: str, field: str, name: str) -> None:
    config, spec = replace(tiny_table.CONFIG, layers=(), **{field: name}), tiny_table.spec_of(kind)
    value, slope = asked(kind, name)
    answer = LOGITS if spec.classes else ERRORS
    y = LABELS if spec.classes else np.full(4, MEAN, np.float32)
    mine: dict[str, Any] = {"np": np, "answer": answer, "y": y}
    exec(by_hand(config, spec), mine)
    np.testing.assert_allclose(mine["delta"], slope, atol=1e-6)
    assert mine["delta"].dtype == np.float32
    model = keras.Sequential([keras.Input((2 if spec.classes else 1,))])
    model.add(keras.layers.Softmax() if spec.classes else keras.layers.Rescaling(SPREAD, MEAN))
    exec(compiled(config, spec), {"keras": keras, "model": model})
    given = y if spec.classes else y[:, None]
    np.testing.assert_allclose(model.compute_loss(y=tf.constant(given), y_pred=model(answer)), value, rtol=1e-5)


@EVERY_LOSS
def test_the_measured_loss_is_the_trained_one_and_has_a_chart_of_its_own(kind: str, field: str, name: str) -> None:
    spec = tiny_table.spec_of(kind)
    config, objective = replace(tiny_table.CONFIG, **{field: name}), objective_of(spec.target, name)
    read = tf.constant(LOGITS if spec.classes else ERRORS * SPREAD + MEAN)
    y = LABELS if spec.classes else np.full(4, MEAN, np.float32)
    losses, _, answers = objective.measured(tf.constant(y, objective.label_type), read)
    assert objective.numbers(y, objective.outputs(y, answers.numpy()))["loss"] == pytest.approx(
        np.mean(losses), rel=1e-5
    )
    units = [chart.unit for chart in CHARTS if chart.title == "Loss" and chart.takes(config, spec)]
    assert units == [{**CLASS_LOSSES, **NUMBER_LOSSES}[name].unit]


def test_a_loss_is_set_and_refused_by_target() -> None:
    classes, number = (tiny_table.spec_of(kind) for kind in ("points of classes", "rows of a number"))
    assert isinstance(classes.target, Classes)
    assert isinstance(number.target, Number)
    config = tiny_table.CONFIG
    assert {"loss"} <= unused_settings(config, number)
    assert {"number_loss"} <= unused_settings(config, classes)
    with pytest.raises(ConfigError, match="Loss is for classes, and this data has none"):
        replace(config, loss="hinge").validate(number)
    with pytest.raises(ConfigError, match="Loss of a number is for numbers, and this data has classes"):
        replace(config, number_loss="huber").validate(classes)
    with pytest.raises(ConfigError, match="Label smoothing is for the cross-entropy"):
        replace(config, loss="hinge", label_smoothing=0.1).validate(classes)
