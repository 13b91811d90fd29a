"""Photos of any size, format and orientation in; one uint8 array of small images out."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageOps

from core.datasets.archives import LIMITS, Entry, check_classes, natural_key
from core.errors import DatasetError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "HEIF")
FITS = ("crop", "squeeze", "pad")
LEAST_SIDE, MOST_SIDE = 28, 128
MOST_WHITE = 2**16 - 1

# What Pillow and its codecs are known to raise for a file whose bytes are wrong.
_DAMAGE = (
    *(AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, OverflowError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, ZeroDivisionError, struct.error, zlib.error),
)
_WHITE = (255, 255, 255, 255)
_SPARE = 2.0  # shrink roughly to twice the size first, then well: Pillow's advice for speed without visible loss


@dataclass(frozen=True)
class Shaping:
    """How a photo becomes an input of the network.

    Args:
        side: Height and width in pixels, 28 to 128.
        fit: "crop" takes the largest square in the middle; "squeeze" squeezes the whole image into the square;
            "pad" keeps the whole image and its proportions, between black bars.
        channels: 1 for grey, 3 for colour.
        white: Sample of a 16-bit file that becomes 255: 65,535, or 1,023 where a camera uses 10 bits of the 16.
    """

    side: int
    fit: str
    channels: int
    white: int = MOST_WHITE

    def __post_init__(self) -> None:
        if not LEAST_SIDE <= self.side <= MOST_SIDE:
            raise _bad_setting("side", f"{LEAST_SIDE} to {MOST_SIDE} pixels", self.side)
        if self.fit not in FITS:
            raise _bad_setting("fit", "one of " + ", ".join(FITS), self.fit)
        if self.channels not in (1, 3):
            raise _bad_setting("channels", "1 for grey or 3 for colour", self.channels)
        if not 1 <= self.white <= MOST_WHITE:
            raise _bad_setting("white", f"1 to {MOST_WHITE:,}", self.white)

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Shaping:
        """Return how data was shaped, from the options on its card; `white` is found when the photos are read.

        Raises:
            DatasetError: A setting is not possible.
        """
        return cls(options["side"], options["fit"], options["channels"], options.get("white", MOST_WHITE))

    def to_options(self) -> dict[str, Any]:
        """Return the options that give this again."""
        return asdict(self)


@dataclass(frozen=True)
class Photos:
    """All photos of a data set.

    Args:
        images: uint8 (n, side, side, channels).
        labels: int64 (n,), indices into `classes`.
        classes: Names of the classes in natural order.
        names: Path of each image as the user knows it.
        sizes: Height and width in pixels of each original, int64 (n, 2).
        skipped: (name, why) of each image that could not be read.
    """

    images: np.ndarray
    labels: np.ndarray
    sizes: np.ndarray
    classes: tuple[str, ...]
    names: list[str]
    skipped: list[tuple[str, str]]


def load_photos(
    entries: Sequence[Entry], shaping: Shaping, progress: Callable[[int, int], None] = lambda done, total: None
) -> Photos:
    """Decode all images into one array, one photo at a time; those that cannot be read are listed.

    Args:
        entries: What `read_zip` or `read_folder` found.
        shaping: Size, fit and channels of the result.
        progress: Told (done, total) after each image.

    Raises:
        DatasetError: Too few classes, or a class has too few readable images.
    """
    classes = tuple(sorted({entry.label for entry in entries}, key=natural_key))
    images = np.empty((len(entries), shaping.side, shaping.side, shaping.channels), np.uint8)
    sizes = np.empty((len(entries), 2), np.int64)
    kept: list[Entry] = []
    skipped: list[tuple[str, str]] = []
    for done, entry in enumerate(entries, start=1):
        try:
            data = entry.read()
            images[len(kept)] = decode(data, shaping, entry.name)
            sizes[len(kept)] = _size(data)
            kept.append(entry)
        except DatasetError as error:
            skipped.append((entry.name, str(error)))
        progress(done, len(entries))
    _check_readable(kept, classes, skipped)
    places = {label: place for place, label in enumerate(classes)}
    labels = np.array([places[entry.label] for entry in kept], np.int64)
    return Photos(images[: len(kept)], labels, sizes[: len(kept)], classes, [entry.name for entry in kept], skipped)


def decode(data: bytes, shaping: Shaping, name: str) -> np.ndarray:
    """Decode one photo: upright, transparency over white, in the wanted shape.

    Pixels are checked in the header, before any is decoded. Of an animation the first frame counts. 16-bit grey
    becomes 8-bit as `shaping.white` says, by its upper byte mostly. Colour profiles are not applied.

    Args:
        data: The file's bytes; what they are is found out, whatever the name says.
        shaping: Size, fit and channels of the result.
        name: What to call it in an error.

    Returns:
        uint8 (side, side, channels).

    Raises:
        DatasetError: It is no image, damaged, or has too many pixels.
    """
    _know_heif()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="PIL")  # of odd but readable metadata; errors say what matters
            return _decode(data, shaping, name)
    except Image.UnidentifiedImageError as error:
        raise DatasetError(
            f"{name} is no image that can be read", expected="PNG, JPEG, WebP, HEIC or similar"
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(name) from error
    except _DAMAGE as error:
        raise DatasetError(f"{name} is damaged or incomplete") from error


def _decode(data: bytes, shaping: Shaping, name: str) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > LIMITS.megapixels * 1_000_000:
            raise _too_many_pixels(name, f"{image.width:,} by {image.height:,}")
        mode = "L" if shaping.channels == 1 else "RGB"
        if image.format in ("JPEG", "MPO"):  # decoded at 1/2, 1/4 or 1/8, never under twice the side
            image.draft(mode, (2 * shaping.side, 2 * shaping.side))
        image.load()
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)  # after load: TIFF and HEIC turn themselves
        small = _shrink(_without_oddities(image, name, shaping.white), shaping)
    small.getexif()[ExifTags.Base.Orientation] = orientation
    small = ImageOps.exif_transpose(small)  # turning the small one is the same, and needs no second large one
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, _WHITE), small)
    small = small.convert(mode)
    if shaping.fit == "pad":
        small = ImageOps.pad(small, (shaping.side, shaping.side))
    return np.asarray(small, np.uint8).reshape(shaping.side, shaping.side, shaping.channels)


def _size(data: bytes) -> tuple[int, int]:
    """Return height and width of an image that was decoded before."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return image.height, image.width


