import numpy as np
import pytest

from core.analysis.data import image_statistics
from core.analysis.data.image_statistics import blocks, brightness_and_contrast, mean_and_deviation, pixel_histogram


@pytest.fixture(params=[1, 3])
def images(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Images of which few fit in a block, so that blocks have to be put together."""
    images = np.random.default_rng(0).integers(0, 256, (50, 9, 7, request.param), dtype=np.uint8)
    monkeypatch.setattr(image_statistics, "_BLOCK_BYTES", 7 * images[:1].nbytes)
    return images


def test_blocks_cover_every_row_once(images: np.ndarray) -> None:
    rows = [row for part in blocks(images) for row in range(50)[part]]
    assert rows == list(range(50))
    assert len(list(blocks(images))) == 8


def test_brightness_is_the_mean_and_contrast_the_deviation_within_channels(images: np.ndarray) -> None:
    brightness, contrast = brightness_and_contrast(images)
    values = images.astype(float)
    np.testing.assert_allclose(brightness, values.mean((1, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(contrast, np.sqrt(values.var((1, 2)).mean(-1)), rtol=1e-6)


def test_an_image_of_one_colour_has_no_contrast_at_all() -> None:
    images = np.zeros((2, 128, 128, 3), np.uint8)
    images[0], images[1] = (255, 0, 7), 255
    brightness, contrast = brightness_and_contrast(images)
    assert contrast.tolist() == [0, 0]
    assert brightness[1] == 255


def test_the_histogram_is_numpys(images: np.ndarray) -> None:
    found = pixel_histogram(images)
    expected = [np.histogram(images[..., c], bins=32, range=(0, 256))[0] for c in range(images.shape[3])]
    np.testing.assert_array_equal(found, expected)


def test_mean_and_deviation_are_numpys_of_all_and_of_each_class(images: np.ndarray) -> None:
    labels = np.arange(50) % 3
    means, deviations = mean_and_deviation(images, labels, 3)
    groups = [images, *(images[labels == label] for label in range(3))]
    np.testing.assert_array_equal(means, [np.rint(group.mean(0)) for group in groups])
    np.testing.assert_array_equal(deviations, [np.rint(group.std(0)) for group in groups])


def test_a_class_without_images_is_black(images: np.ndarray) -> None:
    means, deviations = mean_and_deviation(images, np.zeros(50, np.int64), 2)
    assert means.shape == (3, *images.shape[1:])
    assert not means[2].any()
    assert not deviations[2].any()


def test_no_images_have_no_numbers() -> None:
    nothing = np.zeros((0, 9, 7, 1), np.uint8)
    assert [values.shape for values in brightness_and_contrast(nothing)] == [(0,), (0,)]
    assert pixel_histogram(nothing).tolist() == [[0] * 32]
