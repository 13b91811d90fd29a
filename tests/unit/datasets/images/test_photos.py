import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.datasets.archives.archives import Entry
from core.datasets.images import photos as module
from core.datasets.images.photos import AUTO, Shaping, choose_side, decode, load_photos
from core.errors import DatasetError

ROOT = Path(__file__).parents[4]
COLOUR = Shaping(32, "squeeze", 3)
GREY = Shaping(32, "squeeze", 1)
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)

# How an upright image is stored for each EXIF orientation: TIFF 6.0, tag 274, "row 0 / column 0 is ...".
STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda image: image,
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: np.rot90(image, 1),
    7: lambda image: image[::-1, ::-1].swapaxes(0, 1),
    8: lambda image: np.rot90(image, -1),
}


@pytest.fixture(autouse=True, scope="module")
def heif_can_be_saved() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def quadrants(width: int, height: int) -> np.ndarray:
    """Draw red, green / blue, white."""
    image = np.zeros((height, width, 3), np.uint8)
    y, x = height // 2, width // 2
    image[:y, :x], image[:y, x:], image[y:, :x], image[y:, x:] = RED, GREEN, BLUE, WHITE
    return image


def thirds() -> Image.Image:
    """Draw three upright squares of red, green and blue, side by side."""
    image = np.zeros((80, 240, 3), np.uint8)
    image[:, :80], image[:, 80:160], image[:, 160:] = RED, GREEN, BLUE
    return Image.fromarray(image)


def near(found: np.ndarray, wanted: object, levels: int = 12) -> bool:
    return bool(np.all(np.abs(found.astype(int) - np.asarray(wanted)) <= levels))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "HEIF"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_format_gives_the_picture(kind: str, channels: int) -> None:
    found = decode(saved(Image.fromarray(quadrants(96, 64)), kind), Shaping(32, "squeeze", channels), "x")
    assert found.shape == (32, 32, channels)
    assert found.dtype == np.uint8
    corners = np.array([RED, GREEN, BLUE, WHITE])
    wanted = corners if channels == 3 else (corners @ [0.299, 0.587, 0.114])[:, None]
    assert near(found[[4, 4, 28, 28], [4, 28, 4, 28]], wanted)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("fit", ["crop", "squeeze", "pad"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_upright(kind: str, fit: str, orientation: int) -> None:
    upright, shaping = quadrants(150, 90), Shaping(32, fit, 3)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    found = decode(saved(stored, kind, exif=exif), shaping, "x")
    corners = found[[8, 8, 23, 23], [4, 27, 4, 27]]
    assert near(corners, [RED, GREEN, BLUE, WHITE])
    assert near(found[[0, 31], 16], BLACK) == (fit == "pad")


def test_an_iphones_photo_is_turned_once() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(quadrants(150, 90))))
    found = decode(saved(stored, "HEIF", exif=exif.tobytes()), COLOUR, "x")
    assert near(found[[4, 4, 28, 28], [4, 28, 4, 28]], [RED, GREEN, BLUE, WHITE])


def test_crop_keeps_the_middle_square_only() -> None:
    found = decode(saved(thirds(), "PNG"), Shaping(32, "crop", 3), "x")
    assert near(found[:, 1:-1], GREEN, 0)
    assert near(found, GREEN, 24)  # the outermost pixels also see a little of what is beside them


def test_squeeze_keeps_the_whole_width() -> None:
    found = decode(saved(thirds(), "PNG"), COLOUR, "x")
    assert near(found[:, [4, 16, 28]], [RED, GREEN, BLUE])


def test_pad_keeps_proportions_between_black_bars() -> None:
    found = decode(saved(thirds(), "PNG"), Shaping(36, "pad", 3), "x")
    assert near(found[:12], BLACK, 0)
    assert near(found[24:], BLACK, 0)
    assert near(found[14:22, [4, 18, 32]], [RED, GREEN, BLUE])


