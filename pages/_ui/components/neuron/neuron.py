"""A line through points with a slider each for weight and bias, and gradient descent beside it; all in the browser."""

from __future__ import annotations

import numpy as np

from core.figures.colours import BLUE, ORANGE, VIRIDIS, rgb
from pages._ui.components import component

RANGE = (-3.0, 3.0)  # of weight and bias
START = (-1.5, 1.5)
STEPS = 60  # of gradient descent in a race

_component = component(
    "neuron/neuron",
    "<div class='neuron'><div class='charts'>"
    "<figure><figcaption>The line, and how far each point is from it</figcaption>"
    "<svg class='line' role='img'></svg></figure>"
    "<figure><figcaption>The loss at every w and b: dark is small</figcaption>"
    "<div class='ground'><canvas></canvas><svg class='map' role='img'></svg></div></figure></div>"
    "<div class='sliders'><label><span>Weight w</span><input type='range' class='w'><output></output></label>"
    "<label><span>Bias b</span><input type='range' class='b'><output></output></label></div>"
    "<div class='bar'><button type='button' class='race'>Race gradient descent</button>"
    "<button type='button' class='step'>One step</button><button type='button' class='again'>Start again</button></div>"
    "<div class='told'><p class='key'><i class='mine'></i>You <i class='theirs'></i>Gradient descent</p>"
    "<p class='said' role='status'></p><p class='written'></p></div></div>",
    "neuron/descent",
)


def neuron(points: np.ndarray, rate: float, *, key: str) -> None:
    """Show the line through points.

    Args:
        points: Numbers (n, 2).
        rate: Learning rate of gradient descent.
        key: Streamlit's key.
    """
    _component(
        key=key,
        data={
            "points": points.round(4).tolist(),
            "rate": rate,
            "range": RANGE,
            "start": START,
            "steps": STEPS,
            "scale": [rgb(colour) for colour in VIRIDIS],
            "mine": BLUE,
            "theirs": ORANGE,
        },
        height="content",
    )
