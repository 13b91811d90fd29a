"""Turn drawings and photos of writing into inputs of a network."""

from __future__ import annotations

import numpy as np
from PIL import Image

from core.datasets.spec import DataSpec

SIDE, BOX = 28, 20  # pixels of MNIST's images, and of the box that its digits are scaled to
FAINT = 0.2  # share of the darkest ink; anything fainter counts as paper
LEAST_INK = 30  # grey levels between paper and ink; noise and shading on blank paper stay below


def centred(ink: np.ndarray) -> np.ndarray:
    """Scale and centre a drawing like MNIST's digits.

    Args:
        ink: uint8 (height, width), 0 where nothing is drawn.

    Returns:
        uint8 (28, 28): the drawing scaled into a 20x20 box with its proportions, its centre of mass at (14, 14).

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
    """Return a drawing as an input for a network of a data set.

    Args:
        ink: uint8 (side, side), 0 where nothing is drawn.
        spec: Spec of the data set.
        is_centred: Whether its images are centred like MNIST's.

    Returns:
        uint8 (height, width, channels).
    """
    height, width, channels = spec.input_shape
    image = centred(ink) if is_centred else ink
    if image.shape != (height, width):
        image = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BOX))
    return np.repeat(image[..., None], channels, axis=2)


def ink_of_photo(grey: np.ndarray) -> np.ndarray:
    """Return the writing on a photo of paper or a screen, bright on black.

    Args:
        grey: uint8 (height, width); dark on bright or bright on dark.

    Returns:
        uint8 (height, width), 0 for paper and 255 for the strongest ink. All 0 if nothing is written.
    """
    values = grey.astype(float)
    paper = float(np.median(values))
    ink = np.maximum(paper - values, 0) if paper > 127 else np.maximum(values - paper, 0)
    most = float(np.percentile(ink, 99.5))
    most = float(ink.max()) if most < LEAST_INK else most  # a dot covers less than 0.5 % of the paper
    if most < LEAST_INK:
        return np.zeros(grey.shape, np.uint8)
    share = np.clip(ink / most, 0, 1)
    share[share < FAINT] = 0
    return np.rint(255 * share).astype(np.uint8)
