"""What somebody draws or photographs, as an input of a network."""

from __future__ import annotations

import numpy as np
from PIL import Image

from core.datasets.spec import DataSpec

SIDE, BOX = 28, 20  # pixels of MNIST's images, and of the box that its digits were scaled into
FAINT = 0.2  # of the darkest ink on a photo; what is fainter is paper
LEAST_INK = 30  # grey levels between paper and ink; a camera's noise and shading on blank paper stay below


def centred(ink: np.ndarray) -> np.ndarray:
    """Scale and place a drawing as MNIST's digits are.

    Args:
        ink: uint8 (height, width), 0 where nothing is drawn.

    Returns:
        uint8 (28, 28): the drawing in a box of 20x20, its proportions kept, its centre of mass at (14, 14).

    Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits.
    """
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows):
        return np.zeros((SIDE, SIDE), np.uint8)
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(cut.shape)
    height, width = (max(1, round(side * scale)) for side in cut.shape)
    small = np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.BOX), float)
    mass = small.sum() or 1.0
    middle = (np.arange(height) @ small.sum(1) / mass, np.arange(width) @ small.sum(0) / mass)
    top, left = (
        int(np.clip(round(SIDE / 2 - at), 0, SIDE - side)) for at, side in zip(middle, (height, width), strict=True)
    )
    out = np.zeros((SIDE, SIDE), np.uint8)
    out[top : top + height, left : left + width] = np.rint(small)
    return out


def as_input(ink: np.ndarray, spec: DataSpec, *, is_centred: bool) -> np.ndarray:
    """Return a drawing as the network of a data set takes it.

    Args:
        ink: uint8 (side, side), 0 where nothing is drawn.
        spec: The data set's shape.
        is_centred: Whether its images are centred as MNIST's are.

    Returns:
        uint8 (height, width, channels).
    """
    height, width, channels = spec.input_shape
    image = centred(ink) if is_centred else ink
    if image.shape != (height, width):
        image = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BOX))
    return np.repeat(image[..., None], channels, axis=2)


def ink_of_photo(grey: np.ndarray) -> np.ndarray:
    """Return what is written on a photo of paper, or of a screen, bright on black.

    Args:
        grey: uint8 (height, width); dark on bright or bright on dark.

    Returns:
        uint8 (height, width), 0 where there is only paper; its strongest ink is 255. All 0 if nothing is written.
    """
    values = grey.astype(float)
    paper = float(np.median(values))
    ink = np.maximum(paper - values, 0) if paper > 127 else np.maximum(values - paper, 0)
    most = float(np.percentile(ink, 99.5))
    most = float(ink.max()) if most < LEAST_INK else most  # a dot, smaller than a two-hundredth of the paper
    if most < LEAST_INK:
        return np.zeros(grey.shape, np.uint8)
    share = np.clip(ink / most, 0, 1)
    share[share < FAINT] = 0
    return np.rint(255 * share).astype(np.uint8)
