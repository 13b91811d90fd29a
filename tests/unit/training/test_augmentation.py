from typing import Any

import keras
import numpy as np
import pytest

from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.explain.augmented import SHOWN, Augmented
from core.families.cnn import CnnConfig
from core.families.supervised.config import build_augmentation
from core.models.augmentation import Augmentation
from core.models.network import build_network

SIDE = 21  # with a pixel in the middle
SPEC = DataSpec(Image(SIDE, SIDE, 1), Classes(("a", "b")), 10, 10)
COUNT = 200
KINDS: dict[str, Any] = {
    "augment_flip": "horizontal",
    "augment_shift": 0.2,
    "augment_rotation": 30,
    "augment_zoom": 0.25,
    "augment_contrast": 0.5,
    "augment_noise": 0.1,
}
GEOMETRY = ("augment_flip", "augment_shift", "augment_rotation", "augment_zoom")
every_kind = pytest.mark.parametrize("kind", KINDS)


def layers(seed: int = 0, **settings: Any) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return build_network(build_augmentation(CnnConfig(**settings)), SPEC)


def changed(images: np.ndarray, seed: int = 0, **settings: Any) -> np.ndarray:
    return Augmentation(layers(seed, **settings))(images).numpy()


def noise(count: int = COUNT) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *SPEC.input_shape), dtype=np.uint8)


def many(image: np.ndarray) -> np.ndarray:
    """Return copies of an image (h, w) of values 0 to 255, as a batch."""
    return np.repeat(image.astype(np.uint8)[None, :, :, None], COUNT, axis=0)


def rectangle(height: int, width: int) -> np.ndarray:
    """A white rectangle in the middle of black."""
    image = np.zeros((SIDE, SIDE))
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    image[top : top + height, left : left + width] = 255
    return image


def centres(images: np.ndarray) -> np.ndarray:
    """Return how far the bright part's centre lies from the middle (down, right), in pixels (n, 2)."""
    weights = images[..., 0] / images.sum(axis=(1, 2, 3), dtype=float)[:, None, None]
    places = np.arange(SIDE) - SIDE // 2
    return np.stack([weights.sum(2) @ places, weights.sum(1) @ places], axis=1)


def angles(images: np.ndarray) -> np.ndarray:
    """Return by how many degrees the bright part's longer axis is turned from the horizontal, -90 to 90 (n,)."""
    weights, places = images[..., 0].astype(float), np.arange(SIDE) - SIDE // 2
    y, x = np.meshgrid(places, places, indexing="ij")
    across = 2 * (weights * x * y).sum((1, 2))
    return np.degrees(np.arctan2(across, (weights * (x * x - y * y)).sum((1, 2))) / 2)


# What comes out


@every_kind
def test_what_comes_out_are_images_of_bytes_that_differ_from_call_to_call(kind: str) -> None:
    augmentation, images = Augmentation(layers(**{kind: KINDS[kind]})), noise()
    first, second = augmentation(images).numpy(), augmentation(images).numpy()
    assert (first.dtype, first.shape) == (np.uint8, images.shape)
    assert (first != images).any()
    assert (first != second).any()


def test_the_same_seed_changes_images_in_the_same_sequence_and_another_seed_in_another() -> None:
    sequences = []
    for seed in (3, 3, 4):
        augmentation = Augmentation(layers(seed, **KINDS))
        sequences.append([augmentation(noise()).numpy() for _ in range(2)])
    np.testing.assert_array_equal(sequences[0], sequences[1])
    assert (np.array(sequences[0]) != sequences[2]).any()


