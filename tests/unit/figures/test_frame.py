"""What a network makes of one example, as few bytes: they say the values, and there are never too many."""

import base64
import json

import numpy as np
import pytest

from core.datasets.points.points import LIMIT
from core.datasets.spec import DataSpec
from core.figures.network.frame import MOST_BYTES, MOST_TILES, Frame, make_frame
from tests.support import tiny, tiny_table

CHANCE = np.random.default_rng(0)
IMAGE = tiny.arrays()["x_train"][0]


def values_in(frame: Frame, layer: str) -> np.ndarray:
    """Return a layer's values as the browser reads them from what it is sent."""
    said = frame.to_json()
    place = said["layers"][layer]  # type: ignore[index]
    low, high = frame.tiles[layer].low, frame.tiles[layer].high
    sent = np.frombuffer(base64.b64decode(str(said["bytes"])), np.uint8)
    count = int(np.prod(place["shape"]))
    return low + sent[place["at"] : place["at"] + count].reshape(place["shape"]) / 255 * (high - low)


def test_the_bytes_say_each_layers_values_to_a_255th_of_its_scale() -> None:
    maps, units = CHANCE.normal(0, 3, (6, 5, 4)).astype(np.float32), CHANCE.normal(0, 2, 7).astype(np.float32)
    arrays = {"maps/conv_1": maps, "units/dense_1": units, "probabilities": np.array([0.25, 0.75], np.float32)}
    frame = make_frame(arrays, IMAGE, tiny.SPEC)
    for name, expected in {
        "input": np.moveaxis(IMAGE, -1, 0),
        "conv_1": np.moveaxis(maps, -1, 0),
        "dense_1": units[:, None, None],
    }.items():
        tiles = frame.tiles[name]
        np.testing.assert_allclose(values_in(frame, name), expected, atol=(tiles.high - tiles.low) / 255)
        assert tiles.total == len(expected)
    assert frame.to_json()["answer"] == [0.25, 0.75]


def test_maps_begin_at_zero_and_units_and_kernels_have_it_in_the_middle() -> None:
    arrays = {
        "maps/conv_1": np.full((2, 2, 3), 5, np.float32),
        "kernels/conv_1": np.full((3, 3, 1, 3), -2, np.float32),
        "units/dense_1": np.array([-1, 4], np.float32),
    }
    tiles = make_frame(arrays, None, tiny.SPEC).tiles
    scales = {name: (layer.low, layer.high, layer.is_signed) for name, layer in tiles.items()}
    assert scales == {"conv_1": (0, 5, False), "kernels/conv_1": (-2, 2, True), "dense_1": (-4, 4, True)}


def test_a_kernel_stands_beside_its_map_and_without_a_map_of_its_own_is_left_out() -> None:
    kernels = CHANCE.normal(size=(3, 3, 2, 4)).astype(np.float32)
    arrays = {"maps/conv_1": np.ones((4, 4, 4), np.float32), "kernels/conv_1": kernels}
    frame = make_frame({**arrays, "kernels/residual_1_conv_1": kernels}, None, tiny.SPEC)
    assert list(frame.tiles) == ["conv_1", "kernels/conv_1"]
    np.testing.assert_allclose(values_in(frame, "kernels/conv_1")[3], kernels[..., 3].mean(2), atol=0.02)


@pytest.mark.parametrize("side", [7, 28, 129])
def test_forty_layers_of_256_filters_fit_and_each_keeps_some_maps(side: int) -> None:
    arrays = {f"maps/conv_{n}": np.ones((side, side, 256), np.float32) for n in range(40)}
    tiles = make_frame(arrays, IMAGE, tiny.SPEC).tiles
    assert sum(layer.values.size for layer in tiles.values()) <= MOST_BYTES
    assert len(tiles) == 41
    assert all(1 <= len(layer.values) <= MOST_TILES and layer.total == 256 for layer in list(tiles.values())[1:])


@pytest.mark.parametrize("shape", [(1, 200_000, 1), (512, 512, 3), (3, 70_000, 1)])
def test_an_example_of_any_shape_fits(shape: tuple[int, ...]) -> None:
    tiles = make_frame({}, np.zeros(shape, np.uint8), tiny.SPEC).tiles["input"]
    assert tiles.values.size <= MOST_BYTES
    assert tiles.total == shape[2]


def test_of_what_is_dead_all_is_counted_and_what_is_sent_is_named() -> None:
    dead = np.arange(256) % 2 == 1
    arrays = {"maps/conv_1": np.ones((28, 28, 256), np.float32), "dead/conv_1": dead[None, None], "dead/gone": dead}
    tiles = make_frame(arrays, None, tiny.SPEC).tiles["conv_1"]
    assert tiles.total_dead == 128
    assert tiles.dead == list(range(1, len(tiles.values), 2))
    everything = {f"{kind}/conv_{n}": arrays[f"{kind}/conv_1"] for n in range(40) for kind in ("maps", "dead")}
    assert len(json.dumps(make_frame(everything, None, tiny.SPEC).to_json())) <= 60_000 - 40 * 150


