import io

import numpy as np
import pytest
from PIL import Image

from core.figures.inside.learned import draw_by_class, draw_curve, draw_losses, draw_row
from core.figures.inside.sheet import draw_sheet
from tests.support import tiny


@pytest.mark.parametrize("channels", [1, 3])
def test_each_image_has_its_place_on_the_sheet(channels: int) -> None:
    images = np.full((5, 8, 8, channels), 40) * np.arange(5)[:, None, None, None]
    file, columns, side = draw_sheet(images.astype(np.uint8))
    sheet = np.array(Image.open(io.BytesIO(file)).convert("L"))
    assert (columns, side, sheet.shape) == (3, 8, (16, 24))
    middles = [sheet[at // columns * side + 4, at % columns * side + 4] for at in range(5)]
    np.testing.assert_allclose(middles, 40 * np.arange(5), atol=8)  # the file is compressed


def test_large_images_are_small_on_the_sheet() -> None:
    assert draw_sheet(np.zeros((1, 90, 60, 3), np.uint8))[1:] == (1, 40)
    assert draw_sheet(tiny.arrays()["x_test"])[1:] == (4, 8)


def test_a_curve_has_what_it_is_undisturbed_and_by_guessing_beside_it() -> None:
    figure = draw_curve([0, 5, 10], [0.9, 0.8, 0.3], "accuracy", "degrees", 0.1)
    assert [list(line.y) for line in figure.data] == [[0.9, 0.9], [0.1, 0.1], [0.9, 0.8, 0.3]]
    assert figure.layout.xaxis.title.text == "degrees"
    number = draw_curve([0, 1], [40.0, 50.0], "mean error", "standard deviations", float("nan"))
    assert [list(line.y) for line in number.data] == [[40, 40], [40, 50]]
    assert number.layout.yaxis.tickformat is None


def test_bars_are_in_the_order_given_and_say_gains_by_their_colour() -> None:
    figure = draw_losses(["7", "2"], [0.1, -0.02], "accuracy lost", is_share=True)
    assert list(figure.data[0].x) == ["7", "2"]
    assert len(set(figure.data[0].marker.color)) == 2
    row = draw_row(["age", "<b>"], np.array([1.0, -2.0]))
    assert list(row.data[0].x) == ["age", "&lt;b&gt;"]


def test_classes_without_examples_have_no_bar() -> None:
    figure = draw_by_class(np.array([0.5, np.nan]), np.array([0.25, np.nan]), ["a", "b"])
    assert [list(bars.y) for bars in figure.data] == [[0.5, None], [0.25, None]]
    assert len(draw_by_class(np.array([0.5]), None, ["a"]).data) == 1
