"""Settings that turn photos into square images, with a preview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core.datasets.images.photos import AUTO, LEAST_SIDE, MOST_SIDE, SIDES
from core.datasets.images.preview import preview_photos
from core.datasets.own import own
from core.disk import IS_FULL, is_about_room
from core.errors import DatasetError
from core.figures.names import BELOW
from core.figures.pictures import Picture, grey_picture
from core.names import shortened
from pages._ui.components.pictures.pictures import pictures
from pages._ui.probe.answer_cache import AnswerCache
from pages._ui.shell import words

PREVIEWS = 20  # kept on the server
PATIENCE_S = 1.0  # a page waits this long before it draws a skeleton, which avoids flicker
LOOK_AGAIN_S = 0.5
FITS = {"crop": "Crop to the centre", "squeeze": "Squeeze", "pad": "Pad with bars"}
COLOURS = {1: "Grey", 3: "Colour"}


def counted(counts: Mapping[str, int]) -> str:
    """Return a sentence with the number of images of each class."""
    shown = [f"{words.name(label)} {count:,}" for label, count in list(counts.items())[:20]]
    more = f" and {len(counts) - 20} more" if len(counts) > 20 else ""
    total = sum(counts.values())
    classes, images = "class" if len(counts) == 1 else "classes", "image" if total == 1 else "images"
    return f"{len(counts)} {classes}, {total:,} {images}: " + ", ".join(shown) + more


def fit_settings(title: str) -> tuple[str, dict[str, Any]]:
    """Draw the settings for photos; return the name and the options of the data set."""
    name = st.text_input("Name", title, key=f"add_title_{title}", max_chars=own.LONGEST_TITLE)
    left, middle, right, last = st.columns(4)
    side = left.select_slider(
        "Size",
        [AUTO, *range(LEAST_SIDE, MOST_SIDE + 1, 4)],
        format_func=lambda side: f"{side} px" if side else "as the originals allow",
        key="add_side",
        help="Height and width. Small images train fast and lose detail. Large images keep detail and train slowly. "
        f"As the originals allow: the largest of {', '.join(map(str, reversed(SIDES)))} that enlarges nothing.",
    )
    fit = middle.selectbox(
        "Fit", list(FITS), format_func=FITS.__getitem__, key="add_fit", help="How a photo becomes square."
    )
    channels = right.selectbox(
        "Colour",
        list(COLOURS),
        1,
        format_func=COLOURS.__getitem__,
        key="add_colour",
        help="Choose grey if colour does not matter: the data is a third of the size.",
    )
    seed = last.number_input(
        "Seed of the split",
        0,
        9999,
        0,
        key="add_seed",
        help="Selects the fifth of each class that is used for testing only. Files in folders train and test keep "
        "their own split.",
    )
    return name, {"side": side, "fit": fit, "channels": channels, "seed": int(seed)}


def preview(path: Path, mark: str, options: Mapping[str, Any]) -> None:
    """Preview one photo of each of the first classes, cropped and squeezed; another process decodes them.

    Args:
        path: A ZIP file, or a folder with one folder for each class.
        mark: Changes whenever the content of `path` changes.
        options: Chosen options; the preview ignores `fit`.
    """
    side, channels = options["side"], options["channels"]
    ask = partial(_preview_of, path, side, channels)
    key = f"{path} {mark} {side} {channels}"

    def again() -> None:
        if previews().get(key, ask, patience_s=0.0) is not None:
            st.rerun()
        st.skeleton(height=130)

    found = previews().get(key, ask, patience_s=PATIENCE_S)
    if found is None:
        st.fragment(again, run_every=LOOK_AGAIN_S)()
    else:
        _show(found)


@st.cache_resource
def previews() -> AnswerCache:
    """Return the server's cache of previews."""
    return AnswerCache(PREVIEWS, "these photos could not be shown")


def _preview_of(path: Path, side: int, channels: int) -> tuple[list[Picture], list[str], str]:
    """Return pictures, the caption of each, and a message to show when there are none."""
    found = preview_photos(path, side, channels)
    if found is None:
        return [], [], "These photos take too long to preview; they are checked when you create the data set."
    told = zip(found.images, found.names, found.fits, strict=True)
    shown = [grey_picture(image, f"{name}, {fit}") for image, name, fit in told]
    pairs = zip(found.labels, found.fits, strict=True)
    return shown, [f"{shortened(label, BELOW)}\n{FITS[fit].lower()}" for label, fit in pairs], ""


def _show(found: tuple[list[Picture], list[str], str]) -> None:
    shown, below, instead = found
    if instead:
        st.caption(instead)
    if shown:
        st.markdown("**What the network will see.** Each photo cropped and squeezed; the Fit above decides.")
        pictures(shown, key="add_preview", below=below, width=96)


@contextmanager
def disk_errors_in_words() -> Iterator[None]:
    """Turn an OSError into a DatasetError that says why the file cannot be written."""
    try:
        yield
    except OSError as error:
        if is_about_room(error):
            raise DatasetError(IS_FULL, fix="Try again when there is room.") from error
        raise DatasetError("the files cannot be stored on this server", received=str(error.strerror)) from error