@pytest.mark.parametrize(("width", "height"), [(1, 500), (500, 1), (1, 1), (7, 5)])
@pytest.mark.parametrize("fit", ["crop", "squeeze", "pad"])
def test_images_of_any_proportions_have_the_shape(width: int, height: int, fit: str) -> None:
    found = decode(saved(Image.new("RGB", (width, height), RED), "PNG"), Shaping(28, fit, 3), "x")
    assert found.shape == (28, 28, 3)
    assert near(found.max(axis=(0, 1)), RED)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_shrinking_averages_instead_of_picking_pixels(kind: str) -> None:
    board = np.indices((512, 512)).sum(axis=0) // 2 % 2 * 255  # a checkerboard, far too fine for 32 pixels
    assert near(decode(saved(Image.fromarray(board.astype(np.uint8)), kind), GREY, "x"), 127.5, 14)


def test_a_jpeg_is_as_sharp_as_a_png() -> None:
    stripes = Image.fromarray((np.indices((128, 128))[1] // 8 % 2 * 255).astype(np.uint8))
    jpeg, png = (decode(saved(stripes, kind), GREY, "x") for kind in ("JPEG", "PNG"))
    assert near(jpeg, png, 20)
    assert np.ptp(jpeg.astype(int)) > 200


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_seen_over_white(mode: str) -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (32, 0, 64, 64))
    found = decode(saved(image.convert(mode), "PNG"), COLOUR, "x")
    assert near(found[:, 4], WHITE, 0)
    assert near(found[:, 28], BLACK, 0)


def test_half_transparent_black_is_grey() -> None:
    assert near(decode(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 128)), "PNG"), COLOUR, "x"), 127, 1)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_becomes_8_bit_by_its_upper_byte(kind: str) -> None:
    values = np.repeat(np.linspace(0, 65535, 32).astype(np.uint16)[None], 32, axis=0)
    found = decode(saved(Image.fromarray(values), kind), GREY, "x")
    assert near(found[..., 0], values // 256, 1)


@pytest.mark.parametrize(
    ("mode", "kind"), [("P", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("CMYK", "TIFF"), ("L", "PNG")]
)
def test_palettes_and_inks_are_understood(mode: str, kind: str) -> None:
    image = Image.fromarray(quadrants(64, 64)).convert(mode)
    found = decode(saved(image, kind), COLOUR, "x")
    wanted = np.array([RED, GREEN, BLUE, WHITE])
    if mode == "L":
        wanted = np.repeat((wanted @ [0.299, 0.587, 0.114])[:, None], 3, axis=1).astype(int)
    assert near(found[[4, 4, 28, 28], [4, 28, 4, 28]], wanted)


def test_black_and_white_scans_are_understood() -> None:
    scan = Image.fromarray(np.indices((64, 64))[1] >= 32)
    found = decode(saved(scan, "TIFF", compression="group4"), GREY, "x")
    assert near(found[:, [4, 28], 0], [0, 255])


def test_of_an_animation_the_first_frame_counts() -> None:
    first, *others = [Image.new("RGB", (40, 40), colour) for colour in (RED, GREEN, BLUE)]
    assert near(decode(saved(first, "GIF", save_all=True, append_images=others), COLOUR, "x"), RED)
    assert near(decode(saved(first, "WEBP", save_all=True, append_images=others), COLOUR, "x"), RED)


def test_jpegs_with_several_pictures_give_the_first() -> None:
    first, second = Image.new("RGB", (40, 40), RED), Image.new("RGB", (40, 40), BLUE)
    assert near(decode(saved(first, "MPO", save_all=True, append_images=[second]), COLOUR, "x"), RED)


def test_what_a_file_is_called_does_not_matter() -> None:
    assert near(decode(saved(Image.new("RGB", (40, 40), RED), "PNG"), COLOUR, "cats/1.jpg"), RED)


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7\n" + bytes(200), b"PK\3\4" + bytes(200), b"<svg></svg>"])
def test_a_renamed_other_file_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(DatasetError, match=r"cats/1\.jpg is not a readable image"):
        decode(data, COLOUR, "cats/1.jpg")


@pytest.mark.parametrize("kind", ["PCX", "PPM", "ICO", "TGA", "EPS"])
def test_formats_that_nobody_photographs_in_are_not_even_tried(kind: str) -> None:
    with pytest.raises(DatasetError, match="not a readable image"):
        decode(saved(Image.new("RGB", (40, 40), RED), kind), COLOUR, "x")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "HEIF"])
