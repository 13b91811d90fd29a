"""An example, and how it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Given:
    """An example.

    Args:
        example: uint8 (h, w, c) or float32 (n,); None if there is none yet.
        index: Row of the test set that it is, unchanged; None of any other.
        truth: Class of that test example, if it has one.
        is_own: Whether the visitor brought it: it is none of the data's, and nothing that a network made.
        label: What the test example should give that it is, or was changed from: its class or number.
        typed: The part of a text of one's own that each of its tokens stands for.
        draw_paper: Draws the canvas, after all that the drawing changes: the browser then sends the next stroke.
    """

    example: np.ndarray | None = None
    index: int | None = None
    truth: int | None = None
    is_own: bool = False
    label: float | None = None
    typed: tuple[str, ...] = ()
    draw_paper: Callable[[], None] = lambda: None
