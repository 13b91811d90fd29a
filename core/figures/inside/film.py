"""A film of what a network made of one example at all saved moments: its maps, and what it said."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.figures.colours import BLUE, GREY, ORANGE
from core.figures.gan.film import film
from core.figures.network.tiles import sheet
from core.figures.pictures import colour
from core.names import shortened

WIDTH, HEAD, INPUT, GAP = 560, 32, 168, 16  # pixels: of the film, its heading and the example, and between parts
MOST_BARS, MOST_MAPS = 10, 16
PAPER, INK = "#FFFFFF", "#1B2430"
LONGEST = 12  # characters of a name beside a bar


def answers_film(
    example: np.ndarray,
    steps: Sequence[int],
    probabilities: np.ndarray,
    classes: Sequence[str],
    maps: np.ndarray | None,
    truth: int | None,
) -> bytes:
    """Return an animated WebP file, a frame for each saved moment.

    Args:
        example: The image, uint8 (h, w, 1 or 3).
        steps: Steps of the saved moments.
        probabilities: Answers at these, float (moments, classes).
        classes: Names of the classes.
        maps: Maps of one layer at these, float (moments, h, w, maps), all on one scale; None for none.
        truth: The true class; None if it is not known.
    """
    shown = np.sort(np.argsort(-probabilities.max(axis=0), kind="stable")[:MOST_BARS])
    high = 1.0 if maps is None else float(np.max(maps[..., :MOST_MAPS])) or 1.0
    frames = [
        _frame(example, step, said, shown, classes, None if maps is None else _sheet(maps[place], high), truth)
        for place, (step, said) in enumerate(zip(steps, probabilities, strict=True))
    ]
    return film(frames)


def _frame(
    example: np.ndarray,
    step: int,
    said: np.ndarray,
    shown: np.ndarray,
    classes: Sequence[str],
    below: Image.Image | None,
    truth: int | None,
) -> bytes:
    height = HEAD + INPUT + GAP + (0 if below is None else below.height + GAP)
    page = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(page)
    answer = int(said.argmax())
    heading = f"Step {step:,}: {shortened(classes[answer], LONGEST)}, {100 * said[answer]:.0f} %"
    pen.text((GAP, 8), heading, INK, ImageFont.load_default(18))
    picture = Image.fromarray(example[..., 0] if example.shape[-1] == 1 else example).convert("RGB")
    page.paste(picture.resize((INPUT, INPUT), Image.Resampling.NEAREST), (GAP, HEAD))
    _bars(pen, said, shown, classes, truth)
    if below is not None:
        page.paste(below, (GAP, HEAD + INPUT + GAP))
    buffer = io.BytesIO()
    page.save(buffer, "PNG")
    return buffer.getvalue()


def _bars(
    pen: ImageDraw.ImageDraw, said: np.ndarray, shown: np.ndarray, classes: Sequence[str], truth: int | None
) -> None:
    """Draw a bar for each class; the answer is blue if it is right or nobody knows, else orange."""
    line, font = INPUT / max(len(shown), 1), ImageFont.load_default(13)
    left, right, answer = GAP + INPUT + 116, WIDTH - GAP - 48, int(said.argmax())
    for place, label in enumerate(shown):
        top = HEAD + place * line
        is_answer = label == answer
        paint = GREY if not is_answer else BLUE if truth in (None, answer) else ORANGE
        end = left + (right - left) * float(said[label])
        pen.text((left - 8, top + line / 2), shortened(classes[label], LONGEST), INK, font, anchor="rm")
        pen.rectangle((left, top + 2, max(end, left + 1), top + line - 3), paint)
        pen.text((end + 6, top + line / 2), f"{100 * said[label]:.0f} %", INK, font, anchor="lm")


def _sheet(maps: np.ndarray, high: float) -> Image.Image:
    tiles = np.moveaxis(maps[..., :MOST_MAPS].astype(np.float32), -1, 0)
    rgba = colour(sheet(tiles, min(len(tiles), MOST_MAPS // 2)), "sequential", 0.0, high)
    picture = Image.fromarray(rgba, "RGBA")
    white = Image.alpha_composite(Image.new("RGBA", picture.size, PAPER), picture).convert("RGB")
    factor = (WIDTH - 2 * GAP) / white.width
    return white.resize((WIDTH - 2 * GAP, round(white.height * factor)), Image.Resampling.NEAREST)
