import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from core.analysis.classifier.calibration import calibration
from core.analysis.classifier.two_classes import counts_at, precision_recall_curve, roc_curve
from core.datasets import features
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.families.cnn import CnnConfig
from core.figures.evaluation import draw_precision_recall, draw_reliability, draw_roc
from core.figures.learning_rate import draw_schedule
from core.figures.network.tiles import (
    MAX_TILES,
    draw_augmented,
    draw_feature_maps,
    draw_gallery,
    draw_kernels,
    sheet,
)
from core.figures.pictures import SCALES, Picture, colour, gradient_css, grey_picture, to_png
from core.figures.sparkline import draw_sparkline
from core.schedule.rates import learning_rates

SPEC = DataSpec(features.Image(8, 8, 1), Classes(tuple("abc")), 1, 1)
BLUE, NEUTRAL, ORANGE = (0x00, 0x72, 0xB2), (0xF2, 0xF1, 0xEC), (0xD5, 0x5E, 0x00)


def pixels(picture: Picture) -> np.ndarray:
    image = Image.open(io.BytesIO(picture.png))
    assert (image.size, image.mode) == ((picture.width, picture.height), "RGBA")
    return np.asarray(image)


# Colours


@pytest.mark.parametrize(
    ("scale", "low", "high"),
    [("grey", (0, 0, 0), (255, 255, 255)), ("diverging", BLUE, ORANGE), ("sequential", (68, 1, 84), (253, 231, 37))],
)
def test_the_ends_of_a_scale_are_its_end_colours_and_what_lies_beyond_is_clipped(
    scale: str, low: tuple[int, ...], high: tuple[int, ...]
) -> None:
    rgba = colour(np.array([[-9.0, -2.0, 5.0, 9.0]]), scale, -2.0, 5.0)
    np.testing.assert_array_equal(rgba[0, :, :3], [low, low, high, high])
    np.testing.assert_array_equal(rgba[..., 3], 255)


def test_zero_on_a_diverging_scale_is_the_neutral_colour() -> None:
    rgba = colour(np.zeros((1, 1)), "diverging", -3.0, 3.0)
    np.testing.assert_allclose(rgba[0, 0, :3].astype(int), NEUTRAL, atol=1)


def test_grey_is_linear() -> None:
    ramp = np.arange(256.0)[None]
    np.testing.assert_array_equal(colour(ramp, "grey", 0.0, 255.0)[0, :, 0], np.arange(256))


def test_the_sequential_scale_passes_through_viridis() -> None:
    from matplotlib import colormaps

    at = np.linspace(0, 255, 9).round().astype(int)
    viridis = (colormaps["viridis"](at)[:, :3] * 255).round()
    np.testing.assert_allclose(SCALES["sequential"][at], viridis, atol=3)


def test_empty_pixels_are_transparent_and_no_others() -> None:
    rgba = colour(np.array([[np.nan, 1.0], [0.0, np.nan]]), "grey", 0.0, 1.0)
    np.testing.assert_array_equal(rgba[..., 3], [[0, 255], [255, 0]])


def test_a_flat_picture_has_a_colour_too() -> None:
    assert colour(np.full((1, 1), 7.0), "grey", 7.0, 7.0).tolist() == [[[0, 0, 0, 255]]]


def test_a_png_holds_exactly_the_pixels() -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(to_png(rgba)))), rgba)


@pytest.mark.parametrize("scale", SCALES)
def test_a_legend_runs_from_one_end_of_the_scale_to_the_other(scale: str) -> None:
    css = gradient_css(scale)
    stops = [tuple(map(int, found)) for found in re.findall(r"rgb\((\d+),(\d+),(\d+)\)", css)]
    assert css.startswith("linear-gradient(to right,")
    assert stops[0] == tuple(SCALES[scale][0])
    assert stops[-1] == tuple(SCALES[scale][-1])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_photo_keeps_its_values(channels: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (4, 6, channels), dtype=np.uint8)
    picture = grey_picture(image, "a photo", "Photo")
    shown = pixels(picture)
    np.testing.assert_array_equal(shown[..., :3], np.broadcast_to(image, (4, 6, 3)))
    assert (shown[..., 3] == 255).all()
    assert (picture.title, picture.alt) == ("Photo", "a photo")


# Tiles


