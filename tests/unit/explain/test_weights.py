import keras
import numpy as np
import pytest

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.activations import Activations
from core.explain.weights import Kernels, Weights, histogram
from tests.support import tiny


def network() -> keras.Model:
    """A convolution with a dead filter, one with a stride, and two dense layers, of which one saturates."""
    keras.utils.set_random_seed(1)
    layers = keras.layers
    inputs = keras.Input(tiny.SPEC.input_shape, dtype="uint8", name="input")
    x = layers.Rescaling(1 / 255, name="rescale")(inputs)
    x = layers.Conv2D(3, 3, activation="relu", name="conv_1")(x)
    x = layers.DepthwiseConv2D(3, name="depthwise_1")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.5, name="dropout")(x)
    x = layers.Dense(4, activation="tanh", name="dense_1")(x)
    x = layers.Dense(3, name="logits")(x)
    made = keras.Model(inputs, layers.Activation("softmax", name="probabilities")(x))
    made.get_layer("conv_1").bias.assign([0, -100, 0])
    made.get_layer("dense_1").bias.assign([0, 0, 100, 0])
    return made


@pytest.fixture(scope="module")
def data() -> Prepared:
    return tiny.prepared()


@pytest.fixture(scope="module")
def made() -> keras.Model:
    return network()


def test_weights_are_counted_as_numpy_counts_them(made: keras.Model) -> None:
    found = Weights(made)(np.zeros(1))
    names = ["conv_1", "depthwise_1", "dense_1", "logits"]
    assert [name.partition("/")[2] for name in found if name.startswith("counts/")] == names
    for name in names:
        kernel = np.asarray(made.get_layer(name).kernel)
        counts, edges = found[f"counts/{name}"], found[f"edges/{name}"]
        assert counts.sum() == kernel.size
        np.testing.assert_array_equal(counts, np.histogram(kernel, edges)[0])
        expected = [kernel.mean(), kernel.std(), np.abs(kernel).max(), 0]
        np.testing.assert_allclose(found[f"numbers/{name}"], expected, rtol=1e-5, atol=1e-7)


def test_a_dense_layer_after_flatten_is_shown_as_pictures(made: keras.Model) -> None:
    kernel = np.asarray(made.get_layer("dense_1").kernel)
    shape = made.get_layer("flatten").input.shape[1:]
    found = Kernels(made)(np.zeros(1), layer="dense_1", channel=1)["kernels"]
    np.testing.assert_array_equal(found, kernel.reshape(*shape, 4)[:, :, 1:2])
    np.testing.assert_array_equal(
        Kernels(made)(np.zeros(1), layer="logits", channel=-1)["kernels"], made.get_layer("logits").kernel
    )


def test_a_transposed_convolution_has_its_channels_in_the_order_of_the_others() -> None:
    inputs = keras.Input((4, 4, 2))
    layer = keras.layers.Conv2DTranspose(5, 3, name="up")
    made = keras.Model(inputs, layer(inputs))
    found = Kernels(made)(np.zeros(1), layer="up", channel=-1)["kernels"]
    assert found.shape == (3, 3, 2, 5)
    np.testing.assert_array_equal(found[..., 1, 4], layer.kernel[..., 4, 1])


@pytest.mark.parametrize(("layer", "channel"), [("rescale", 0), ("conv_1", 5)])
def test_what_is_not_there_is_refused(made: keras.Model, layer: str, channel: int) -> None:
    with pytest.raises(ProbeError):
        Kernels(made)(np.zeros(1), layer=layer, channel=channel)


def test_histograms_are_even_around_zero_and_survive_what_is_not_finite() -> None:
    counts, edges = histogram(np.array([-1, 3, np.nan, np.inf]))
    assert (edges[0], edges[-1], counts.sum()) == (-3, 3, 2)
    assert histogram(np.zeros(4))[0].sum() == 4
    assert histogram(np.array([]))[0].sum() == 0


def test_zeros_and_saturated_units_are_those_that_numpy_finds(made: keras.Model, data: Prepared) -> None:
    found = Activations(made, data)(np.zeros((1, *data.spec.input_shape), np.uint8), split="test")
    count = int(found["examples"])
    x = np.asarray(data.x_test[np.arange(count) * len(data.x_test) // count])
    for name in ("conv_1", "dense_1"):
        values = np.asarray(keras.Model(made.input, made.get_layer(name).output)(x))
        zeros, saturated = found[f"shares/{name}"]
        assert zeros == pytest.approx((values == 0).mean())
        units = values.reshape(-1, values.shape[-1])
        if name == "conv_1":
            assert np.isnan(saturated)
        else:
            assert saturated == pytest.approx(((1 - units**2 < 0.1).mean(0) >= 0.95).mean())
            assert saturated >= 1 / 4
        assert found[f"counts/{name}"].sum() == (values != 0).sum()  # few enough that all are counted


def test_other_examples_are_refused(made: keras.Model, data: Prepared) -> None:
    with pytest.raises(ProbeError, match="no such examples"):
        Activations(made, data)(np.zeros(1), split="validation")
