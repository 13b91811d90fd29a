"""Bringing one's own data: choose files, see what becomes of them, accept or throw away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core.datasets.archives.archives import LIMITS, read_zip
from core.datasets.classes.labels import MOST_CLASSES
from core.datasets.own import checks, own, sources
from core.datasets.own.checks import CHECKS
from core.datasets.own.recognise import tell_pair
from core.datasets.own.uploads import Upload, move_upload
from core.datasets.points.drawn import keep_points
from core.store import Status
from pages._ui.components.drawing.canvas import canvas, drawn
from pages._ui.data.catalog import last_task
from pages._ui.data.photo_options import counted, disk_errors_in_words, fit_settings, limits, preview
from pages._ui.data.photos import add_photos
from pages._ui.data.review import ADDING, draw_new, queue_reading
from pages._ui.data.uploads import choose
from pages._ui.shell import owner, shell

CANVAS = "points_canvas"

WAYS = ZIP, PHOTOS, ARRAYS, POINTS, TABLE, TEXT, SOUNDS = (
    "A ZIP of photos",
    "Photos, class by class",
    "Arrays or pixels",
    "Points, drawn",
    "A table",
    "A text",
    "Sounds",
)


def add_data() -> None:
    """Draw the way from files to a data set."""
    actor = owner.actor()
    adding = st.query_params.get(ADDING, "") or _waiting(actor)
    task = last_task(adding) if own.is_own(adding) else None
    if task is not None and task.owner == actor:
        if task.status is Status.FAILED:
            st.error(f"Not taken. {shell.told(task.error)}", icon=":material/error:")
        if draw_new(adding):
            return
    elif adding:
        st.warning("The link names data that is not yours to add, or that is gone.", icon=":material/link_off:")
    way = st.segmented_control("How", WAYS, default=ZIP, key="add_way", required=True, label_visibility="collapsed")
    with shell.guard():
        {ZIP: _zip, PHOTOS: add_photos, ARRAYS: _arrays, POINTS: _points}.get(way or ZIP, partial(_other, way or ZIP))()


def _waiting(actor: str) -> str:
    """Return what this visitor has sent before and neither accepted nor thrown away."""
    found = (card.id for card in own.unfinished(shell.store().settings, actor) if last_task(card.id))
    return next(found, "")


# A ZIP


def _zip() -> None:
    st.markdown(
        "One folder for each class, named after it, with its photos inside: `cats/1.jpg`, `dogs/1.jpg`. "
        "Folders `train` and `test` around the classes are kept as they are."
    )
    st.caption(limits())
    chosen = choose("ZIP file", key="add_zip", types=["zip"], megabytes=LIMITS.archive_mb)
    title, options = fit_settings(Path(chosen[0].name).stem if chosen else "My photos")
    if not chosen:
        return
    with read_zip(chosen[0].path, name=chosen[0].name) as found:
        counts = Counter(entry.label for entry in found.entries)
    preview(chosen[0].path, chosen[0].mark, options)
    st.caption(counted(counts))
    _button("photos", {checks.ZIP: chosen[0]}, title, options)


# Points


def _points() -> None:
    st.markdown("Draw where points should be; a GAN learns to put its own there, and you see the plane bend.")
    pad = drawn(CANVAS)
    canvas(key=CANVAS, seen=pad.number, label="Draw where points should be", hint="Draw a shape")
    title = st.text_input("Name", "My points", key="add_title_points", max_chars=own.LONGEST_TITLE)
    st.button(
        "Train a GAN on it",
        type="primary",
        key="add_points",
        disabled=pad.ink is None,
        on_click=_keep_points,
        args=(title,),
    )
    if made := st.session_state.pop("_points_made", None):
        st.switch_page("pages/gan.py", query_params={"preset": "ring", "dataset": made})


def _keep_points(title: str) -> None:
    ink = drawn(CANVAS).ink
    with shell.remember(), disk_errors_in_words():
        if ink is not None:
            settings = shell.store().settings
            st.session_state["_points_made"] = keep_points(settings, owner.actor(), title, ink)


# Arrays, tables, texts, sounds


def _arrays() -> None:
    st.markdown(
        "- `.npz`: `x_train`, `y_train`, `x_test`, `y_test` as in Keras, or `train_images`, `train_labels`, "
        "`test_images`, `test_labels` as in MedMNIST.\n"
        "- Two `.npy` files: images and labels (called *label* or *y* something, or the smaller one).\n"
        "- `.csv`: a row for each image: its label and its pixels, as Kaggle's digits."
    )
    st.caption(
        "Pixels from 0 to 255, 0 to 1 or -1 to 1, of 10 to 16 bits, or true and false. Labels are numbers, words or "
        f"one-hot rows. What was recognised is said. At most {MOST_CLASSES} classes and {LIMITS.archive_mb} MB."
    )
    files = choose("Files", key="add_arrays", types=["npz", "npy", "csv"], megabytes=LIMITS.archive_mb, most=2)
    if not files:
        return
    title = st.text_input(
        "Name", name := Path(files[0].name).stem[:40], key=f"add_title_{name}", max_chars=own.LONGEST_TITLE
    )
    kinds = {Path(file.name).suffix.lower() for file in files}
    if len(files) == 1 and kinds == {".npz"}:
        _button("arrays", {"upload.npz": files[0]}, title, {"name": files[0].name})
    elif len(files) == 1 and kinds == {".csv"}:
        _button("pixels", {"upload.csv": files[0]}, title, {"name": files[0].name, "seed": 0})
    elif len(files) == 2 and kinds == {".npy"}:
        images, labels = tell_pair(*files)
        sent = {sources.IMAGES: images, sources.LABELS: labels}
        _button("pair", sent, title, {"seed": 0, "names": [images.name, labels.name]})
    else:
        st.warning("Choose one .npz file, one .csv file, or two .npy files.", icon=":material/info:")


_OTHERS = {
    TABLE: (
        "table",
        ["csv", "tsv", "txt", "parquet", "xlsx"],
        "A CSV, Parquet or Excel file: a row for each example. What to predict you choose once it is read.",
        f"At most {LIMITS.archive_mb} MB, 1,000,000 rows, 1,000 columns; Excel 3,000,000 cells. At least 10 rows.",
    ),
    TEXT: ("text", ["txt", "md", "csv", "py", "html"], "A text file; its encoding is found out.", "At most 50 MB."),
    SOUNDS: (
        "sounds",
        ["zip"],
        "A ZIP of WAV files: a folder for each class, or names that begin with the class: `cat_1.wav`.",
        f"{LIMITS.least_classes} to {LIMITS.most_classes} classes, each with at least {LIMITS.least_images} sounds; "
        f"at most {LIMITS.files:,} files, {LIMITS.archive_mb} MB in all, {LIMITS.file_mb} MB a file.",
    ),
}


def _other(way: str) -> None:
    kind, suffixes, sentence, limits = _OTHERS[way]
    st.markdown(sentence)
    if kind in CHECKS:
        st.markdown(
            f":material/info: **No network here learns from {way.lower()} yet.** What you bring is checked and kept; "
            "you see what is in it and what may be wrong with it."
        )
    st.caption(limits)
    megabytes = 50 if kind == "text" else LIMITS.archive_mb
    for file in choose("File", key=f"add_{kind}", types=suffixes, megabytes=megabytes):
        name = Path(file.name).stem[:40]
        title = st.text_input("Name", name, key=f"add_title_{name}", max_chars=own.LONGEST_TITLE)
        _button(kind, {f"upload{Path(file.name).suffix.lower()}": file}, title, {"name": file.name})


def _button(kind: str, files: Mapping[str, Upload], title: str, options: Mapping[str, Any]) -> None:
    st.button("Make it a data set", type="primary", key="add_send", on_click=_send, args=(kind, files, title, options))


def _send(kind: str, files: Mapping[str, Upload], title: str, options: Mapping[str, Any]) -> None:
    """Keep uploaded files and queue their reading."""
    settings = shell.store().settings
    with shell.remember(), disk_errors_in_words():
        card = own.begin(settings, owner.actor(), title, kind, options)
        try:
            for name, file in files.items():
                move_upload(file, own.raw(settings, card.id) / name)
        except OSError:
            own.discard(settings, card.id)
            raise
        queue_reading(card)