def test_tiles_lie_in_rows_with_one_empty_pixel_between() -> None:
    tiles = np.stack([np.full((2, 3), value) for value in (1.0, 2.0, 3.0)])
    n = np.nan
    expected = [
        [1, 1, 1, n, 2, 2, 2],
        [1, 1, 1, n, 2, 2, 2],
        [n, n, n, n, n, n, n],
        [3, 3, 3, n, n, n, n],
        [3, 3, 3, n, n, n, n],
    ]
    np.testing.assert_array_equal(sheet(tiles, 2), expected)


def test_kernels_are_averaged_over_their_channels_and_zero_is_neutral() -> None:
    kernels = np.zeros((1, 3, 2, 1), np.float32)
    kernels[0, :, 0, 0] = [-4, 0, 1]
    kernels[0, :, 1, 0] = [-4, 0, 7]
    [picture] = draw_kernels({"kernels/conv_1": kernels}, SPEC)
    assert (picture.low, picture.high, picture.scale) == (-4.0, 4.0, "diverging")
    shown = pixels(picture)[0, :, :3].astype(int)
    np.testing.assert_allclose(shown, [BLUE, NEUTRAL, ORANGE], atol=1)
    assert picture.title == "conv_1: 1 kernels of 1x3"


def test_feature_maps_share_the_scale_of_their_layer_which_begins_at_zero() -> None:
    maps = np.zeros((2, 2, 2), np.float32)
    maps[..., 0], maps[..., 1] = 1.0, 4.0
    [picture] = draw_feature_maps({"maps/conv_2": maps}, SPEC)
    assert (picture.low, picture.high, picture.columns) == (0.0, 4.0, 2)
    shown = pixels(picture)
    expected = colour(np.array([[1.0, np.nan, 4.0]]), "sequential", 0.0, 4.0)[0]
    np.testing.assert_array_equal(shown[0, [0, 2, 3], 3], expected[:, 3])
    np.testing.assert_array_equal(shown[0, [0, 3], :3], expected[[0, 2], :3])
    assert picture.title == "conv_2: 2 maps of 2x2"


def test_maps_that_go_below_zero_keep_their_lowest_value() -> None:
    maps = np.array([-2.0, 3.0], np.float32).reshape(1, 2, 1)
    [picture] = draw_feature_maps({"maps/conv_1": maps}, SPEC)
    assert (picture.low, picture.high) == (-2.0, 3.0)


def test_a_layer_without_any_response_is_drawn_too() -> None:
    [kernels] = draw_kernels({"kernels/dead": np.zeros((2, 2, 1, 3), np.float32)}, SPEC)
    [maps] = draw_feature_maps({"maps/dead": np.zeros((2, 2, 3), np.float32)}, SPEC)
    np.testing.assert_allclose(pixels(kernels)[0, 0, :3].astype(int), NEUTRAL, atol=1)
    np.testing.assert_array_equal(pixels(maps)[0, 0, :3], SCALES["sequential"][0])
    assert maps.low < maps.high


@pytest.mark.parametrize(("count", "shown"), [(MAX_TILES, MAX_TILES), (MAX_TILES + 1, MAX_TILES), (256, MAX_TILES)])
def test_a_picture_shows_at_most_so_many_tiles_and_says_how_many_there_are(count: int, shown: int) -> None:
    maps = np.ones((3, 3, count), np.float32)
    [picture] = draw_feature_maps({"maps/conv_1": maps}, SPEC)
    filled = (pixels(picture)[..., 3] > 0).sum()
    assert filled == shown * 9
    assert picture.title.startswith(f"conv_1: {count} maps of 3x3")
    assert (f"the first {MAX_TILES}" in picture.title) is (count > shown)


def test_every_layer_has_a_picture_of_its_own() -> None:
    arrays = {"maps/conv_1": np.ones((3, 3, 2), np.float32), "maps/pool_1": np.ones((1, 1, 2), np.float32)}
    assert [picture.title.split(":")[0] for picture in draw_feature_maps(arrays, SPEC)] == ["conv_1", "pool_1"]


def test_wide_maps_stand_in_shorter_rows() -> None:
    narrow, wide = (np.ones((side, side, 40), np.float32) for side in (20, 21))
    [a], [b] = draw_feature_maps({"maps/a": narrow}, SPEC), draw_feature_maps({"maps/b": wide}, SPEC)
    assert (a.columns, b.columns) == (16, 8)
    assert (a.width, a.height) == (16 * 21 - 1, 3 * 21 - 1)
    assert (b.width, b.height) == (8 * 22 - 1, 5 * 22 - 1)


