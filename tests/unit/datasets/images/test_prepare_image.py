"""A picture becomes an input as the data's own pictures did; Pillow's own calls are the oracle."""

import io
from dataclasses import replace

import numpy as np
import psutil
import pytest
from PIL import Image, ImageDraw, ImageOps

from core import child_process
from core.datasets import DATASETS, Dataset, DataSpec, features, find_dataset
from core.datasets.images.photos import Shaping
from core.datasets.images.prepare_apart import prepare_image_apart
from core.datasets.images.prepare_image import prepare_image
from core.datasets.own import own
from core.datasets.prepared import write_prepared
from core.datasets.targets import Classes
from core.errors import DatasetError
from core.settings import Settings
from tests.support import tiny

DIGITS = DATASETS["mnist_5k"]
SEVEN = [(20, 20), (80, 20), (45, 90)]


def data_of(shape: tuple[int, ...], shaping: Shaping | None = None) -> Dataset:
    return replace(tiny.dataset({}), spec=DataSpec(features.Image(*shape), Classes(("a", "b")), 1, 1), shaping=shaping)


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def wide() -> Image.Image:
    """A square at the left, which is cut away by whoever takes the middle."""
    image = Image.new("RGB", (192, 64), (90, 30, 60))
    ImageDraw.Draw(image).rectangle((8, 8, 55, 55), (250, 250, 250))
    return image


OWN = {
    "squeeze": lambda image: image.resize((32, 32), Image.Resampling.BICUBIC),
    "crop": lambda image: image.crop((64, 0, 128, 64)).resize((32, 32), Image.Resampling.BICUBIC),
    "pad": lambda image: ImageOps.pad(image, (32, 32), Image.Resampling.BICUBIC),
}


@pytest.mark.parametrize(("fit", "kind"), [("squeeze", "GIF"), ("squeeze", "TIFF"), ("crop", "PNG"), ("pad", "PNG")])
def test_a_picture_is_shaped_as_the_photos_of_the_data_were(fit: str, kind: str) -> None:
    image = wide()
    ImageDraw.Draw(image).ellipse((80, 20, 110, 50), (10, 200, 10))  # for the middle
    found = prepare_image(saved(image, kind), "x", data_of((32, 32, 3), Shaping(32, fit, 3)))
    expected = np.asarray(OWN[fit](image), float)
    assert found.dtype == np.uint8
    assert np.abs(found - expected).mean() < 4  # a GIF has 256 colours; Pillow shrinks in one pass or in two


def test_sixteen_bits_are_read_by_the_white_of_the_data() -> None:
    ramp = Image.fromarray(np.tile(np.arange(0, 1024, 32, dtype=np.uint16), (32, 1)))
    found = prepare_image(saved(ramp), "x", data_of((32, 32, 1), Shaping(32, "squeeze", 1, white=1023)))
    np.testing.assert_array_equal(found[0, :, 0], np.arange(0, 256, 8))


@pytest.mark.parametrize("shape", [(20, 60, 3), (60, 20, 1)])
def test_data_of_unknown_making_gets_all_of_a_picture_whatever_its_sides(shape: tuple[int, int, int]) -> None:
    image = wide()
    turned = image.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # it lies on its left side, as phones store it
    buffer = io.BytesIO()
    turned.save(buffer, "PNG", exif=exif)
    height, width, channels = shape
    mode = "L" if channels == 1 else "RGB"
    expected = np.asarray(image.convert(mode).resize((width, height), Image.Resampling.BICUBIC), float)
    for data in (saved(image), buffer.getvalue()):
        found = prepare_image(data, "x", data_of(shape))
        assert found.shape == shape
        assert np.abs(found - expected.reshape(shape)).mean() < 2


def written(paper: tuple[int, ...], ink: tuple[int, ...], mode: str = "RGB", left: int = 0) -> bytes:
    image = Image.new(mode, (300, 110), paper)
    ImageDraw.Draw(image).line([(x + left, y) for x, y in SEVEN], ink, width=9, joint="curve")
    return saved(image)


def test_writing_is_found_wherever_it_stands_and_whatever_it_is_written_on() -> None:
    middle = prepare_image(written((220, 220, 210), (20, 20, 60), left=100), "x", DIGITS)
    assert middle.shape == (28, 28, 1)
    assert middle.max() == 255
    others = [
        written((220, 220, 210), (20, 20, 60)),  # at the edge
        written((0, 0, 0, 0), (255, 255, 255, 255), "RGBA", left=100),  # white strokes on nothing
        written((0, 0, 0, 0), (0, 0, 0, 255), "RGBA", left=100),
    ]
    for data in others:
        assert np.abs(prepare_image(data, "x", DIGITS) - middle.astype(float)).mean() < 8


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).normal(200, 5, (480, 640)).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("dataset", [DIGITS, data_of((32, 32, 3)), data_of((32, 32, 3), Shaping(32, "pad", 3))])
@pytest.mark.parametrize("image", [Image.new("L", (60, 30), 255), Image.new("RGBA", (60, 30), (255, 255, 255, 0))])
def test_an_empty_picture_gets_a_sentence_instead_of_an_answer(image: Image.Image, dataset: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"^blank\.png is empty\."):
        prepare_image(saved(image), "blank.png", dataset)


def test_the_noise_of_a_camera_is_no_writing() -> None:
    with pytest.raises(DatasetError, match="is empty"):
        prepare_image(saved(noise()), "paper.jpg", DIGITS)


def test_a_file_that_is_no_picture_is_named_in_one_line_whatever_its_name() -> None:
    with pytest.raises(DatasetError) as caught:
        prepare_image(b"no picture", "a\nb\x1b[31m" + 500 * "c" + ".png", DIGITS)
    said = str(caught.value)
    assert said.startswith("a?b?[31mccc")
    assert "\n" not in said
    assert len(said) < 250
    with pytest.raises(DatasetError, match="consists of rows"):
        prepare_image(saved(wide()), "x", _points())


def _points() -> Dataset:
    return next(dataset for dataset in DATASETS.values() if not dataset.spec.is_image)


def test_another_process_gives_the_same_picture_or_the_same_refusal(settings: Settings) -> None:
    card = own.begin(settings, "ann", "Cups", "photos", {"side": 28, "fit": "squeeze", "channels": 3, "seed": 3})
    spec = DataSpec(features.Image(28, 28, 3), Classes(("a", "b")), 1, 1)
    images, labels = np.zeros((1, 28, 28, 3), np.uint8), np.zeros(1, np.int64)
    arrays = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    write_prepared(settings, card.id, arrays, spec, card.title)
    dataset, picture = find_dataset(settings, card.id), saved(wide())
    found = prepare_image_apart(settings, picture, "wide.png", dataset)
    np.testing.assert_array_equal(found, prepare_image(picture, "wide.png", dataset))
    with pytest.raises(DatasetError) as here:
        prepare_image(b"no picture", "x.png", dataset)
    with pytest.raises(DatasetError, match=r"x\.png is not a readable image") as there:
        prepare_image_apart(settings, b"no picture", "x.png", dataset)
    assert str(there.value) == str(here.value)


def test_a_picture_that_takes_too_long_is_refused_and_its_process_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_process, "WAIT_S", 0.01)
    with pytest.raises(DatasetError, match=r"slow\.png takes too long.*Save it smaller"):
        prepare_image_apart(settings, saved(wide()), "slow.png", DIGITS)
    assert not any(map(prepares, psutil.Process().children()))


def prepares(process: psutil.Process) -> bool:
    try:
        return "prepare_apart" in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):  # it has just ended
        return False
