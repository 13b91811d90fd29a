"""Decode photos of any size, format and orientation into one uint8 array of small images."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from core.datasets.archives.archives import LIMITS, Entry, settle_classes
from core.datasets.images.decode_budget import Budget, check_scans
from core.errors import DatasetError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "HEIF")
FITS = ("crop", "squeeze", "pad")
LEAST_SIDE, MOST_SIDE = 28, 160
AUTO = 0  # a side that is chosen when the photos are read
SIDES = (160, 128, 96, 64, 32)  # of which it is the largest that is no larger than most originals
LOOKED_AT = 20  # photos, to choose a side
MOST_BYTES = 500_000_000  # of all photos at the chosen side
MOST_WHITE = 2**16 - 1
_DIM = 2**14  # a 16-bit file whose samples all stay below is dark, probably from a camera with fewer bits
_BITS, _COMPRESSION, _PLANES = 258, 259, 284  # tags of TIFF 6.0

# Exceptions that Pillow and its codecs raise for damaged files.
_DAMAGE = (
    *(AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, OverflowError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, ZeroDivisionError, struct.error, zlib.error),
)
Told = Callable[[str, int, int], None]  # (name of the next image, images done, images in total)
_LYING = 5  # EXIF orientations from 5 on swap height and width
_SPARE = 2.0  # shrink coarsely to twice the size, then finely: Pillow's advice for speed without visible loss


@dataclass(frozen=True)
class Frame:
    """Size and format that a photo is fitted to.

    Args:
        height, width: In pixels.
        fit: As in `Shaping`; or "whole", which keeps proportions without bars, so one side may be shorter.
        channels: 1 for grey, 3 for colour.
        white: As in `Shaping`.
        backdrop: Background of a transparent photo, 0 for black to 255 for white.
    """

    height: int
    width: int
    fit: str
    channels: int
    white: int = MOST_WHITE
    backdrop: int = 255

    @property
    def turned(self) -> Frame:
        """The same frame with height and width swapped."""
        return replace(self, height=self.width, width=self.height)


@dataclass(frozen=True)
class Shaping:
    """How a photo becomes an input of a network.

    Args:
        side: Height and width in pixels, 28 to 160; or 0, as the originals allow.
        fit: "crop" takes the largest centred square; "squeeze" distorts the whole image to a square; "pad" keeps the
            whole image and its proportions, between black bars.
        channels: 1 for grey, 3 for colour.
        white: Sample of a 16-bit file that becomes 255: 65,535, or 1,023 if a camera uses 10 of the 16 bits.
    """

    side: int
    fit: str
    channels: int
    white: int = MOST_WHITE

    def __post_init__(self) -> None:
        if self.side != AUTO and not LEAST_SIDE <= self.side <= MOST_SIDE:
            raise _bad_setting("side", f"{LEAST_SIDE} to {MOST_SIDE} pixels", self.side)
        if self.fit not in FITS:
            raise _bad_setting("fit", "one of " + ", ".join(FITS), self.fit)
        if self.channels not in (1, 3):
            raise _bad_setting("channels", "1 for grey or 3 for colour", self.channels)
        if not 1 <= self.white <= MOST_WHITE:
            raise _bad_setting("white", f"1 to {MOST_WHITE:,}", self.white)

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Shaping:
        """Return the shaping from the options on a card; `white` is found when the photos are read.

        Raises:
            DatasetError: An option is out of range.
        """
        return cls(options["side"], options["fit"], options["channels"], options.get("white", MOST_WHITE))

    @property
    def frame(self) -> Frame:
        """The frame that photos are fitted to."""
        return Frame(self.side, self.side, self.fit, self.channels, self.white)

    def to_options(self) -> dict[str, object]:
        """Return the options for `from_options`."""
        return asdict(self)


@dataclass(frozen=True)
class Photos:
    """All decoded photos of a data set.

    Args:
        images: uint8 (n, side, side, channels).
        labels: int64 (n,), indices into `classes`.
        classes: Names of the classes in natural order.
        names: Path of each image as the user knows it.
        bursts: Number of the burst of each image, int64 (n,); an image of none has a number of its own.
        sizes: Height and width of each original in pixels, int64 (n, 2).
        is_test: Whether its folder marks an image as a test example, bool (n,).
        skipped: (name, reason) of each image that cannot be read or whose class is left out.
        said: Sentences about classes left out and about 16-bit files.
        white: `white` of the shaping used in the end.
    """

    images: np.ndarray
    labels: np.ndarray
    sizes: np.ndarray
    is_test: np.ndarray
    classes: tuple[str, ...]
    names: list[str]
    bursts: np.ndarray
    skipped: list[tuple[str, str]]
    said: list[str]
    white: int


def choose_side(entries: Sequence[Entry], channels: int) -> int:
    """Return the largest of some sizes that does not enlarge photos, and at which all find room.

    Args:
        entries: All photos; a few, evenly spread, are looked at, their headers only.
        channels: 1 for grey, 3 for colour.
    """
    shorter = [side for entry in entries[:: -(-len(entries) // LOOKED_AT)] if (side := _shorter_side(entry))]
    typical = float(np.median(shorter)) if shorter else 0.0
    return next((s for s in SIDES if s <= typical and len(entries) * s * s * channels <= MOST_BYTES), SIDES[-1])


def _shorter_side(entry: Entry) -> int | None:
    """Return the shorter side of a photo in pixels; None if its header cannot be read."""
    _know_heif()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="PIL")
            with Image.open(io.BytesIO(entry.read()), formats=FORMATS) as image:
                return min(image.size)
    except (DatasetError, UnidentifiedImageError, Image.DecompressionBombError, *_DAMAGE):
        return None


def load_photos(
    entries: Sequence[Entry],
    shaping: Shaping,
    progress: Told = lambda name, done, total: None,
) -> Photos:
    """Decode all images into one array, one photo at a time, and list the unreadable ones.

    Args:
        entries: Entries from `read_zip` or `read_folder`.
        shaping: Size, fit and channels of the result.
        progress: Receives (name, done, total) before each image.

    Raises:
        DatasetError: Too few classes have enough readable images, or decoding takes too long.
    """
    shaping = replace(shaping, side=shaping.side or choose_side(entries, shaping.channels))
    read = _Read(shaping, len(entries))
    budget = Budget(len(entries))
    for done, entry in enumerate(entries):
        progress(entry.name, done, len(entries))
        read.add(entry, budget)
        budget.check()
    return read.photos(budget, progress)


class _Read:
    """The photos read so far."""

    def __init__(self, shaping: Shaping, most: int) -> None:
        self._shaping = shaping
        self._images = np.empty((most, shaping.side, shaping.side, shaping.channels), np.uint8)
        self._sizes = np.empty((most, 2), np.int64)
        self._kept: list[Entry] = []
        self._deep: list[int] = []  # rows from 16-bit grey files
        self._peak = 0  # their highest sample
        self._dim: list[int] = []  # highest samples of dark 16-bit colour files, of which Pillow reads the upper 8 bits
        self._skipped: list[tuple[str, str]] = []
        self._refused: dict[str, list[str]] = {}

    def add(self, entry: Entry, budget: Budget) -> None:
        """Decode a photo, or note why that failed."""
        row = len(self._kept)
        self._refused.setdefault(entry.label, [])
        try:
            with budget.image(entry.name):
                data = entry.read()
                self._images[row] = decode(data, self._shaping, entry.name)
                self._sizes[row], depth = _header(data)
                peak = _peak(data) if depth else 0
        except DatasetError as error:
            self._skipped.append((entry.name, str(error)))
            self._refused[entry.label].append(str(error))
            return
        self._kept.append(entry)
        if depth == "grey":
            self._deep.append(row)
            self._peak = max(self._peak, peak)
        elif depth and peak < _DIM:
            self._dim.append(peak)

    def photos(self, budget: Budget, progress: Told) -> Photos:
        """Return the photos of classes with enough; 16-bit grey is scaled by the bits that all such files use."""
        said = []
        if self._dim:
            said.append(
                f"{len(self._dim):,} colour images have 16 bits per colour but use at most "
                f"{max(self._dim).bit_length()} of them, so they are dark here. Save them with 8 bits per colour."
            )
        white = 2 ** self._peak.bit_length() - 1 if self._peak else self._shaping.white
        shaping = replace(self._shaping, white=white)
        if white != self._shaping.white:
            said.append(
                f"{len(self._deep):,} images have 16 bits per pixel but use {self._peak.bit_length()} of them. All "
                f"were scaled so that {white:,} is white; images that you try later are scaled the same way."
            )
            for row in self._deep:
                progress(self._kept[row].name, row, len(self._kept))
                self._images[row] = decode(self._kept[row].read(), shaping, self._kept[row].name)
                budget.check()
        counts = Counter(entry.label for entry in self._kept if not entry.is_test)
        classes, left_out = settle_classes(counts, self._refused, "images")
        rows = [row for row, entry in enumerate(self._kept) if entry.label in classes]
        kept = [self._kept[row] for row in rows]
        self._skipped += [(e.name, "its class is left out") for e in self._kept if e.label not in classes]
        return Photos(
            images=self._images[: len(rows)] if len(rows) == len(self._kept) else self._images[rows],
            labels=np.array([classes.index(entry.label) for entry in kept], np.int64),
            sizes=self._sizes[rows],
            is_test=np.array([entry.is_test for entry in kept], bool),
            classes=tuple(classes),
            names=[entry.name for entry in kept],
            bursts=_bursts(kept),
            skipped=self._skipped,
            said=[*said, *left_out],
            white=white,
        )


def _bursts(entries: Sequence[Entry]) -> np.ndarray:
    """Number the bursts, from 0; an image of none is a burst of its own."""
    numbers: dict[tuple[str, str | int], int] = {}
    keys = ((entry.label, entry.burst or row) for row, entry in enumerate(entries))
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def decode(data: bytes, shaping: Shaping | Frame, name: str) -> np.ndarray:
    """Decode one photo: upright, fitted, transparency over the backdrop.

    The number of pixels is checked in the header, before decoding. An animation gives its first frame. 16-bit grey is
    scaled to 8 bits by `shaping.white`. Colour profiles are not applied.

    Args:
        data: Bytes of the file; they decide the format, not the name.
        shaping: Size, fit and channels of the result.
        name: Name for errors.

    Returns:
        uint8 (height, width, channels).

    Raises:
        DatasetError: It is not an image, is damaged, or has too many pixels.
    """
    _know_heif()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="PIL")  # odd but readable metadata
            return _decode(data, shaping if isinstance(shaping, Frame) else shaping.frame, name)
    except UnidentifiedImageError as error:
        raise DatasetError(f"{name} is not a readable image", expected="PNG, JPEG, WebP, HEIC or similar") from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(name) from error
    except _DAMAGE as error:
        raise DatasetError(f"{name} is damaged or incomplete") from error


def _decode(data: bytes, frame: Frame, name: str) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > LIMITS.megapixels * 1_000_000:
            raise _too_many_pixels(name, f"{image.width:,} by {image.height:,}")
        mode = "L" if frame.channels == 1 else "RGB"
        if image.format in ("JPEG", "MPO"):  # decode at 1/2, 1/4 or 1/8, at least twice the final size
            check_scans(data, image.width * image.height, name)
            side = max(frame.height, frame.width)
            image.draft(mode, (2 * side, 2 * side))
        _check_planes(image, name)
        image.load()
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)  # after load, which turns TIFF and HEIC
        lies = orientation >= _LYING
        small = _shrink(_without_oddities(image, name, frame.white), frame.turned if lies else frame)
    small.getexif()[ExifTags.Base.Orientation] = orientation
    small = ImageOps.exif_transpose(small)  # turning the small image gives the same result in less memory
    if small.mode == "RGBA":
        behind = (frame.backdrop, frame.backdrop, frame.backdrop, 255)
        small = Image.alpha_composite(Image.new("RGBA", small.size, behind), small)
    small = small.convert(mode)
    if frame.fit == "pad":
        small = ImageOps.pad(small, (frame.width, frame.height))
    return np.asarray(small, np.uint8).reshape(small.height, small.width, frame.channels)


def _check_planes(image: Image.Image, name: str) -> None:
    """Refuse planar 16-bit TIFF, whose bytes Pillow misreads as samples."""
    tags = getattr(image, "tag_v2", {})
    if (tags.get(_COMPRESSION, 1), tags.get(_PLANES)) == (1, 2) and 16 in tags.get(_BITS, ()):
        raise DatasetError(f"{name} has 16-bit colours in separate planes", fix="Save it with 8 bits per colour.")


def _header(data: bytes) -> tuple[tuple[int, int], str]:
    """Return (height, width) of a readable image, and "grey" or "colour" if it has 16 bits, else ""."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        is_deep = image.format in ("PNG", "TIFF") and ";16" in str(image.tile)
        depth = "grey" if image.mode.startswith("I;16") else "colour" if is_deep else ""
        return (image.height, image.width), depth


