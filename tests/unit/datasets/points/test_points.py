"""Points of the plane as data sets."""

from typing import Any

import numpy as np
import pytest

from core.analysis.gan.point_clouds import modes_covered
from core.datasets import DATASETS, Dataset, DataSpec, open_prepared, prepare
from core.datasets.features import Column, Vector
from core.datasets.points.points import CENTRES, LIMIT, POINTS
from core.datasets.targets import Nothing
from core.errors import DatasetError
from core.families import FAMILIES
from core.figures.data import draw_points
from core.figures.gan.samples import SIDE, draw_plane, draw_samples, lay_out
from core.settings import Settings

every = pytest.mark.parametrize("dataset", POINTS, ids=lambda dataset: dataset.id)


def loaded(dataset: Dataset) -> dict[str, np.ndarray]:
    return dataset.load(None, {}, lambda words, share: None)  # type: ignore[arg-type]


@every
def test_points_are_what_their_spec_says_and_the_same_each_time(dataset: Dataset) -> None:
    arrays, again = loaded(dataset), loaded(dataset)
    dataset.spec.check(arrays, dataset.id)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, again[name])
    assert np.abs(arrays["x_train"]).max() < LIMIT
    assert not {tuple(p) for p in arrays["x_train"].tolist()} & {tuple(p) for p in arrays["x_test"].tolist()}


@every
def test_the_program_of_the_data_draws_the_same_points(dataset: Dataset) -> None:
    names: dict[str, Any] = {"np": np}
    exec(dataset.program, names)
    for name in ("x_train", "x_test"):
        np.testing.assert_array_equal(names[name], loaded(dataset)[name])


@pytest.mark.parametrize("name", CENTRES)
def test_every_cloud_has_as_many_points(name: str) -> None:
    modes = modes_covered(loaded(DATASETS[name])["x_train"], CENTRES[name], radius=1.0)
    even = 8_000 / len(CENTRES[name])
    assert 0.8 * even < min(modes.counts)
    assert max(modes.counts) < 1.2 * even


def test_they_are_prepared_and_opened_as_images_are(tmp_path: Any) -> None:
    settings = Settings(tmp_path / "home", tmp_path / "data")
    prepare(settings, "ring")
    data = open_prepared(settings, "ring")
    assert (data.x_train.dtype, data.spec.dtype, data.spec.is_image) == (np.float32, "float32", False)
    np.testing.assert_array_equal(data.x_train, loaded(DATASETS["ring"])["x_train"])


def test_points_of_another_type_are_refused() -> None:
    arrays = loaded(DATASETS["line"])
    with pytest.raises(DatasetError, match=r"expected float32 \(8000, 2\), received float64"):
        DATASETS["line"].spec.check({**arrays, "x_train": arrays["x_train"].astype(np.float64)}, "here")


def test_only_families_that_can_learn_from_points_take_them() -> None:
    assert not FAMILIES["cnn"].takes(DATASETS["ring"].spec)
    assert FAMILIES["gan"].takes(DATASETS["ring"].spec)
    assert not FAMILIES["gan"].takes(DataSpec(Vector((Column("a"), Column("b"), Column("c"))), Nothing(), 9, 9))


# Pictures of what is made


def test_images_are_laid_out_row_by_row() -> None:
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((5, 2, 3, 1), np.uint8)
    sheet = lay_out(images, columns=3)
    assert sheet.shape == (5, 11, 1)
    assert [sheet[top, left, 0] for top in (0, 3) for left in (0, 4, 8)] == [0, 1, 2, 3, 4, 128]
    assert (sheet[2] == 128).all()


def test_points_are_plotted_with_both_axes_to_one_scale() -> None:
    train, test = np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([[4.0, 5.0]])
    figure = draw_points(train, test)
    for trace, points in zip(figure.data, (train, test), strict=True):
        np.testing.assert_array_equal(np.stack([trace.x, trace.y], 1), points)
    assert [trace.name for trace in figure.data] == ["training", "test"]
    assert figure.layout.yaxis.scaleanchor == "x"


def test_the_plane_is_drawn_where_the_points_are() -> None:
    from io import BytesIO

    from PIL import Image

    corner = {"plane/fake": np.array([[LIMIT / 2, LIMIT / 2]]), "plane/real": np.array([[-LIMIT / 2, -LIMIT / 2]])}
    (picture,) = draw_plane(corner, DATASETS["ring"].spec)
    pixels = np.asarray(Image.open(BytesIO(picture.png)).convert("RGB")).astype(int)
    orange, blue = pixels[SIDE // 4, 3 * SIDE // 4], pixels[3 * SIDE // 4, SIDE // 4]
    assert orange[0] > orange[2] + 80
    assert blue[2] > blue[0] + 80
    assert draw_plane({}, DATASETS["ring"].spec) == draw_samples({}, DATASETS["ring"].spec) == []
