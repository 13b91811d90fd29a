"""What the page Inside is sent of a network's layers."""

import base64
import json

import numpy as np

from core.figures.inside.seen import seen_json
from core.figures.inside.tiles import packed


def unpacked(sent: dict, name: str) -> np.ndarray:
    """Return a layer's tiles as the browser reads them, (tiles, h, w)."""
    layer = sent["layers"][name]
    count, high, wide = layer["count"], layer["high"], layer["wide"]
    levels = np.frombuffer(base64.b64decode(sent["bytes"]), np.uint8)[layer["at"] :][: count * high * wide]
    ends = np.frombuffer(base64.b64decode(sent["scales"]), "<f4").reshape(-1, 2)[layer["first"] :][:count]
    low, top = ends[:, 0, None, None], ends[:, 1, None, None]
    return low + levels.reshape(count, high, wide) / 255 * (top - low)


def test_maps_are_sent_on_scales_of_their_own_and_units_exactly() -> None:
    random = np.random.default_rng(0)
    maps = random.normal(size=(6, 5, 3)).astype(np.float32) * [1, 100, 0]
    units = random.normal(size=7).astype(np.float32)
    sent = json.loads(json.dumps(packed({"conv": maps, "dense": units})))
    found = unpacked(sent, "conv")
    step = (maps.max((0, 1)) - maps.min((0, 1))) / 255
    assert (np.abs(found - np.moveaxis(maps, -1, 0)) <= step[:, None, None] / 2 + 1e-5).all()
    np.testing.assert_array_equal(unpacked(sent, "dense").ravel().astype(np.float32), units)


def test_large_maps_are_made_smaller_by_means_but_what_is_opened_is_not() -> None:
    maps = np.arange(60 * 31, dtype=np.float32).reshape(60, 31, 1)
    small = unpacked(packed({"conv": maps}), "conv")
    assert small.shape == (1, 20, 11)
    assert abs(small[0, 0, 0] - maps[:3, :3].mean()) < maps.max() / 255
    assert unpacked(packed({"conv": maps}, {"conv": 160}), "conv").shape == (1, 60, 31)


def test_nan_is_sent_as_0() -> None:
    assert unpacked(packed({"dense": np.array([np.nan, 2.0])}), "dense").ravel().tolist() == [0, 2]


def test_the_numbers_of_an_opened_unit_are_sent_exactly() -> None:
    kernel, about = np.random.default_rng(1).normal(size=(3, 3, 2)).astype(np.float32), {"kind": "convolution"}
    arrays = {
        "maps/conv_1": np.ones((4, 4, 2), np.float32),
        "opened": np.ones((4, 4, 2), np.float32),
        "unit/about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        "unit/bias": np.array([0.5], np.float32),
        "unit/kernel": kernel,
    }
    sent = seen_json(arrays, np.zeros((6, 6, 1), np.uint8), "conv_1")
    assert list(sent["overview"]["layers"]) == ["input", "conv_1"]
    numbers = np.frombuffer(base64.b64decode(sent["unit"]["floats"]), "<f4")
    place = sent["unit"]["arrays"]["kernel"]
    np.testing.assert_array_equal(numbers[place["at"] :][: kernel.size].reshape(place["shape"]), kernel)
    assert sent["unit"]["about"] == about
    assert seen_json(arrays, np.zeros((6, 6, 1), np.uint8), "")["tiles"] is None
