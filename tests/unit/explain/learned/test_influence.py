import keras
import numpy as np
import pytest
import tensorflow as tf

from core.datasets import Prepared
from core.explain.learned.influence import Influence
from core.training.losses import OF_CLASSES, OF_NUMBER


def loss_of(network: keras.Model, data: Prepared, x: np.ndarray, y: float, loss: str) -> tf.Tensor:
    """Return the loss of one example, from the output before the last layer."""
    value = keras.Model(network.input, network.layers[-1].input)(x[None])
    if data.spec.num_classes:
        return OF_CLASSES[loss or "cross_entropy"](tf.constant([int(y)]), value)[0]
    error = (y - data.spec.target.mean) / data.spec.target.spread - value[0, 0]
    return OF_NUMBER[loss or "squared_error"](error)


def gradient_of(network: keras.Model, data: Prepared, x: np.ndarray, y: float, loss: str) -> np.ndarray:
    weights = [variable.value for variable in network.layers[-2].trainable_variables]
    with tf.GradientTape() as tape:
        value = loss_of(network, data, x, y, loss)
    return np.concatenate([np.ravel(part) for part in tape.gradient(value, weights)])


@pytest.mark.parametrize(
    ("network", "data", "loss"),
    [("classifier", "images", ""), ("classifier", "images", "brier"), ("regressor", "prices", "huber")],
)
def test_influence_is_the_product_of_gradients_and_what_a_step_on_that_example_changes(
    network: str, data: str, loss: str, request: pytest.FixtureRequest
) -> None:
    model, known = request.getfixturevalue(network), request.getfixturevalue(data)
    rows, example, label = np.array([2, 5, 11]), known.x_test[1], float(known.y_test[1])
    labels = np.array(known.y_train[rows])
    labels[1] = labels[0]  # a label that the run has changed
    found = Influence(model, known)(example, label=label, rows=rows, labels=labels, loss=loss)
    own = gradient_of(model, known, example, label, loss)
    theirs = [gradient_of(model, known, known.x_train[row], y, loss) for row, y in zip(rows, labels, strict=True)]
    np.testing.assert_allclose(found["products"], [one @ own for one in theirs], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(found["answers"], np.array(model(known.x_train[rows])), rtol=1e-5)

    kept, rate = model.layers[-2].get_weights(), 1e-3 / max(1.0, float(np.abs(theirs[0]).max()))
    before = float(loss_of(model, known, example, label, loss))
    model.layers[-2].set_weights(
        [w - rate * part.reshape(w.shape) for w, part in zip(kept, np.split(theirs[0], [kept[0].size]), strict=True)]
    )
    after = float(loss_of(model, known, example, label, loss))
    model.layers[-2].set_weights(kept)
    assert before - after == pytest.approx(rate * found["products"][0], rel=0.05, abs=1e-6)