GALLERY = {
    "gallery/images": np.random.default_rng(0).integers(0, 256, (2, 8, 8, 1), dtype=np.uint8),
    "gallery/labels": np.array([1, 2]),
    "gallery/probabilities": np.array([[0.1, 0.7, 0.2], [0.62, 0.08, 0.3]], np.float32),
}


def test_the_gallery_says_what_an_image_is_what_was_said_and_how_sure() -> None:
    right, wrong = draw_gallery(GALLERY, SPEC)
    assert (right.title, wrong.title) == ("Right: is b, says b (70 %)", "Wrong: is c, says a (62 %)")
    assert wrong.title in wrong.alt
    assert (right.bars, right.marked) == (pytest.approx((0.1, 0.7, 0.2)), 1)
    assert (wrong.bars, wrong.marked) == (pytest.approx((0.62, 0.08, 0.3)), 2)
    assert wrong.labels == ("a", "b", "c")


def test_a_wrong_answer_has_a_frame_and_a_right_one_leaves_room_for_it() -> None:
    right, wrong = draw_gallery(GALLERY, SPEC)
    assert pixels(right)[0, 0, 3] == 0
    assert pixels(wrong)[0, 0].tolist() == [0xD5, 0x5E, 0x00, 255]
    for picture, image in zip((right, wrong), GALLERY["gallery/images"], strict=True):
        np.testing.assert_array_equal(pixels(picture)[1:-1, 1:-1, 0], image[..., 0])


@pytest.mark.parametrize("classes", [("cat", "dog", "hen"), tuple(map(str, range(11)))])
def test_names_that_would_not_fit_do_not_stand_under_the_bars(classes: tuple[str, ...]) -> None:
    shares = np.eye(len(classes), dtype=np.float32)[:2]
    pictures = draw_gallery({**GALLERY, "gallery/probabilities": shares}, replace(SPEC, target=Classes(classes)))
    assert [picture.labels for picture in pictures] == [(), ()]


def test_each_changed_image_is_a_picture_of_its_own_with_its_values() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 1), dtype=np.uint8)
    pictures = draw_augmented({"augmented": images}, SPEC)
    assert len(pictures) == 3
    for picture, image in zip(pictures, images, strict=True):
        np.testing.assert_array_equal(pixels(picture)[..., :3], np.broadcast_to(image, (8, 8, 3)))
    assert len({picture.alt for picture in pictures}) == 3


# The learning rate


def line_of(svg: str) -> np.ndarray:
    """Return the points of the curve as shares of the axes: (along, up), from 0 to 1."""
    drawing = ElementTree.fromstring(svg)
    axes = re.fullmatch(r"M([\d.]+) ([\d.]+)V([\d.]+)H([\d.]+)", drawing.find("path").attrib["d"])  # type: ignore[union-attr]
    left, top, foot, right = map(float, axes.groups())  # type: ignore[union-attr]
    points = drawing.find("polyline").attrib["points"].split()  # type: ignore[union-attr]
    xs, ys = np.array([point.split(",") for point in points], float).T
    return np.stack([(xs - left) / (right - left), (foot - ys) / (foot - top)], axis=1)


@pytest.mark.parametrize("warmup", [0.0, 0.4])
@pytest.mark.parametrize("epochs", [1, 3, 60])
@pytest.mark.parametrize("schedule", CnnConfig.field("schedule").options)
def test_the_curve_of_the_learning_rate_is_that_of_the_run(schedule: str, epochs: int, warmup: float) -> None:
    config = CnnConfig(schedule=schedule, warmup=warmup, learning_rate=0.03, epochs=epochs, batch_size=8)
    steps = 4 * epochs  # of 30 images
    rates = learning_rates(schedule, 0.03, steps, warmup)
    line = line_of(draw_schedule(config, DataSpec(features.Image(8, 8, 1), Classes(tuple("abc")), 30, 1)))
    after = np.round(line[1:, 0] * steps).astype(int)  # updates
    assert np.all(np.diff(line[:, 0]) > 0)
    assert (line[0, 0], line[-1, 0], after[-1]) == (pytest.approx(0, abs=1e-3), pytest.approx(1, abs=1e-3), steps)
    np.testing.assert_allclose(line[1:, 1], rates[after - 1] / rates.max(), atol=2e-3)
    assert len(line) == min(steps, 120) + 1
    assert line[:, 1].max() == pytest.approx(1, abs=2e-3)


