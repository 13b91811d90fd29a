"""The pictures on the wall of data, read back from their files."""

import io

import numpy as np
import pytest
from PIL import Image

from core.datasets.features import PLANE, Column, Vector
from core.datasets.features import Image as Pixels
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Nothing, Number
from core.figures.colours import SERIES, TRAINING, rgb
from core.figures.examples import GAP, HEIGHT, MANY, TILE, WIDTH, draw_examples, draw_kind, few_of_each
from core.figures.examples import PLANE as SIDE
from core.figures.pictures import Picture

TWO = Classes(("left", "right"))
CLOSE = 24  # WebP is lossy


def pixels(picture: Picture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGBA")).astype(int)


def of(features: Pixels | Vector, target: Classes | Number | Nothing) -> DataSpec:
    return DataSpec(features, target, 40, 10)


def test_twelve_examples_are_of_all_classes_in_turn() -> None:
    labels = np.array([1] * 30 + [0] * 2)
    rows = few_of_each(labels, of(Pixels(8, 8, 1), TWO))
    assert labels[rows].tolist() == [0, 1, 0, 1] + [1] * 8
    assert len(set(rows.tolist())) == MANY
    many = Classes(tuple(map(str, range(100))))
    assert len(set(few_of_each(np.arange(100), of(Pixels(8, 8, 1), many)).tolist())) == MANY


@pytest.mark.parametrize("side", [4, 50, 200])
@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_any_size_stand_in_four_columns(side: int, channels: int) -> None:
    images = np.zeros((MANY, side, side, channels), np.uint8)
    images[:] = (20 * np.arange(MANY))[:, None, None, None]
    shown = pixels(draw_examples(images, np.zeros(MANY), of(Pixels(side, side, channels), Nothing()), "These"))
    assert shown.shape == (HEIGHT, WIDTH, 4)
    for number in range(MANY):
        top, left = (place * (TILE + GAP) + TILE // 2 for place in divmod(number, 4))
        assert np.abs(shown[top, left, :3] - 20 * number).max() < CLOSE


def test_points_stand_where_they_are_in_the_colour_of_their_class() -> None:
    points = np.array([[-1.2, 1.2], [1.2, -1.2]], np.float32)
    for target, inks in ((TWO, SERIES[:2]), (Nothing(), (TRAINING, TRAINING))):
        shown = pixels(draw_examples(points, np.array([0, 1]), of(PLANE, target), "These"))
        near, far = round(0.1 * SIDE), round(0.9 * SIDE)
        for (row, column), ink in zip(((near, near), (far, far)), inks, strict=True):
            assert np.abs(shown[row, column, :3] - rgb(ink)).max() < 3 * CLOSE


def test_a_row_of_a_table_has_a_bar_for_each_number_as_long_as_it_is_large() -> None:
    rows = np.array([[0.0, 5.0], [1.0, 6.0], [2.0, 7.0]], np.float32)
    columns = Vector((Column("width"), Column("height")))
    shown = pixels(draw_examples(rows, np.array([3.0, 4.0, 5.0]), of(columns, Number("price", "", 4.0, 1.0)), "These"))
    is_bar = shown[..., 3] > 200
    lengths = [is_bar[round((row + 0.5) * HEIGHT / 3), : WIDTH // 2].sum() for row in range(3)]
    assert lengths[0] < 5
    assert lengths[2] == pytest.approx(2 * lengths[1], abs=5)


def test_what_is_not_here_yet_is_drawn_as_its_kind() -> None:
    image, table = (draw_kind(of(features, TWO), "These") for features in (Pixels(8, 8, 1), Vector((Column("a"),))))
    colour = draw_kind(of(Pixels(8, 8, 3), TWO), "These")
    assert len({image.png, colour.png, table.png}) == 3
    assert (image.alt, table.alt) == ("These: images that are not here yet", "These: rows that are not here yet")