def test_halved_maps_hold_the_means_of_four_pixels() -> None:
    maps = CHANCE.uniform(0, 1, (64, 64, 16)).astype(np.float32)  # twice the budget
    frame = make_frame({"maps/conv_1": maps}, None, tiny.SPEC)
    means = np.moveaxis(maps.reshape(32, 2, 32, 2, 16).mean((1, 3)), -1, 0)
    np.testing.assert_allclose(values_in(frame, "conv_1"), means, atol=1 / 255)


def test_dead_and_broken_layers_can_be_sent() -> None:
    broken = np.array([np.nan, np.inf, 1], np.float32)
    dead = {"maps/dead": np.zeros((3, 3, 2), np.float32), "units/silent": np.zeros(5, np.float32)}
    frame = make_frame({**dead, "units/broken": broken}, None, tiny.SPEC)
    assert not values_in(frame, "dead").any()
    np.testing.assert_allclose(values_in(frame, "silent"), 0, atol=0.01)
    assert np.isfinite(values_in(frame, "broken")).all()


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_an_answer_that_is_no_number_is_not_sent(number: float) -> None:
    frame = make_frame({"number": np.array([number], np.float32)}, None, tiny_table.spec_of("rows of a number"))
    assert json.loads(json.dumps(frame.to_json(), allow_nan=False))["answer"] is None


def test_a_large_dark_photo_stays_dark() -> None:
    dark = CHANCE.integers(20, 40, (128, 128, 3)).astype(np.uint8)  # three times the budget
    tiles = make_frame({}, dark, tiny.SPEC).tiles["input"]
    assert (tiles.low, tiles.high) == (0, 255)
    means = np.moveaxis(dark.reshape(64, 2, 64, 2, 3).mean((1, 3)), -1, 0)
    np.testing.assert_allclose(tiles.values, means, atol=0.5)


@pytest.mark.parametrize("answer", [np.array([0.25, 0.75], np.float32), None])
def test_a_frame_that_was_stored_is_the_same_frame(answer: np.ndarray | None) -> None:
    arrays = {"maps/conv_1": CHANCE.normal(size=(6, 5, 4)), "units/dense_1": CHANCE.normal(size=7)}
    arrays |= {"dead/conv_1": np.array([[[True, False, False, True]]]), "dead/dense_1": np.zeros(7, bool)}
    frame = make_frame(arrays if answer is None else {**arrays, "probabilities": answer}, IMAGE, tiny.SPEC)
    assert Frame.from_arrays(frame.to_arrays()).to_json() == frame.to_json()


def test_who_may_not_see_the_example_is_sent_none_and_a_number_is_an_answer_too() -> None:
    spec: DataSpec = tiny_table.spec_of("rows of a number")
    frame = make_frame({"number": np.array([12.5], np.float32)}, None, spec)
    assert frame.to_json() == {"layers": {}, "bytes": "", "answer": [12.5], "losses": None}


# Networks that learn from each other


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3), (129, 129, 3)])
def test_made_and_real_images_stay_sharp_as_far_as_60_kb_allow_beside_the_layers(shape: tuple[int, ...]) -> None:
    maps = {
        f"maps/{network}/conv_{n}": np.ones((14, 14, 64))
        for network in ("generator", "discriminator")
        for n in range(20)
    }
    made = CHANCE.integers(0, 256, (64, *shape)).astype(np.uint8)
    frame = make_frame({**maps, "samples/images": made, "samples/real": made[:18]}, None, tiny.SPEC)
    assert len(json.dumps(frame.to_json())) <= 60_000 - 42 * 150  # which its boxes say of themselves
    kept, channels = frame.tiles["samples/images"], shape[2]
    assert len(kept.values) == 18 * channels
    assert all(f"{network}/conv_7" in frame.tiles for network in ("generator", "discriminator"))
    if shape == (28, 28, 1):
        np.testing.assert_array_equal(kept.values, made[:18, ..., 0])


def test_points_stand_where_they_are_and_their_ground_says_what_it_is() -> None:
    points, ground = CHANCE.uniform(-LIMIT, LIMIT, (400, 2)), CHANCE.uniform(0, 1, (40, 40))
    arrays = {"plane/real": points, "plane/heat": ground, "plane/arrows": points, "verdict": np.ones(2)}
    frame = make_frame({**arrays, "losses": np.array([0.5, np.nan])}, None, tiny.SPEC)
    assert set(frame.tiles) == {"plane/real", "plane/heat"}
    np.testing.assert_allclose(values_in(frame, "plane/real")[:, 0], points, atol=2 * LIMIT / 255)
    np.testing.assert_allclose(values_in(frame, "plane/heat")[0], ground, atol=1 / 255)
    assert (frame.to_json()["answer"], frame.to_json()["losses"]) == ([1, 1], None)
    known = make_frame({**arrays, "losses": np.array([0.5, -3.25])}, None, tiny.SPEC)
    assert Frame.from_arrays(known.to_arrays()).to_json()["losses"] == [0.5, -3.25]
