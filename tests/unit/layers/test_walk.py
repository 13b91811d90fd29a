import itertools

import keras
import numpy as np
import pytest

from core.errors import ConfigError
from core.layers.walk import Convolution

GRID = [
    Convolution(*one) for one in itertools.product((1, 4, 7), (1, 2, 3, 5), (1, 2, 3), ("valid", "same"), (1, 2, 3))
]


def by_keras(walk: Convolution) -> tuple[int, ...] | None:
    """The shape that Keras gives; None if it refuses."""
    try:
        layer = keras.layers.Conv2D(
            1, walk.kernel, strides=walk.stride, padding=walk.padding, dilation_rate=walk.dilation
        )
        return layer.compute_output_shape((1, walk.size, walk.size, 1))[1:3]
    except ValueError:
        return None


def test_what_is_possible_and_its_size_are_what_keras_says() -> None:
    for walk in GRID:
        try:
            found: tuple[int, ...] | None = (walk.output(),) * 2
        except ConfigError:
            found = None
        assert found == by_keras(walk), walk


@pytest.mark.parametrize(
    "walk",
    [
        Convolution(7, 3, 2, "same"),
        Convolution(6, 4, 1, "same"),
        Convolution(8, 3, 1, "valid", 2),
        Convolution(5, 2, 3),
    ],
)
def test_every_sum_is_that_of_keras(walk: Convolution) -> None:
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=(walk.size, walk.size)), rng.normal(size=(walk.kernel, walk.kernel))
    given = values[None, :, :, None].astype("float32"), weights[:, :, None, None].astype("float32")
    found = keras.ops.conv(*given, strides=walk.stride, padding=walk.padding, dilation_rate=walk.dilation)
    np.testing.assert_allclose(walk.apply(values, weights), np.asarray(found)[0, :, :, 0], atol=1e-5)


def test_the_formulas_end_with_the_sizes() -> None:
    assert Convolution(28, 3, 2).formula().endswith("⌊(28 - 1 · (3 - 1) - 1) / 2⌋ + 1 = 13")
    assert Convolution(28, 3, 2, "same").formula().endswith("⌈28 / 2⌉ = 14")
    assert Convolution(28, 3, 2, "same").padding_formula().endswith("= 1: 0 before, 1 after")