def test_the_curve_of_the_learning_rate_says_its_ends_and_its_peak() -> None:
    config = CnnConfig(schedule="one_cycle", learning_rate=0.02, epochs=4, max_images=100, batch_size=10)
    drawing = ElementTree.fromstring(
        draw_schedule(config, DataSpec(features.Image(8, 8, 1), Classes(tuple("abc")), 50, 1))
    )
    rates = learning_rates("one_cycle", 0.02, 10, 0.0)
    said = drawing.attrib["aria-label"]
    numbers = [float(number) for number in re.findall(r"(?:at|over) ([\d.e-]+)", said)]
    assert numbers == [10, pytest.approx(rates[0], rel=0.01), pytest.approx(0.02), pytest.approx(rates[-1], rel=0.01)]
    assert drawing.find("title").text == said  # type: ignore[union-attr]
    shown = [text.text for text in drawing.findall("text")]
    assert {"0.02", "0", "step 10"} <= set(shown)


def test_the_curve_of_a_run_of_one_update_is_drawn_too() -> None:
    line = line_of(draw_schedule(CnnConfig(epochs=1), DataSpec(features.Image(8, 8, 1), Classes(tuple("abc")), 3, 1)))
    np.testing.assert_allclose(line, [[0, 1], [1, 1]], atol=1e-3)


# How good it is


def test_the_chosen_threshold_is_marked_on_both_curves() -> None:
    is_positive, scores = np.array([True, True, False, False]), np.array([0.9, 0.4, 0.6, 0.1])
    chosen = counts_at(is_positive, scores, 0.5)
    roc = draw_roc(roc_curve(is_positive, scores), chosen)
    precise = draw_precision_recall(precision_recall_curve(is_positive, scores), chosen, 0.5)
    marks = [next(trace for trace in figure.data if trace.name == "the threshold") for figure in (roc, precise)]
    assert [(mark.x[0], mark.y[0]) for mark in marks] == [(0.5, 0.5), (0.5, 0.5)]


def test_every_axis_of_an_evaluation_says_what_it_is() -> None:
    is_positive, scores = np.array([True, False]), np.array([0.9, 0.4])
    chosen = counts_at(is_positive, scores, 0.5)
    figures = [
        draw_roc(roc_curve(is_positive, scores), chosen),
        draw_precision_recall(precision_recall_curve(is_positive, scores), chosen, 0.5),
        draw_reliability(calibration(scores, is_positive)),
    ]
    assert all(axis.title.text for figure in figures for axis in (figure.layout.xaxis, figure.layout.yaxis))


def test_a_long_curve_is_drawn_by_some_of_its_points_with_both_ends() -> None:
    rng = np.random.default_rng(0)
    is_positive, scores = rng.random(9000) < 0.5, rng.random(9000)
    curve = roc_curve(is_positive, scores)
    line = draw_roc(curve, counts_at(is_positive, scores, 0.5)).data[0]
    assert len(line.x) <= 1000 < len(curve.x)
    assert (line.x[0], line.y[0], line.x[-1], line.y[-1]) == (0, 0, 1, 1)


def test_the_reliability_of_each_bin_is_a_marker_that_grows_with_its_answers() -> None:
    found = calibration(np.array([0.35, 0.95, 0.97, 0.55]), np.array([True, True, False, True]))
    markers = next(trace for trace in draw_reliability(found).data if trace.name == "the network")
    np.testing.assert_allclose(markers.x, found.confidence)
    np.testing.assert_allclose(markers.y, found.right)
    assert np.argmax(markers.marker.size) == found.fullest
    np.testing.assert_array_equal(markers.customdata, found.counts)


def test_a_small_curve_goes_from_edge_to_edge_and_says_its_ends() -> None:
    root = ElementTree.fromstring(draw_sparkline([(0, 0.0), (50, 0.5), (100, 1.0)], "Accuracy"))
    (line,) = [part for part in root if part.tag.endswith("polyline")]
    places = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
    assert [x for x, _ in places] == [2.0, 48.0, 94.0]
    assert [y for _, y in places] == [30.0, 16.0, 2.0]
    assert root.attrib["aria-label"] == "Accuracy, from 0% to 100%"


def test_a_small_curve_of_nothing_says_so() -> None:
    root = ElementTree.fromstring(draw_sparkline([], "Accuracy"))
    assert root.attrib["aria-label"] == "Accuracy: nothing yet"
    assert not [part for part in root if part.tag.endswith("polyline")]