def _peak(data: bytes) -> int:
    """Return the highest sample of a readable 16-bit file; for colour only the upper 8 bits are known."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        samples = np.asarray(image)
    return int(samples.max()) if samples.ndim == 2 else 256 * int(samples[..., :3].max()) + 255


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
    """Scale 16-bit samples to uint8 in equal steps; `white` and brighter become 255."""
    return np.minimum(samples.astype(np.uint32) * 256 // (white + 1), 255).astype(np.uint8)


def _shrink(image: Image.Image, frame: Frame) -> Image.Image:
    """Resize to the frame; for "pad" and "whole" only the longer edge reaches its size."""
    width, height = image.size
    size, box = (frame.width, frame.height), (0.0, 0.0, float(width), float(height))
    if frame.fit == "crop":
        cut_width, cut_height = (
            min(width, height * frame.width / frame.height),
            min(height, width * frame.height / frame.width),
        )
        left, top = (width - cut_width) / 2, (height - cut_height) / 2
        box = (left, top, width - left, height - top)
    elif frame.fit != "squeeze":
        scale = min(frame.width / width, frame.height / height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return image.resize(size, Image.Resampling.BICUBIC, box, reducing_gap=_SPARE)


@cache
def _know_heif() -> None:
    """Register HEIC, the format of iPhones, with Pillow once."""
    from pillow_heif import register_heif_opener

    register_heif_opener()


def _too_many_pixels(name: str, received: str = "") -> DatasetError:
    return DatasetError(
        f"{name} has too many pixels", expected=f"at most {LIMITS.megapixels} million", received=received
    )


def _bad_setting(field: str, expected: str, received: object) -> DatasetError:
    return DatasetError(f"{field} is not valid", expected=expected, received=str(received))
