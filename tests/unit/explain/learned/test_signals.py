"""How far signals reach: outputs as the layers give them, gradients as differences of the loss."""

import keras
import numpy as np
import pytest

from core.datasets import Prepared
from core.explain.learned.signals import Signals

NONE = np.zeros((0,))


def test_outputs_are_those_of_the_layers_and_gradients_are_slopes_of_the_loss(
    regressor: keras.Model, prices: Prepared
) -> None:
    found = Signals(regressor, prices)(NONE)
    layer = regressor.get_layer("dense_1")
    outputs = keras.Model(regressor.input, layer.output)(prices.x_train, training=False)
    assert found["output/dense_1"] == pytest.approx(np.std(outputs), rel=1e-4)
    kernel, before, slopes = layer.kernel, layer.kernel.numpy(), []

    def loss(change: np.ndarray) -> float:
        kernel.assign(before + change)
        answers = np.asarray(regressor(prices.x_train, training=False), np.float64)[:, 0]
        return float(np.mean(((prices.y_train - answers) / prices.spec.target.spread) ** 2))

    for place in np.ndindex(before.shape):
        step = np.zeros_like(before)
        step[place] = 1e-2
        slopes.append((loss(step) - loss(-step)) / 2e-2)
    kernel.assign(before)
    assert found["gradient/dense_1"] == pytest.approx(np.sqrt(np.mean(np.square(slopes))), rel=2e-2)


def test_a_classifier_has_a_gradient_at_each_kernel(classifier: keras.Model, images: Prepared) -> None:
    found = Signals(classifier, images)(NONE)
    assert {"gradient/conv_1", "gradient/logits", "output/conv_1"} <= found.keys()
    assert all(np.isfinite(value) and value > 0 for name, value in found.items() if name.startswith("gradient/"))
