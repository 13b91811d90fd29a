"""A kernel that walks over an input, with each sum written out; all in the browser."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.figures.colours import DIVERGING, WRONG, rgb
from core.layers.walk import Convolution
from pages._ui.components import component

_component = component(
    "convolution/convolution",
    "<div class='walk'><div class='bar'><button type='button' class='play'></button>"
    "<button type='button' class='back' aria-label='One step back' title='One step back'>&lsaquo;</button>"
    "<button type='button' class='on' aria-label='One step on' title='One step on'>&rsaquo;</button>"
    "<input type='range' min='0' step='1' aria-label='Place of the kernel'><output></output></div>"
    "<div class='stage'><figure><figcaption>Input</figcaption><svg class='given'></svg></figure>"
    "<figure><figcaption>Kernel</figcaption><svg class='kernel'></svg></figure>"
    "<figure><figcaption>Output</figcaption><svg class='made' tabindex='0' role='application'></svg></figure></div>"
    "<p class='sum' aria-live='polite'></p></div>",
)


def convolution(
    walk: Convolution, values: np.ndarray, weights: np.ndarray, made: np.ndarray | None, *, key: str
) -> None:
    """Show a convolution.

    Args:
        walk: Its sizes.
        values: Input, numbers (size, size).
        weights: The kernel, numbers (kernel, kernel).
        made: Output (side, side); None if this convolution is impossible: input and kernel are then drawn in red.
        key: Streamlit's key.
    """
    data: dict[str, Any] = {
        "size": walk.size,
        "kernel": walk.kernel,
        "stride": walk.stride,
        "dilation": walk.dilation,
        "before": 0 if made is None else walk.before,
        "after": 0 if made is None else walk.after,
        "values": values.round(3).tolist(),
        "weights": weights.round(3).tolist(),
        "colours": [rgb(DIVERGING[0]), rgb(DIVERGING[len(DIVERGING) // 2]), rgb(DIVERGING[-1])],
        "wrong": WRONG,
        "made": [] if made is None else made.round(3).tolist(),
    }
    _component(key=key, data=data, height="content")
