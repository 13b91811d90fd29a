"""An image under a map of what counted in it."""

from __future__ import annotations

import numpy as np

from core.figures.pictures import Picture, colour, grey_picture, to_png

SHARE = 0.6  # of the map's colours where it is strongest


def heat_over(image: np.ndarray, heat: np.ndarray, alt: str) -> Picture:
    """Return a picture of an image in grey, with the map's colours over it where it counts.

    Args:
        image: uint8 (h, w, 1 or 3).
        heat: float (h, w), 0 or more; its largest value has the strongest colour.
        alt: Alternative text.
    """
    strength = np.maximum(heat, 0) / (float(heat.max()) or 1.0)
    grey = image.mean(axis=2, keepdims=True).repeat(3, axis=2)
    paint = colour(strength, "sequential", 0.0, 1.0)[..., :3]
    share = (SHARE * strength**0.5)[..., None]
    mixed = np.full((*image.shape[:2], 4), 255, np.uint8)
    mixed[..., :3] = np.rint((1 - share) * grey + share * paint).astype(np.uint8)
    plain = grey_picture(image, alt)
    return Picture("", to_png(mixed), plain.width, plain.height, alt, "grey", 0.0, 1.0, 1)
