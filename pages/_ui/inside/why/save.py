"""Take a picture and its numbers along."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import streamlit as st
from PIL import Image

SIDE = 512  # pixels of a saved picture, at least


def save(name: str, png: bytes, arrays: Mapping[str, np.ndarray], *, key: str) -> None:
    """Draw buttons that save a picture as PNG, if there is one, and its numbers as .npz.

    Args:
        name: Of the files.
        png: The picture, one pixel for one number; empty for none.
        arrays: The numbers.
        key: Streamlit's key.
    """
    with st.container(horizontal=True, gap="small"):
        if png:
            st.download_button(
                "PNG",
                lambda: _enlarged(png),
                f"{name}.png",
                "image/png",
                key=f"{key}_png",
                icon=":material/image:",
                on_click="ignore",
                type="tertiary",
                help="The picture, enlarged without smoothing.",
            )
        st.download_button(
            "Numbers",
            lambda: _packed(arrays),
            f"{name}.npz",
            "application/zip",
            key=f"{key}_npz",
            icon=":material/table:",
            on_click="ignore",
            type="tertiary",
            help="The arrays, for numpy.load.",
        )


def _enlarged(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as picture:
        times = max(1, -(-SIDE // max(picture.size)))
        buffer = io.BytesIO()
        picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


def _packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
