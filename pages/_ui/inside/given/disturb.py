"""Sliders that disturb an image before the network sees it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from core.datasets.disturbances import DISTURBANCES, disturbed
from core.datasets.images.contrast import contrasted
from core.datasets.spec import DataSpec
from pages._ui.inside.given.given import Given

BOTH_WAYS = ("rotation", "shift")
UNCHANGED = 100  # % of contrast
_HELP = {
    "noise": "Adds the same random grain, stronger and stronger. Little: hardly seen. Much: nothing else is seen.",
    "rotation": "Turns the image. Little: most networks do not mind. Much: a 6 becomes a 9.",
    "shift": "Moves the image down and right, or up and left. Networks that only saw centred images mind soon.",
    "blur": "Takes away what is small. Little: edges soften. Much: only a cloud is left.",
}


def disturb(given: Given, spec: DataSpec) -> Given:
    """Draw the sliders and return the example as they change it."""
    with st.expander("Disturb it", icon=":material/tune:"):
        strengths = {kind: _slider(kind) for kind in DISTURBANCES}
        contrast = st.slider(
            "Contrast (%)",
            0,
            300,
            UNCHANGED,
            key="inside_contrast",
            help="Spreads the grey levels around their mean. 0: all grey. 100: unchanged. Above: only black and white.",
        )
    if given.example is None or (not any(strengths.values()) and contrast == UNCHANGED):
        return given
    changed = given.example[None]
    for kind in ("blur", "rotation", "shift", "noise"):  # grain is not blurred
        changed = disturbed(changed, kind, strengths[kind], spec)
    return replace(given, example=contrasted(changed[0], contrast / UNCHANGED), index=None)


def _slider(kind: str) -> float:
    one = DISTURBANCES[kind]
    most = float(one.strengths[-1])
    low = -most if kind in BOTH_WAYS else 0.0
    step = most / 100 if most < 50 else 1.0
    return float(st.slider(f"{one.title} ({one.unit})", low, most, 0.0, step, key=f"inside_{kind}", help=_HELP[kind]))


def as_seen(example: np.ndarray) -> np.ndarray:
    """Return an image as pixels, whatever the network takes."""
    pixels: np.ndarray = np.asarray(example).round().clip(0, 255).astype(np.uint8)
    return pixels
