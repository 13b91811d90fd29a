"""How photos are made to fit: limits, settings, and a look at what becomes of some of them."""

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

PREVIEWS = 20  # that a server keeps
PATIENCE_S = 1.0  # of a page, so that nothing flickers
LOOK_AGAIN_S = 0.5
FITS = {"crop": "Cut out the middle", "squeeze": "Squeeze all of it", "pad": "Keep all of it, with bars"}
COLOURS = {1: "Grey", 3: "Colour"}


def counted(counts: Mapping[str, int]) -> str:
    """Say how many images each class has."""
    shown = [f"{words.name(label)} {count:,}" for label, count in list(counts.items())[:20]]
    more = f" and {len(counts) - 20} more" if len(counts) > 20 else ""
    total = sum(counts.values())
    classes, images = "class" if len(counts) == 1 else "classes", "image" if total == 1 else "images"
    return f"{len(counts)} {classes}, {total:,} {images}: " + ", ".join(shown) + more


def fit_settings(title: str) -> tuple[str, dict[str, Any]]:
    """Draw the settings of photos; return name and options."""
    name = st.text_input("Name", title, key=f"add_title_{title}", max_chars=own.LONGEST_TITLE)
    left, middle, right, last = st.columns(4)
    side = left.select_slider(
        "Size",
        [AUTO, *range(LEAST_SIDE, MOST_SIDE + 1, 4)],
        format_func=lambda side: f"{side} px" if side else "as the originals allow",
        key="add_side",
        help="Height and width. Small: fast, details are lost. Large: details stay, training takes longer. As the "
        f"originals allow: the largest of {', '.join(map(str, reversed(SIDES)))} that enlarges nothing.",
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
        help="Grey: smaller, if colour says nothing.",
    )
    seed = last.number_input(
        "Seed of the split",
        0,
        9999,
        0,
        key="add_seed",
        help="A fifth of each class is for testing only; which, depends on this. Files in folders train and test keep "
        "their own split.",
    )
    return name, {"side": side, "fit": fit, "channels": channels, "seed": int(seed)}


def preview(path: Path, mark: str, options: Mapping[str, Any]) -> None:
    """Show what becomes of one photo of each of the first classes, cut and squeezed; decoded in another process.

    Args:
        path: A ZIP, or a folder with a folder for each class.
        mark: Changes with what is in it.
        options: What was chosen; the fit changes nothing here.
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
    """Return what this server remembers of previews."""
    return AnswerCache(PREVIEWS, "these photos could not be shown")


def _preview_of(path: Path, side: int, channels: int) -> tuple[list[Picture], list[str], str]:
    """Return pictures, the words below each, and what is to be said instead of them."""
    found = preview_photos(path, side, channels)
    if found is None:
        return [], [], "These photos take too long to be shown here; they are looked at when you send them."
    told = zip(found.images, found.names, found.fits, strict=True)
    shown = [grey_picture(image, f"{name}, {fit}") for image, name, fit in told]
    pairs = zip(found.labels, found.fits, strict=True)
    return shown, [f"{shortened(label, BELOW)}\n{FITS[fit].lower()}" for label, fit in pairs], ""


def _show(found: tuple[list[Picture], list[str], str]) -> None:
    shown, below, instead = found
    if instead:
        st.caption(instead)
    if shown:
        st.markdown("**What the network will see.** Each photo cut and squeezed; the choice above counts.")
        pictures(shown, key="add_preview", below=below, width=96)


@contextmanager
def disk_errors_in_words() -> Iterator[None]:
    """Say in words that a file cannot be written."""
    try:
        yield
    except OSError as error:
        if is_about_room(error):
            raise DatasetError(IS_FULL, fix="Try again when there is room.") from error
        raise DatasetError("the files cannot be kept on this server", received=str(error.strerror)) from error
