"""Buttons that take along what is shown: a picture as PNG, numbers as .npz or CSV."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy

SIDE = 512  # pixels of a saved picture, at least

Arrays = Mapping[str, np.ndarray]


def offer(
    inside: Inside,
    name: str,
    *,
    key: str,
    png: bytes = b"",
    numbers: Arrays | None = None,
    table: pd.DataFrame | None = None,
) -> None:
    """Draw the buttons of `save` for those who may see the data themselves: the holder of a link looks only.

    Args:
        inside: What is looked at.
        name: Of the files, after that of the run and without their ending.
        key, png, numbers, table: As for `save`.
    """
    if privacy.sees(inside.run.dataset):
        save(f"inside-{inside.run.id}-{name}", key=key, png=png, numbers=numbers, table=table)


def save(
    name: str, *, key: str, png: bytes = b"", numbers: Arrays | None = None, table: pd.DataFrame | None = None
) -> None:
    """Draw a button for each kind of file.

    Args:
        name: Of the files, without their ending.
        key: Distinguishes its buttons.
        png: A picture, one pixel for one number; empty for none.
        numbers: Arrays for an `.npz` file.
        table: For a CSV file.
    """
    with st.container(horizontal=True, gap="small", key=f"inside_files_{key}"):
        if png:
            _button("PNG", partial(_enlarged, png), f"{name}.png", key, "The picture, enlarged without smoothing.")
        if numbers is not None:
            _button("Numbers", partial(_packed, numbers), f"{name}.npz", key, "The arrays, for numpy.load.")
        if table is not None:
            _button("Table", partial(_csv, table), f"{name}.csv", key, "The numbers, as CSV.")


def _button(label: str, data: Callable[[], bytes], file: str, key: str, help: str) -> None:
    st.download_button(
        label,
        data,
        file,
        icon=":material/download:",
        key=f"inside_{key}_{label}",
        on_click="ignore",
        type="tertiary",
        help=help,
    )


def _enlarged(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as picture:
        times = max(1, -(-SIDE // max(picture.size)))
        buffer = io.BytesIO()
        picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


def _packed(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{key.replace("/", "_"): part for key, part in arrays.items()})
    return buffer.getvalue()


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()
