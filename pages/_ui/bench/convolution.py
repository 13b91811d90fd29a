"""The bench for a convolution: its settings, the kernel that walks, and how the size of its output follows."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.errors import ConfigError
from core.layers.walk import SAME, VALID, Convolution
from pages._ui.components.convolution.convolution import convolution
from pages._ui.components.page.share import share
from pages._ui.shell import words

_SHOWS = "It opens this convolution with these settings."
KERNELS = EDGES, BLUR, MIDDLE = "Vertical edges", "Blur", "Middle only"
_STYLE = """<style>.st-key-bench_settings [data-testid="stColumn"] { min-width: 120px; }
@media (max-width: 640px) { .st-key-bench button { min-height: 44px; } }</style>"""


def draw_bench() -> None:
    """Draw the page."""
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title("A convolution alone", width="stretch")
        share(_SHOWS)
    with st.container(key="bench"):
        st.fragment(_bench)()


def _bench() -> None:
    walk, kind = _settings()
    values, weights = _values(walk.size), _weights(walk.kernel, kind)
    try:
        made = walk.apply(values, weights)
    except ConfigError as error:
        said = f"{error.what}. {error.fix}"
        st.error(f"Impossible. {words.plain(said)}", icon=":material/block:")
        convolution(walk, values, weights, None, key="bench_walk")
        return
    padding = f"  \n{walk.padding_formula()}" if walk.padding == SAME else ""
    st.markdown(f"**{walk.size} × {walk.size} → {walk.output()} × {walk.output()}** :gray[{walk.formula()}{padding}]")
    convolution(walk, values, weights, made, key="bench_walk")


def _settings() -> tuple[Convolution, str]:
    """Draw the settings."""
    columns = st.container(key="bench_settings").columns(4, gap="medium")
    with columns[0]:
        size = _slider("Input size", 1, 16, 7, "size", "Side of the input. Too small: no room for the kernel.")
    with columns[1]:
        kernel = _slider("Kernel size", 1, 7, 3, "kernel", "Side of the kernel. Small: fine detail. Big: more weights.")
    with columns[2]:
        stride = _slider("Stride", 1, 4, 1, "stride", "How far the kernel moves. 1: everywhere. Big: a small output.")
    with columns[3]:
        dilation = _slider(
            "Dilation", 1, 4, 1, "dilation", "Distance of its weights on the input. 1: side by side. Big: reaches far."
        )
    left, right = st.columns(2, gap="medium")
    with left:
        padding = st.segmented_control(
            "Padding",
            [VALID, SAME],
            default=VALID,
            required=True,
            key="convolution_padding",
            bind="query-params",
            help="valid: the kernel stays inside, so the output shrinks. same: zeros are put around the input.",
        )
    with right:
        kind = st.segmented_control(
            "Weights",
            KERNELS,
            default=EDGES,
            required=True,
            key="convolution_weights",
            bind="query-params",
            help="The numbers in the kernel. A network learns them; these three are well known.",
        )
    return Convolution(size, kernel, stride, str(padding), dilation), str(kind)


def _slider(label: str, low: int, high: int, value: int, name: str, help: str) -> int:
    key = f"convolution_{name}"
    return int(st.slider(label, low, high, value, key=key, bind="query-params", help=help))


def _values(size: int) -> np.ndarray:
    """Return an input with a bright bar in it."""
    rows, columns = np.indices((size, size))
    bar = np.abs(columns - rows / 3 - size / 3) < max(1, size / 6)
    return np.where(bar, 9, (rows + 2 * columns) % 3).astype(float)


def _weights(size: int, kind: str) -> np.ndarray:
    if kind == BLUR:
        return np.full((size, size), 1 / size**2)
    weights = np.zeros((size, size))
    if kind == MIDDLE or size == 1:
        weights[size // 2, size // 2] = 1
        return weights
    weights[:, 0], weights[:, -1] = -1, 1
    return weights
