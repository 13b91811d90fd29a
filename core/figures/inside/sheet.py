"""Many small pictures of test images on one sheet."""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image

LARGEST = 40  # pixels of a picture's side; larger images are reduced


def draw_sheet(images: np.ndarray) -> tuple[bytes, int, int]:
    """Return a sheet of images as a WebP file, the number of images in a row, and the side of each in pixels.

    Args:
        images: uint8 (n, h, w, c), n > 0.
    """
    side = min(LARGEST, max(images.shape[1:3]))
    columns = math.ceil(math.sqrt(len(images)))
    sheet = Image.new("RGB", (columns * side, math.ceil(len(images) / columns) * side))
    for at, image in enumerate(images):
        one = Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)
        sheet.paste(one.resize((side, side)), (at % columns * side, at // columns * side))
    buffer = io.BytesIO()
    sheet.save(buffer, "WEBP", quality=80)
    return buffer.getvalue(), columns, side