@every_kind
def test_each_image_of_a_batch_is_changed_in_its_own_way(kind: str) -> None:
    found = changed(many(noise(1)[0, :, :, 0]), **{kind: KINDS[kind]})
    assert len({image.tobytes() for image in found}) >= (2 if kind == "augment_flip" else COUNT // 2)


def test_without_augmentation_there_are_no_layers_and_images_are_left_alone() -> None:
    assert build_augmentation(CnnConfig()) == []
    np.testing.assert_array_equal(changed(noise()), noise())


@pytest.mark.parametrize("kind", GEOMETRY)
@pytest.mark.parametrize("value", [0, 77, 255])
def test_what_comes_in_from_beyond_the_rim_repeats_the_rim(kind: str, value: int) -> None:
    flat = np.full((COUNT, *SPEC.input_shape), value, np.uint8)
    np.testing.assert_array_equal(changed(flat, **{kind: KINDS[kind]}), flat)


def test_all_kinds_together_give_images_too() -> None:
    found = changed(noise(), **KINDS)
    assert (found.dtype, found.shape) == (np.uint8, (COUNT, *SPEC.input_shape))
    assert (found != noise()).mean() > 0.9


def test_colours_stay_together() -> None:
    spec = DataSpec(Image(SIDE, SIDE, 3), Classes(("a", "b")), 10, 10)
    keras.utils.set_random_seed(0)
    settings = {kind: KINDS[kind] for kind in GEOMETRY}
    augmentation = Augmentation(build_network(build_augmentation(CnnConfig(**settings)), spec))
    found = augmentation(np.repeat(noise(), 3, axis=3)).numpy()
    assert (found != np.repeat(noise(), 3, axis=3)).any()
    np.testing.assert_array_equal(found[..., 0], found[..., 1])
    np.testing.assert_array_equal(found[..., 0], found[..., 2])


# Each kind does what its setting says


@pytest.mark.parametrize(
    ("flip", "axes"),
    [("horizontal", [(), (1,)]), ("vertical", [(), (0,)]), ("horizontal_and_vertical", [(), (0,), (1,), (0, 1)])],
)
def test_a_flip_mirrors_about_half_of_the_images_and_changes_nothing_else(flip: str, axes: list) -> None:
    images = noise()
    found = changed(images, augment_flip=flip)
    same = [[np.array_equal(one, np.flip(old, axis)) for axis in axes] for one, old in zip(found, images, strict=True)]
    assert all(sum(row) == 1 for row in same)
    shares = np.mean(same, axis=0)
    np.testing.assert_allclose(shares, 1 / len(axes), atol=0.12)


def test_a_shift_moves_an_image_up_to_its_share_of_the_side_both_ways() -> None:
    moved = centres(changed(many(rectangle(5, 5)), augment_shift=0.2))
    assert np.abs(moved).max() <= 0.2 * SIDE + 0.01
    for way in range(2):
        assert moved[:, way].min() < -0.18 * SIDE
        assert moved[:, way].max() > 0.18 * SIDE


def test_a_rotation_turns_an_image_up_to_its_degrees_both_ways() -> None:
    turned = angles(changed(many(rectangle(3, 15)), augment_rotation=30))
    assert np.abs(turned).max() < 31
    assert turned.min() < -27
    assert turned.max() > 27


def test_a_zoom_changes_the_size_up_to_its_share_both_ways_and_keeps_the_shape() -> None:
    found = changed(many(rectangle(9, 9)), augment_zoom=0.25)[..., 0].astype(float)
    side = SIDE // 2
    heights, widths = found[:, :, side].sum(1) / 255 / 9, found[:, side].sum(1) / 255 / 9
    np.testing.assert_allclose(heights, widths, atol=0.02)
    assert 1 / 1.25 - 0.03 < heights.min() < 0.85
    assert 1.2 < heights.max() < 1 / 0.75 + 0.03


def test_contrast_scales_the_distance_from_the_mean_up_to_its_share_both_ways() -> None:
    images = np.random.default_rng(0).integers(64, 192, (COUNT, *SPEC.input_shape), dtype=np.uint8)
    found = changed(images, augment_contrast=0.5)
    np.testing.assert_allclose(found.mean((1, 2, 3)), images.mean((1, 2, 3)), atol=0.6)
    scales = found.std((1, 2, 3)) / images.std((1, 2, 3))
    assert 0.49 < scales.min() < 0.55
    assert 1.45 < scales.max() < 1.51


def test_noise_is_as_wide_as_its_share_of_white() -> None:
    found = changed(np.full((COUNT, *SPEC.input_shape), 128, np.uint8), augment_noise=0.1).astype(float) - 128
    assert found.mean() == pytest.approx(0, abs=0.5)
    assert found.std() == pytest.approx(25.5, rel=0.02)


@pytest.mark.parametrize(("value", "low", "high"), [(255, 100, 255), (0, 0, 155)])
def test_beyond_black_and_white_values_are_cut_and_do_not_wrap_around(value: int, low: int, high: int) -> None:
    found = changed(np.full((COUNT, *SPEC.input_shape), value, np.uint8), augment_noise=0.1)
    assert low < found.mean() < high
    assert low <= found.min() < found.max() <= high
    assert (found == value).mean() == pytest.approx(0.5, abs=0.05)


# What pages show of it


def test_a_preview_shows_one_image_changed_as_often_as_promised() -> None:
    image = noise(1)[0]
    found = Augmented(layers(2, **KINDS))(image)
    assert list(found) == ["augmented"]
    assert (found["augmented"].dtype, found["augmented"].shape) == (np.uint8, (SHOWN, *SPEC.input_shape))
    expected = Augmentation(layers(2, **KINDS))(np.stack([image] * SHOWN)).numpy()
    np.testing.assert_array_equal(found["augmented"], expected)
    assert len({one.tobytes() for one in expected}) == SHOWN
