"""The bench for one neuron: points, two sliders, and a race against gradient descent."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages._ui.components.neuron.neuron import neuron
from pages._ui.components.page.share import share

_SHOWS = "It opens these points with this learning rate."
COUNT, LIMIT = 24, 2.0  # points; the largest x
TRUTH = (0.8, -0.4)  # weight and bias behind the points
OUTLIERS = 3


def draw_neuron() -> None:
    """Draw the page."""
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title("One neuron alone", width="stretch")
        share(_SHOWS)
    st.markdown(
        "A neuron without an activation draws a line: **y = w · x + b**. Move both sliders until the loss, the mean "
        "squared length of the bars, is as small as you can get it. Then let gradient descent start where you started."
    )
    st.fragment(_bench)()


def _bench() -> None:
    left, middle, right = st.columns(3, gap="medium")
    with left:
        rate = st.select_slider(
            "Learning rate",
            (0.01, 0.03, 0.1, 0.3, 0.6, 1.0),
            0.1,
            key="neuron_rate",
            bind="query-params",
            help="How far each step of gradient descent goes. Too small: it creeps. Too big: it leaves the valley.",
        )
    with middle:
        noise = st.slider(
            "Noise",
            0.0,
            1.0,
            0.3,
            0.1,
            key="neuron_noise",
            bind="query-params",
            help="How far points stand from a line. 0: a line fits them all. Big: no line fits well.",
        )
    with right:
        has_outliers = st.toggle(
            "Outliers",
            key="neuron_outliers",
            bind="query-params",
            help="Moves three points far up. Squared errors count them most, so the best line turns towards them.",
        )
    points = points_near_line(float(noise), has_outliers=bool(has_outliers))
    neuron(points, float(rate), key="neuron")


def points_near_line(noise: float, *, has_outliers: bool) -> np.ndarray:
    """Return points, float64 (n, 2), the same for the same settings."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-LIMIT, LIMIT, COUNT)
    y = TRUTH[0] * x + TRUTH[1] + noise * rng.normal(size=COUNT)
    if has_outliers:
        y[np.argsort(x)[:OUTLIERS]] += 3.0
    return np.stack([x, y], 1)