def test_a_truncated_image_is_refused_by_name(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), kind)
    for share in (0.03, 0.5, 0.9):
        with pytest.raises(DatasetError, match=r"cats/1\.jpg"):
            decode(data[: int(len(data) * share)], COLOUR, "cats/1.jpg")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "HEIF"])
def test_broken_headers_are_refused_in_words_or_harmless(kind: str) -> None:
    data, rng = bytearray(saved(Image.fromarray(quadrants(64, 48)), kind)), np.random.default_rng(0)
    for _ in range(60):
        broken = data.copy()
        for place in rng.integers(0, min(len(data), 200), 3):
            broken[place] = rng.integers(256)
        try:
            assert decode(bytes(broken), COLOUR, "x").shape == (32, 32, 3)
        except DatasetError as error:
            assert str(error).startswith("x ")  # noqa: PT017 - either is right


def test_numbers_as_pixels_are_refused() -> None:
    with pytest.raises(DatasetError, match="32-bit"):
        decode(saved(Image.new("F", (40, 40), 0.5), "TIFF"), COLOUR, "x")


BOMBS = """
import io, resource, struct, sys, zlib
import numpy as np
from PIL import Image
from core.datasets.images.photos import Shaping, decode
from core.errors import DatasetError

def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()

def png(width, height):
    chunk = lambda name, data: struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))
    rows = zlib.compress(bytes(10**7), 9) * 100
    header = struct.pack(">2L5B", width, height, 8, 2, 0, 0, 0)
    return b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")

small = Image.new("RGB", (64, 64))
decode(saved(small, "PNG"), Shaping(32, "crop", 3), "good")
webp = b"VP8X" + struct.pack("<2L", 10, 0) + (16382).to_bytes(3, "little") * 2
gif = bytearray(saved(small, "GIF"))
frame = gif.rfind(b",", 0, gif.find(b",") + 1)
gif[frame + 5 : frame + 9] = struct.pack("<2H", 65000, 65000)
bmp = bytearray(saved(small, "BMP"))
bmp[18:26] = struct.pack("<2L", 50000, 50000)
jpeg = bytearray(saved(small, "JPEG"))
heic = bytearray(saved(small, "HEIF"))
extent = heic.find(b"ispe") + 8
heic[extent : extent + 8] = struct.pack(">2L", 60000, 60000)
size = jpeg.find(b"\\xff\\xc0") + 5
jpeg[size : size + 4] = struct.pack(">2H", 65000, 65000)
bombs = {
    "png": png(60000, 60000),
    "png just over": png(10000, 6001),
    "webp": b"RIFF" + struct.pack("<L", len(webp) + 4) + b"WEBP" + webp,
    "heic": bytes(heic), "gif": bytes(gif), "bmp": bytes(bmp), "jpeg": bytes(jpeg),
    "tiff": saved(small, "TIFF", tiffinfo={322: 40000, 323: 40000}).replace(
        struct.pack("<HHLL", 256, 4, 1, 64), struct.pack("<HHLL", 256, 4, 1, 99999)),
}
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 100 * 2**20,) * 2)
for name, data in bombs.items():
    try:
        decode(data, Shaping(32, "crop", 3), name)
        print(name, "was decoded")
    except DatasetError as error:
        print(error)
"""


