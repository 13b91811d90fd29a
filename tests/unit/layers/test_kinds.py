"""What no form offers, but networks that were trained elsewhere have: its arithmetic is what Keras builds."""

import itertools

import keras
import pytest

from core.errors import ConfigError
from core.layers import LayerSpec, trace
from core.layers.effects import padding_before
from core.layers.kinds import KINDS
from core.layers.spec import Shape

IMAGE, SEQUENCE = (7, 6, 4), (9, 4)
CASES: list[tuple[str, Shape, dict[str, object]]] = [
    ("Conv2D", IMAGE, {"filters": 6, "kernel_size": [1, 5], "strides": [2, 1], "groups": 2, "use_bias": False}),
    ("Conv2D", IMAGE, {"filters": 3, "kernel_size": [3, 2], "dilation_rate": [2, 1], "padding": "same"}),
    ("DepthwiseConv2D", IMAGE, {"kernel_size": [3, 1], "depth_multiplier": 2}),
    ("SeparableConv2D", IMAGE, {"filters": 3, "kernel_size": 2, "depth_multiplier": 3, "padding": "same"}),
    ("Conv2DTranspose", IMAGE, {"filters": 2, "kernel_size": [3, 2], "strides": [2, 3], "padding": "valid"}),
    ("MaxPooling2D", IMAGE, {"pool_size": [3, 2], "strides": [1, 2]}),
    ("UpSampling2D", IMAGE, {"size": [2, 3]}),
    ("ZeroPadding2D", IMAGE, {"padding": [[0, 1], [2, 0]]}),
    ("Resizing", IMAGE, {"height": 3, "width": 5}),
    ("GlobalAveragePooling2D", IMAGE, {"keepdims": True}),
    ("BatchNormalization", IMAGE, {"scale": False}),
    ("LayerNormalization", IMAGE, {"center": False}),
    ("GroupNormalization", IMAGE, {"groups": 2}),
    ("PReLU", IMAGE, {"shared_axes": [1, 2]}),
    ("Permute", IMAGE, {"dims": [2, 3, 1]}),
    ("Reshape", IMAGE, {"target_shape": [-1, 8]}),
    ("Conv1D", SEQUENCE, {"filters": 3, "kernel_size": [3], "strides": [2]}),
    ("MaxPooling1D", SEQUENCE, {"pool_size": [2], "strides": [2]}),
    ("GlobalMaxPooling1D", SEQUENCE, {}),
    ("LSTM", SEQUENCE, {"units": 3, "return_sequences": True}),
    ("GRU", SEQUENCE, {"units": 3}),
    ("SimpleRNN", SEQUENCE, {"units": 3, "use_bias": False}),
    ("Dense", (5,), {"units": 2, "use_bias": False}),
]
JOINED = [
    ("Concatenate", (4, 4, 1), (4, 4, 3)),
    ("Multiply", (4, 4, 3), (1, 1, 3)),
    ("Add", (4, 4, 3), (4, 4, 3)),
    ("Add", (4, 4, 3), (4, 3, 3)),
    ("Concatenate", (4, 4, 1), (4, 3, 1)),
]


@pytest.mark.parametrize(("name", "shape", "kwargs"), CASES)
def test_shape_and_weights_are_those_of_keras(name: str, shape: Shape, kwargs: dict[str, object]) -> None:
    layer = getattr(keras.layers, name)(**kwargs)
    [cost] = trace([LayerSpec(name, kwargs, "one")], shape)
    assert cost.output_shape == layer(keras.Input(shape)).shape[1:]
    assert cost.parameters == layer.count_params()


@pytest.mark.parametrize(("name", "left", "right"), JOINED)
def test_shapes_are_joined_as_keras_does(name: str, left: Shape, right: Shape) -> None:
    specs = [
        LayerSpec("Reshape", {"target_shape": left}, "left"),
        LayerSpec(
            "Conv2D", {"filters": right[2], "kernel_size": [left[0] - right[0] + 1, left[1] - right[1] + 1]}, "right"
        ),
        LayerSpec(name, {}, "joined", ("left", "right")),
    ]
    try:
        expected = getattr(keras.layers, name)()([keras.Input(left), keras.Input(right)]).shape[1:]
    except ValueError:
        expected = None
    try:
        found = trace(specs, left)[-1].output_shape
    except ConfigError:
        found = None
    assert found == expected


def test_every_layer_is_one_of_keras() -> None:
    assert all(
        hasattr(keras.ops if kind.operation else keras.layers, kind.operation or name) for name, kind in KINDS.items()
    )


def test_same_puts_the_zeros_where_tensorflow_puts_them() -> None:
    """A kernel with a single 1 in its middle tells where the window began."""
    for length, size, stride in itertools.product((1, 4, 7), (1, 2, 3, 5), (1, 2, 3)):
        one = keras.ops.reshape(keras.ops.arange(1, length + 1, dtype="float32"), (1, length, 1))
        kernel = keras.ops.eye(size)[:, None, :]  # filter k gives the k-th number of the window
        window = keras.ops.conv(one, kernel, strides=stride, padding="same")[0, 0]
        before = padding_before(length, size, stride, "same")
        expected = [0.0 if not 0 < k - before + 1 <= length else k - before + 1 for k in range(size)]
        assert [float(value) for value in window] == expected
