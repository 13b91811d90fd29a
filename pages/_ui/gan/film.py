"""Show a film with a button that saves it."""

from __future__ import annotations

import io

import streamlit as st
from PIL import Image

from core.figures.gan.film import last_frame
from core.figures.pictures import Picture
from core.store import Run
from pages._ui.components.pictures.pictures import pictures
from pages._ui.shell import privacy


def show_film(data: bytes, run: Run, *, key: str, below: str, file_name: str, width: int) -> None:
    """Show a film, or its last picture to those who want no motion; `st.image` would show only a still picture.

    Args:
        data: An animated WebP file.
        run: The run whose networks made it; only those who may see its data may save it.
        key: Streamlit's key.
        below: Text under the film.
        file_name: Name of the saved file.
        width: In CSS pixels.
    """
    with Image.open(io.BytesIO(data)) as first:
        columns, rows = first.size
    shown = Picture("", data, columns, rows, f"A film: {below}", "grey", 0.0, 1.0, 1, still=last_frame(data))
    pictures([shown], key=key, below=[below], width=width)
    if privacy.sees(run.dataset):
        st.download_button(
            "Save the film (WebP)", data, file_name, "image/webp", icon=":material/download:", on_click="ignore"
        )
