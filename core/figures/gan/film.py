"""Make a film of pictures as an animated WebP file."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from core.figures.colours import DIVERGING

FRAME_MS = 150
LAST_MS = 1500
PAPER = DIVERGING[len(DIVERGING) // 2]  # behind what is clear
LEAST_SIDE = 460  # pixels; smaller pictures are enlarged without smoothing


def film(frames: Sequence[bytes], *, last_ms: int = LAST_MS) -> bytes:
    """Return PNG pictures of equal size as a looping WebP film; the last frame stays for `last_ms`."""
    images = [_enlarged(_on_paper(Image.open(io.BytesIO(png)))) for png in frames]
    durations = [FRAME_MS] * (len(images) - 1) + [last_ms]
    buffer = io.BytesIO()
    images[0].save(
        buffer, "WEBP", save_all=True, append_images=images[1:], duration=durations, loop=0, quality=80, method=2
    )
    return buffer.getvalue()


def last_frame(data: bytes) -> bytes:
    """Return the last picture of a film, as a PNG file."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(data)) as opened:
        opened.seek(getattr(opened, "n_frames", 1) - 1)
        opened.save(buffer, "PNG")
    return buffer.getvalue()


def _on_paper(image: Image.Image) -> Image.Image:
    """Return an opaque picture: a film shows the same on a light and on a dark page."""
    clear = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", clear.size, PAPER), clear).convert("RGB")


def _enlarged(image: Image.Image) -> Image.Image:
    factor = max(1, -(-LEAST_SIDE // image.width))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
