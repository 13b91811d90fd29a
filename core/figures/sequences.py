"""Texts and series as small pictures, for the network's input and for the wall of data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.datasets.features import Features, Tokens, Vector
from core.datasets.tables.columns import cells_of

if TYPE_CHECKING:
    import pandas as pd

CURVE_HEIGHT = 48  # pixels
MOST_CURVES = 8  # one below another
MAP_WIDTH = 120  # pixels of many columns as one picture, about
TEXT_SIDE = 96  # pixels of a text as a tile
_LARGEST, _SMALLEST = 30, 9  # font sizes, pixels
_WIDTH = 0.62  # of a character, in heights


def curve(values: np.ndarray, width: int, height: int = CURVE_HEIGHT) -> np.ndarray:
    """Draw numbers (steps,) as a curve, uint8 (height, width), light on dark."""
    values = np.nan_to_num(np.asarray(values, np.float64), posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    shares = (values - low) / ((high - low) or 1.0)
    across = np.linspace(1, width - 2, len(values))
    sheet = Image.new("L", (width, height), 0)
    dots = [(float(x), float(y)) for x, y in zip(across, (1 - shares) * (height - 5) + 2, strict=True)]
    ImageDraw.Draw(sheet).line(dots, fill=255, width=2)
    return np.asarray(sheet)


def _map(series: np.ndarray) -> np.ndarray:
    values = np.nan_to_num(np.asarray(series, np.float64).T[::-1], posinf=0, neginf=0)
    shares = (values - values.min()) / ((values.max() - values.min()) or 1.0)
    across = max(1, round(MAP_WIDTH / values.shape[1]))
    return np.repeat((255 * shares).astype(np.uint8), across, 1)[..., None].repeat(2, 0)


def text_tile(text: str, side: int = TEXT_SIDE) -> np.ndarray:
    """Draw a text in a square, as large as it fits, uint8 (side, side), light on dark."""
    size, lines = next(_fitting(text, side))
    sheet = Image.new("L", (side, side), 0)
    top = (side - len(lines) * size * 1.2) / 2
    font = _font(size)
    for number, line in enumerate(lines):
        ImageDraw.Draw(sheet).text((3, top + 1.2 * size * number), line, fill=255, font=font)
    return np.asarray(sheet)


@cache
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Return a font with the letters of many languages, which comes with matplotlib; it is not imported for that."""
    found = find_spec("matplotlib")
    for folder in (found.submodule_search_locations or []) if found else []:
        if (path := Path(folder, "mpl-data/fonts/ttf/DejaVuSansMono.ttf")).is_file():
            return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)


def _fitting(text: str, side: int) -> Iterator[tuple[int, list[str]]]:
    for size in range(_LARGEST, _SMALLEST - 1, -1):
        lines = textwrap.wrap(text, max(1, int((side - 6) / (_WIDTH * size)))) or [""]
        if len(lines) * size * 1.2 <= side or size == _SMALLEST:
            yield size, lines


def as_curves(series: np.ndarray) -> np.ndarray:
    """Draw each column of a series (steps, columns) as a curve, one below another, uint8 (height, width, 1).

    Of many columns, as of a sound, each is a row of pixels instead, bright where it is large, the first one below.
    """
    if series.shape[1] > MOST_CURVES:
        return _map(series)
    width = max(2 * len(series), CURVE_HEIGHT)
    return np.concatenate([curve(values, width) for values in series.T])[..., None]


def as_table(examples: np.ndarray, features: Features, taken: Sequence[str] = ()) -> pd.DataFrame | None:
    """Return examples (n, ...) as a table, if they are rows or texts; None if they are pictures or curves.

    Args:
        examples, features: The examples and their description.
        taken: Names of columns that stand for something else beside them.
    """
    import pandas as pd

    if isinstance(features, Vector):
        return pd.DataFrame(cells_of(features, examples, taken))
    if isinstance(features, Tokens):
        return pd.DataFrame({features.noun: [shown_text(example, features) for example in examples]})
    return None


def shown_text(tokens: Iterable[int], features: Tokens) -> str:
    """Return the text of an example without what stands before a short one."""
    kept = list(tokens)
    while kept and kept[0] == 0:
        kept.pop(0)
    return features.decode(kept)
