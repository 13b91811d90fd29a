"""Make a film of pictures as an animated WebP file."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

FRAME_MS = 150
LAST_MS = 1500
LEAST_SIDE = 460  # pixels; smaller pictures are enlarged without smoothing


def film(frames: Sequence[bytes], *, last_ms: int = LAST_MS) -> bytes:
    """Return PNG pictures of equal size as a looping WebP film; the last frame stays for `last_ms`."""
    images = [_enlarged(Image.open(io.BytesIO(png)).convert("RGB")) for png in frames]
    durations = [FRAME_MS] * (len(images) - 1) + [last_ms]
    buffer = io.BytesIO()
    images[0].save(
        buffer, "WEBP", save_all=True, append_images=images[1:], duration=durations, loop=0, quality=80, method=2
    )
    return buffer.getvalue()


def _enlarged(image: Image.Image) -> Image.Image:
    factor = max(1, -(-LEAST_SIDE // image.width))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