def _without_oddities(image: Image.Image, name: str, white: int) -> Image.Image:
    """Return an image as L, RGB or RGBA."""
    if image.mode.startswith("I;16"):
        return Image.fromarray(_levels(np.asarray(image), white))
    if image.mode in ("I", "F"):
        raise DatasetError(f"{name} has 32-bit numbers as pixels", fix="Save it as PNG or JPEG.")
    if image.has_transparency_data and image.mode != "RGBA":
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "RGBA") else image.convert("L" if image.mode == "1" else "RGB")


def _levels(samples: np.ndarray, white: int) -> np.ndarray:
    """Return 16-bit samples as uint8: `white` and what is brighter is 255, and each level has equally many of them."""
    return np.minimum(samples.astype(np.uint32) * 256 // (white + 1), 255).astype(np.uint8)


def _shrink(image: Image.Image, shaping: Shaping) -> Image.Image:
    """Resize to the side; for "pad" only the longer edge has it."""
    width, height = image.size
    size, box = (shaping.side, shaping.side), (0.0, 0.0, float(width), float(height))
    if shaping.fit == "crop":
        left, top = max(0, width - height) / 2, max(0, height - width) / 2
        box = (left, top, width - left, height - top)
    elif shaping.fit == "pad":
        scale = shaping.side / max(width, height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return image.resize(size, Image.Resampling.BICUBIC, box, reducing_gap=_SPARE)


def _check_readable(kept: list[Entry], classes: Sequence[str], skipped: list[tuple[str, str]]) -> None:
    """Check the classes again, and say so if it is because images could not be read."""
    counts = Counter(dict.fromkeys(classes, 0))
    counts.update(entry.label for entry in kept)
    try:
        check_classes(counts)
    except DatasetError as error:
        if not skipped:
            raise
        reason = f"{len(skipped):,} could not be read; the first: {skipped[0][1]}"
        raise DatasetError(error.what, expected=error.expected, received=error.received, fix=reason) from error


@cache
def _know_heif() -> None:
    """Teach Pillow HEIC, the format of iPhones, once."""
    from pillow_heif import register_heif_opener

    register_heif_opener()


def _too_many_pixels(name: str, received: str = "") -> DatasetError:
    return DatasetError(
        f"{name} has too many pixels", expected=f"at most {LIMITS.megapixels} million", received=received
    )


def _bad_setting(field: str, expected: str, received: object) -> DatasetError:
    return DatasetError(f"{field} is not possible", expected=expected, received=str(received))
