"""Buttons that save what is shown: a picture as PNG, numbers as .npz or CSV."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from core.figures.pictures import grey_picture
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy


def offer(
    inside: Inside,
    name: str,
    *,
    key: str,
    image: np.ndarray | None = None,
    numbers: Mapping[str, np.ndarray] | None = None,
    table: pd.DataFrame | None = None,
) -> None:
    """Draw a button for each kind of file, for those who may see the data themselves: the holder of a link looks only.

    Args:
        inside: What is looked at.
        name: Of the files, after that of the run and without their ending.
        key: Distinguishes its buttons.
        image: uint8 (h, w, c) for a PNG file.
        numbers: Arrays for an `.npz` file.
        table: For a CSV file.
    """
    if not privacy.sees(inside.run.dataset):
        return
    name = f"inside-{inside.run.id}-{name}"
    with st.container(horizontal=True, key=f"inside_files_{key}"):
        if image is not None:
            _button("PNG", grey_picture(image, name).png, f"{name}.png", "image/png", key)
        if numbers is not None:
            _button("npz", _npz(numbers), f"{name}.npz", "application/octet-stream", key)
        if table is not None:
            _button("CSV", table.to_csv(index=False).encode(), f"{name}.csv", "text/csv", key)


def _npz(numbers: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{key.replace("/", "_"): part for key, part in numbers.items()})
    return buffer.getvalue()


def _button(label: str, data: bytes, file: str, mime: str, key: str) -> None:
    st.download_button(
        label,
        data,
        file,
        mime,
        icon=":material/download:",
        key=f"inside_{key}_{label}",
        on_click="ignore",
        type="tertiary",
    )
