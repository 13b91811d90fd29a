import io

import numpy as np
import pytest
from PIL import Image

from core.figures.bars import A_ROW, BAR, DOWN, HEIGHT, MOST, UP, Picture, draw_bars


def tall(picture: Picture, index: int) -> int:
    """Return how many pixels tall a bar is, below the middle negative."""
    rgba = np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGBA"))
    top, left = (index // A_ROW) * HEIGHT, (index % A_ROW) * BAR
    column = rgba[top : top + HEIGHT, left]
    up, down = (int((column == colour).all(1).sum()) for colour in (UP, DOWN))
    assert not (up and down)
    assert not (column[:2] == DOWN).all(1).any()
    return up - down


def test_a_bar_is_as_tall_as_its_number() -> None:
    picture = draw_bars("noise", np.array([2.0, -2.0, 1.0, -0.5, 0.0], np.float32))
    full = HEIGHT // 2 - 1
    heights = [tall(picture, index) for index in range(5)]
    np.testing.assert_allclose(heights, np.array([1, -1, 0.5, -0.25, 0]) * full, atol=0.5)
    assert (picture.low, picture.high) == (-2.0, 2.0)


def test_many_numbers_stand_in_rows() -> None:
    values = np.zeros(A_ROW + 3)
    values[A_ROW + 1] = -4
    picture = draw_bars("noise", values)
    assert (picture.width, picture.height) == (A_ROW * BAR, 2 * HEIGHT)
    assert tall(picture, A_ROW + 1) == -(HEIGHT // 2 - 1)


def test_of_too_many_numbers_the_first_are_shown_and_it_says_so() -> None:
    picture = draw_bars("noise", np.ones(MOST + 1))
    assert picture.title == f"noise, the first {MOST}"
    assert picture.height == MOST // A_ROW * HEIGHT


@pytest.mark.parametrize("values", [[np.nan, 1.0], [np.inf, 1.0], [0.0, 0.0], [np.nan]])
def test_what_is_no_number_spoils_no_other(values: list[float]) -> None:
    picture = draw_bars("noise", np.array(values))
    assert np.isfinite([picture.low, picture.high]).all()
    if values[-1] == 1.0:
        assert tall(picture, 1) == HEIGHT // 2 - 1