def test_images_of_too_many_pixels_are_refused_by_a_process_that_has_little_memory() -> None:
    done = subprocess.run([sys.executable, "-c", BOMBS], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 8
    assert not [line for line in lines if "was decoded" in line]
    by_size = [line for line in lines if "has too many pixels, expected at most 60 million" in line]
    assert {line.split(" has")[0] for line in by_size} >= {"png", "png just over", "bmp", "jpeg", "gif", "heic"}


def test_10_bits_of_16_fill_the_range_of_8_bits() -> None:
    values = np.repeat(np.linspace(0, 1023, 32).astype(np.uint16)[None], 32, axis=0)
    found = decode(saved(Image.fromarray(values), "PNG"), Shaping(32, "crop", 1, white=1023), "x")
    assert np.array_equal(found[..., 0], values // 4)
    assert decode(saved(Image.fromarray(values * 64), "PNG"), Shaping(32, "crop", 1, white=1023), "x").max() == 255


def test_a_shaping_is_kept_as_options_beside_others() -> None:
    shaping = Shaping(64, "pad", 3, white=4095)
    assert Shaping.from_options({**shaping.to_options(), "seed": 3}) == shaping
    assert Shaping.from_options({"side": 28, "fit": "crop", "channels": 1}) == Shaping(28, "crop", 1, white=65535)


@pytest.mark.parametrize(
    "bad", [{"side": 27}, {"side": 161}, {"side": 1}, {"fit": "stretch"}, {"channels": 4}, {"white": 0}]
)
def test_impossible_shapings_are_refused(bad: dict[str, int]) -> None:
    good: dict = {"side": 64, "fit": "crop", "channels": 3}
    with pytest.raises(DatasetError, match=f"{next(iter(bad))} is not valid"):
        Shaping(**(good | bad))


def entry(name: str, data: bytes) -> Entry:
    return Entry(name, name.split("/")[0], lambda: data)


def pets(number: int) -> list[Entry]:
    shades = {"class 10": 50, "class 2": 200}
    return [
        entry(f"{label}/{n}.png", saved(Image.new("L", (30, 30), shade + n), "PNG"))
        for label, shade in shades.items()
        for n in range(number)
    ]


def test_photos_are_loaded_with_their_classes_in_the_order_people_count() -> None:
    calls: list[tuple[str, int, int]] = []
    photos = load_photos(pets(4), GREY, lambda *told: calls.append(told))
    assert photos.classes == ("class 2", "class 10")
    assert photos.labels.tolist() == [1] * 4 + [0] * 4
    assert photos.labels.dtype == np.int64
    assert photos.images[:, 0, 0, 0].tolist() == [50, 51, 52, 53, 200, 201, 202, 203]
    assert photos.names[0] == "class 10/0.png"
    assert photos.skipped == []
    assert calls == [(name, done, 8) for done, name in enumerate(photos.names)]


def test_unreadable_images_among_good_ones_are_listed() -> None:
    def gone() -> bytes:
        raise DatasetError("class 2/x.png is damaged inside the ZIP")

    entries = pets(4)
    entries[2:2] = [entry("class 10/text.png", b"hello"), Entry("class 2/x.png", "class 2", gone)]
    photos = load_photos(entries, GREY)
    assert [name for name, _ in photos.skipped] == ["class 10/text.png", "class 2/x.png"]
    assert "not a readable image" in photos.skipped[0][1]
    assert photos.images[:, 0, 0, 0].tolist() == [50, 51, 52, 53, 200, 201, 202, 203]
    assert photos.labels.tolist() == [1] * 4 + [0] * 4


def test_a_class_that_is_left_with_too_few_images_is_left_out_and_named_with_the_reason() -> None:
    birds = [*(entry(f"birds/{n}.png", saved(Image.new("L", (30, 30)), "PNG")) for n in range(3))]
    entries = [*birds, entry("birds/9.png", b"hello"), *pets(4), *(entry(f"owls/{n}.png", b"hello") for n in range(5))]
    photos = load_photos(entries, GREY)
    assert photos.classes == ("class 2", "class 10")
    assert photos.images[:, 0, 0, 0].tolist() == [50, 51, 52, 53, 200, 201, 202, 203]
    assert photos.labels.tolist() == [1] * 4 + [0] * 4
    assert photos.names == [e.name for e in pets(4)]
    assert len(photos.sizes) == len(photos.is_test) == 8
    [birds_said, owls_said] = photos.said
    assert "birds is left out: it has 3 images, expected at least 4, and 1 cannot be used" in birds_said
    assert birds_said.endswith("or similar).")
    assert (
        "owls is left out: none of its 5 files can be used (the first: owls/0.png is not a readable image" in owls_said
    )
    assert ("birds/0.png", "its class is left out") in photos.skipped


def test_too_few_classes_of_readable_images_are_refused_with_the_reason() -> None:
    entries = [*pets(4)[:-1], entry("class 2/9.png", b"hello")]
    with pytest.raises(
        DatasetError, match=r"classes, received 1.*class 2 is left out: it has 3.*9\.png is not a readable image"
    ):
        load_photos(entries, GREY)


def deep(peak: int, kind: str) -> bytes:
    """A file of 16 bits a pixel, from 0 to the peak."""
    ramp = np.repeat(np.linspace(0, peak, 32).astype(np.uint16)[None], 32, axis=0)
    return saved(Image.fromarray(ramp), kind)


@pytest.mark.parametrize(("peaks", "white"), [([1000, 300], 1023), ([65535, 300], 65535), ([1, 0], 1), ([0, 0], 65535)])
def test_files_of_16_bits_are_stretched_alike_to_the_bits_that_all_of_them_use(peaks: list[int], white: int) -> None:
    entries = [
        entry(f"{label}/{n}.{kind}", deep(peak, kind))
        for label, peak in zip("ab", peaks, strict=True)
        for n, kind in enumerate(["PNG", "TIFF", "PNG", "TIFF"])
    ]
    photos = load_photos(
        [*entries, entry("a/8.png", saved(Image.new("L", (30, 30), 77), "PNG"))], Shaping(32, "crop", 1)
    )
    assert photos.white == white
    assert bool(photos.said) == (white != 65535)
    tops = photos.images.reshape(9, -1).max(axis=1).tolist()
    assert tops == [int(peaks[0] * 256 // (white + 1))] * 4 + [int(peaks[1] * 256 // (white + 1))] * 4 + [77]


def colour_png(pixels: np.ndarray) -> bytes:
    """A PNG of 16 bits a colour, which Pillow cannot write; pixels uint16 (height, width, 3)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">2L5B", pixels.shape[1], pixels.shape[0], 16, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def colour_tiff(pixels: np.ndarray, *, planes: bool = False) -> bytes:
    """A TIFF of 16 bits a colour, which Pillow cannot write; pixels uint16 (height, width, 3 or 4)."""
    height, width, channels = pixels.shape
    parts = [pixels[..., k] for k in range(channels)] if planes else [pixels]
    lists, places = b"", []
    for part in parts:
        places.append(8 + len(lists))
        lists += part.astype("<u2").tobytes()
    sizes = [part.size * 2 for part in parts]
    tags = {256: [width], 257: [height], 258: [16] * channels, 259: [1], 262: [2], 273: places, 277: [channels]}
    tags |= {278: [height], 279: sizes, 284: [2 if planes else 1]} | ({338: [2]} if channels == 4 else {})
    directory = struct.pack("<H", len(tags))
    for tag, values in tags.items():
        packed = struct.pack(f"<{len(values)}L", *values)
        if len(values) > 1:
            packed, lists = struct.pack("<L", 8 + len(lists)), lists + packed
        directory += struct.pack("<2HL", tag, 4, len(values)) + packed
    return b"II*\0" + struct.pack("<L", 8 + len(lists)) + lists + directory + bytes(4)


@pytest.mark.parametrize(("peak", "bits"), [(1023, 10), (4095, 12), (16383, 14), (65535, 0)])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "TIFF with transparency"])
def test_colours_of_16_bits_that_come_out_dark_are_said(peak: int, bits: int, kind: str) -> None:
    pixels = np.full((30, 30, 3), peak, np.uint16)
    clear = np.zeros((30, 30, 1), np.uint16)
    clear[:15] = 65535  # what is transparent lies on white, and is bright
    see_through = np.dstack([pixels, clear])
    data = {"PNG": colour_png(pixels), "TIFF": colour_tiff(pixels)}.get(kind, colour_tiff(see_through))
    photos = load_photos([entry(f"{label}/{n}.png", data) for label in "ab" for n in range(4)], COLOUR)
    assert photos.images[:, 0].max() == peak // 256
    start = f"8 colour images have 16 bits per colour but use at most {bits} of them, so they are dark here."
    assert [said.startswith(start) for said in photos.said] == [True] * bool(bits)


def test_colours_in_planes_of_16_bits_are_refused_and_not_misread() -> None:
    pixels = np.full((30, 30, 3), (1023, 40000, 0), np.uint16)
    assert decode(colour_tiff(pixels), COLOUR, "x")[0, 0].tolist() == [3, 156, 0]
    with pytest.raises(DatasetError, match="x has 16-bit colours in separate planes"):
        decode(colour_tiff(pixels, planes=True), COLOUR, "x")


def progressive(scans: int) -> bytes:
    """A JPEG whose last scan, which refines what is known, is sent again and again."""
    noise = np.random.default_rng(1).integers(0, 256, (64, 64), dtype=np.uint8)
    data = saved(Image.fromarray(noise), "JPEG", progressive=True, quality=95)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


def test_a_progressive_jpeg_of_too_many_scans_is_refused_at_once() -> None:
    with pytest.raises(DatasetError, match="x is a JPEG with too many scans, expected at most 100"):
        decode(progressive(3000), GREY, "x")
    assert decode(progressive(1) + b"\xff\xda" * 500, GREY, "a photo with a film after it").shape == (32, 32, 1)


# The side that is chosen


@pytest.mark.parametrize(
    ("sizes", "side"),
    [
        ([(4000, 3000)] * 3, 160),
        ([(160, 900)], 160),
        ([(159, 900), (130, 500), (128, 128)], 128),
        ([(96, 127), (2000, 100), (97, 97), (20, 20)], 96),
        ([(64, 95)], 64),
        ([(32, 32)], 32),
        ([(9, 9)], 32),
    ],
)
def test_the_side_is_the_largest_that_enlarges_no_more_than_half_of_the_photos(
    sizes: list[tuple[int, int]], side: int
) -> None:
    entries = [entry(f"a/{n}.png", saved(Image.new("L", size), "PNG")) for n, size in enumerate(sizes)]
    assert choose_side(entries, 3) == side


def test_what_cannot_be_read_has_no_say_in_the_side() -> None:
    whole = saved(Image.new("RGB", (128, 128)), "PNG")
    assert choose_side([entry("a/1.png", b"?"), entry("a/2.png", whole), entry("a/3.png", b"")], 3) == 128
    assert choose_side([entry("a/1.png", b"?")], 3) == 32


def test_so_many_photos_that_they_would_find_no_room_are_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [entry(f"a/{n}.png", saved(Image.new("RGB", (200, 200)), "PNG")) for n in range(4)]
    monkeypatch.setattr(module, "MOST_BYTES", 4 * 128 * 128 * 3)
    assert choose_side(entries, 3) == 128
    assert choose_side(entries, 1) == 160


def test_photos_that_choose_their_side_are_read_at_it() -> None:
    entries = [
        entry(f"{label}/{n}.png", saved(Image.new("RGB", (100, 140), (n, 0, 9)), "PNG"))
        for label in "ab"
        for n in range(9)
    ]
    assert load_photos(entries, Shaping(AUTO, "squeeze", 3)).images.shape == (18, 96, 96, 3)
