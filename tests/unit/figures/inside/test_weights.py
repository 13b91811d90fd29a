"""Kernels are tiles on one scale, and a row tells what is known of a layer."""

import io

import numpy as np
from PIL import Image

from core.explain.weights import histogram
from core.figures.inside.weights import draw_layer, draw_spread, rows_of


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_a_kernel_is_a_tile_and_zero_is_neutral() -> None:
    kernels = np.zeros((2, 2, 1, 3), np.float32)
    kernels[0, 0, 0, 1] = 2
    picture = draw_layer("conv_1", kernels, -1)
    shown = pixels(picture.png)
    assert (picture.low, picture.high, picture.title) == (-2, 2, "conv_1: 3 of 2×2")
    assert shown.shape[:2] == (picture.height, picture.width)
    brightest = np.argwhere((shown != shown[0, 0]).any(-1) & (shown[..., 3] == 255))
    assert brightest.tolist() == [[0, 3]]


def test_three_channels_are_colours_and_one_of_them_is_a_tile() -> None:
    kernels = np.zeros((1, 1, 3, 1), np.float32)
    kernels[0, 0, 0, 0] = 1
    red, green, blue, _ = pixels(draw_layer("conv_1", kernels, -1).png)[0, 0]
    assert red == 255
    assert green == blue == 128
    assert "input channel 0" in draw_layer("conv_1", kernels[:, :, :1], 0).title
    assert "mean of 8 input channels" in draw_layer("conv_2", np.ones((1, 1, 8, 2), np.float32), -1).title


def test_a_matrix_lies_on_its_longer_side() -> None:
    picture = draw_layer("dense_1", np.ones((40, 3), np.float32), -1)
    assert (picture.width, picture.height) == (40, 3)
    assert draw_layer("dense_1", np.ones((3, 999), np.float32), -1).title.endswith("the first 256")


def test_rows_follow_the_network_and_say_nothing_where_the_question_makes_no_sense() -> None:
    counts, edges = histogram(np.array([-1.0, 1.0]))
    weights = {"counts/b": counts, "edges/b": edges, "numbers/b": np.array([0, 1, 2, 0]), "shape/b": np.array([3, 4])}
    outputs = {f"counts/{name}": counts for name in "ab"} | {f"shares/{name}": np.array([0.5, 0]) for name in "ab"}
    first, second = rows_of(weights, outputs, {"b": np.array([True, False, False, True])})
    assert (first.layer, first.shape, list(first.weights), first.dead) == ("a", "", [], None)
    assert (second.shape, second.largest, second.zeros, second.dead, second.saturated) == ("3×4", 2, 0.5, 0.5, 0)
    assert sum(second.weights) == 2


def test_a_histogram_has_labelled_axes() -> None:
    figure = draw_spread(*histogram(np.array([1.0, 2.0])), "weights of conv_1")
    assert figure.layout.xaxis.title.text == "weights of conv_1"
    assert sum(figure.data[0].y) == 2
