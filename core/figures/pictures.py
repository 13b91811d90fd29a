"""Pictures for pages: the network's own pixels, enlarged by the browser."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.figures.colours import DIVERGING, VIRIDIS, rgb

if TYPE_CHECKING:
    import plotly.graph_objects as go

_LEVELS = 256


def _table(anchors: tuple[str, ...]) -> np.ndarray:
    """Return colours interpolated evenly through `anchors`, uint8 (256, 3)."""
    colours = np.array([rgb(anchor) for anchor in anchors], float)
    at, x = np.linspace(0, 1, len(anchors)), np.linspace(0, 1, _LEVELS)
    return np.stack([np.interp(x, at, colours[:, k]) for k in range(3)], -1).round().astype(np.uint8)


SCALES = {"sequential": _table(VIRIDIS), "diverging": _table(DIVERGING), "grey": _table(("#000000", "#FFFFFF"))}


@dataclass(frozen=True)
class Picture:
    """One picture and its texts.

    Args:
        title: Short heading, such as the layer's name and shape.
        png: Content of a PNG or animated WebP file.
        width, height: Size of the file in pixels; the browser enlarges it without smoothing.
        alt: Alternative text for screen readers.
        scale: Key of `SCALES`, for the legend.
        low, high: Values at the ends of the scale.
        columns: Number of tiles side by side.
        labels: One label per column; may be empty.
        bars: Shares, 0 to 1, drawn as bars under the picture; may be empty.
        marked: Index of the highlighted bar; -1 for none.
        still: A PNG file instead of a film, for those who want no motion; empty if it is none.
    """

    title: str
    png: bytes
    width: int
    height: int
    alt: str
    scale: str
    low: float
    high: float
    columns: int
    labels: tuple[str, ...] = ()
    bars: tuple[float, ...] = ()
    marked: int = -1
    still: bytes = b""


@dataclass(frozen=True)
class Text:
    """A text in place of a picture.

    Args:
        text: What is shown, as it is.
        title: Short heading.
        markup: The same in colours, as trusted HTML; empty if it has none.
    """

    text: str
    title: str = ""
    markup: str = ""


@dataclass(frozen=True)
class Plot:
    """A chart in place of a picture.

    Args:
        figure: The chart; its layout sets a height.
        text: What it shows, in words.
    """

    figure: go.Figure
    text: str


Shown = Picture | Text | Plot


@dataclass(frozen=True)
class Gallery:
    """Pictures below a sentence.

    Args:
        sentence: What they show; trusted Markdown.
        pictures: Pictures, side by side.
        below: One text per picture; may be empty.
        drawing: Trusted SVG instead of pictures; may be empty.
    """

    sentence: str
    pictures: Sequence[Picture] = ()
    below: Sequence[str] = ()
    drawing: str = ""


def colour(values: np.ndarray, scale: str, low: float, high: float) -> np.ndarray:
    """Map values (h, w) to RGBA colours, uint8 (h, w, 4); NaN is transparent."""
    span = (high - low) or 1.0
    level = np.nan_to_num((values - low) / span).clip(0, 1) * (_LEVELS - 1)
    rgba = np.empty((*values.shape, 4), np.uint8)
    rgba[..., :3] = SCALES[scale][level.round().astype(int)]
    rgba[..., 3] = np.where(np.isnan(values), 0, 255)
    return rgba


def to_png(rgba: np.ndarray) -> bytes:
    """Encode RGBA pixels, uint8 (h, w, 4), as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(rgba, "RGBA").save(buffer, "PNG")
    return buffer.getvalue()


def gradient_css(scale: str) -> str:
    """Return a CSS gradient of a scale's colours, for its legend."""
    stops = SCALES[scale][np.linspace(0, _LEVELS - 1, 9).round().astype(int)]
    return "linear-gradient(to right," + ",".join(f"rgb({r},{g},{b})" for r, g, b in stops) + ")"


def grey_picture(image: np.ndarray, alt: str, title: str = "") -> Picture:
    """Return a picture of a uint8 image, (h, w, 1) or (h, w, 3)."""
    return _photo(_opaque(image), alt, title)


def framed_picture(image: np.ndarray, alt: str, frame: str) -> Picture:
    """Return a picture as `grey_picture` does, in a frame such as `WRONG`; an empty `frame` is invisible."""
    wide = max(1, image.shape[0] // 14)
    rgba = np.pad(_opaque(image), ((wide, wide), (wide, wide), (0, 0)))
    if frame:
        inner = np.zeros(rgba.shape[:2], bool)
        inner[wide:-wide, wide:-wide] = True
        rgba[~inner] = [*rgb(frame), 255]
    return _photo(rgba, alt)


def _opaque(image: np.ndarray) -> np.ndarray:
    rgba = np.full((*image.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = image if image.shape[2] == 3 else np.repeat(image, 3, axis=-1)
    return rgba


def _photo(rgba: np.ndarray, alt: str, title: str = "") -> Picture:
    height, width = rgba.shape[:2]
    return Picture(title, to_png(rgba), width, height, alt, "grey", 0.0, 255.0, 1)
