"""Buttons that take along what is shown: a picture as PNG, its numbers as .npz and CSV."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy

SIDE = 512  # pixels of a saved picture, at least
AXES = ("row", "column", "channel", "filter")  # of an image, of maps, of a kernel

Arrays = Mapping[str, np.ndarray]
Table = Callable[[], pd.DataFrame]


def offer(
    inside: Inside,
    name: str,
    *,
    key: str,
    table: Table,
    png: bytes | Callable[[], bytes] = b"",
    numbers: Arrays | None = None,
    title: str = "",
    of_example: bool = False,
) -> None:
    """Draw a button for each kind of file, for those who may see the data themselves: the holder of a link looks only.

    All files are made when somebody asks for them.

    Args:
        inside: What is looked at.
        name: Of the files, after those of the run and of the moment and without their ending.
        key: Distinguishes its buttons.
        table: Makes the table for the CSV file.
        png: The picture, one pixel for one number, or what makes it; empty for none.
        numbers: Arrays for the `.npz` file; by default the columns of the table.
        title: What they are of, where several stand together.
        of_example: Whether all is made of the example alone, so that those who brought it may take it along.
    """
    is_own = of_example and inside.is_own and not inside.family.makes_examples
    if not (privacy.sees(inside.run.dataset) or is_own):
        return
    file = f"inside-{inside.run.id}-step-{inside.step}-{name}"
    packed = partial(_packed, numbers) if numbers is not None else lambda: _packed(_columns(table()))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"inside_files_{key}"):
        if title:
            st.caption(title, width="content")
        if png:
            large = partial(_enlarged, png)
            _button("PNG", large, f"{file}.png", key, "The picture, enlarged without smoothing.")
        _button("NPZ", packed, f"{file}.npz", key, "Its numbers, for numpy.load.")
        _button("CSV", lambda: _csv(table()), f"{file}.csv", key, "Its numbers as a table.")


def by_place(arrays: Arrays, names: Sequence[str] = ()) -> pd.DataFrame:
    """Return a table with a line for each number of the first array, beside that of the others at its place.

    Args:
        arrays: One or more; those that cannot be shaped as the first one are left out.
        names: Of the columns of a row, instead of their places.
    """
    shape = np.shape(next(iter(arrays.values())))
    shape = shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape
    if len(names) and shape == (len(names),):
        places = {"column": list(names)}
    else:
        axes = AXES if len(shape) > 1 else ("unit",)
        places = dict(zip(axes, np.indices(shape).reshape(len(shape), -1), strict=False))
    fitting = {name: np.ravel(one) for name, one in arrays.items() if np.size(one) == np.prod(shape)}
    return pd.DataFrame({**places, **fitting})


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


def _enlarged(png: bytes | Callable[[], bytes]) -> bytes:
    with Image.open(io.BytesIO(png() if callable(png) else png)) as picture:
        times = max(1, -(-SIDE // max(picture.size)))
        buffer = io.BytesIO()
        picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


def _columns(table: pd.DataFrame) -> Arrays:
    return {name: np.array(column.tolist()) for name, column in table.items()}


def _packed(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{key.replace("/", "_"): part for key, part in arrays.items()})
    return buffer.getvalue()


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()
