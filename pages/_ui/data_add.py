"""Bringing one's own data: choose files, see what becomes of them, accept or throw away."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core.datasets import own, own_sources
from core.datasets.archives import IMAGE_SUFFIXES, LIMITS, MB, Entry, read_zip
from core.datasets.photos import LEAST_SIDE, MOST_SIDE, Shaping, decode
from core.errors import DatasetError
from core.figures.pictures import Picture, grey_picture
from core.store import Status
from pages._ui import owner, shell, words
from pages._ui.components.pictures import pictures
from pages._ui.data_list import last_task
from pages._ui.data_new import ADDING, draw_new, queue_reading

PREVIEWED = 4
WAYS = ZIP, PHOTOS, ARRAYS, TABLE, TEXT, SOUNDS = (
    "A ZIP of photos",
    "Photos, class by class",
    "Arrays or pixels",
    "A table",
    "A text",
    "Sounds",
)
FITS = {"crop": "Cut out the middle", "squeeze": "Squeeze all of it", "pad": "Keep all of it, with bars"}
COLOURS = {1: "Grey", 3: "Colour"}
COLLECTING = "_data_collecting"  # in the visit: the photos that are being put together


def add_data() -> None:
    """Draw the way from files to a data set."""
    adding, actor = st.query_params.get(ADDING, ""), owner.actor()
    task = last_task(adding) if own.is_own(adding) else None
    if task is not None and task.owner == actor:
        if task.status is Status.FAILED:
            st.error(f"Not taken. {words.plain(task.error)}", icon=":material/error:")
        if task.status is not Status.STOPPED and draw_new(adding):
            return
    way = st.segmented_control("How", WAYS, default=ZIP, key="add_way", required=True, label_visibility="collapsed")
    with shell.guard():
        {ZIP: _zip, PHOTOS: _photos, ARRAYS: _arrays}.get(way or ZIP, partial(_other, way or ZIP))()


def _limits() -> str:
    return (
        f"PNG, JPEG, WebP, BMP, TIFF, GIF or HEIC. {LIMITS.least_classes} to {LIMITS.most_classes} classes, each with "
        f"at least {LIMITS.least_images} images; at most {LIMITS.files:,} images, {LIMITS.archive_mb} MB in all, "
        f"{LIMITS.megapixels} million pixels an image."
    )


# A ZIP


def _zip() -> None:
    st.markdown("One folder for each class, named after it, with its photos inside: `cats/1.jpg`, `dogs/1.jpg`.")
    st.caption(_limits())
    file = st.file_uploader("ZIP file", type="zip", key="add_zip", max_upload_size=LIMITS.archive_mb)
    title, options = _settings(Path(file.name).stem if file else "My photos")
    if file is None:
        return
    with read_zip(file) as found:
        _preview(found.entries, options)
        counts = {label: sum(entry.label == label for entry in found.entries) for label in _labels(found.entries)}
    st.caption(_counted(counts))
    _button("photos", {own_sources.ZIP: file}, title, options)


def _labels(entries: Sequence[Entry]) -> list[str]:
    return sorted({entry.label for entry in entries})


def _counted(counts: Mapping[str, int]) -> str:
    shown = [f"{words.plain(label)} {count:,}" for label, count in list(counts.items())[:20]]
    more = f" and {len(counts) - 20} more" if len(counts) > 20 else ""
    return f"{len(counts)} classes, {sum(counts.values()):,} images: " + ", ".join(shown) + more


# Photos, class by class


def _photos() -> None:
    st.markdown("Type the name of a class, take or choose its photos, add them; then the next class.")
    st.caption(_limits())
    card_id = st.session_state.get(COLLECTING)
    number = st.session_state.get(f"{COLLECTING}_round", 0)
    label = st.text_input("Class", key=f"add_class_{number}", max_chars=60, placeholder="for example: cup")
    suffixes = sorted(suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES)
    files = st.file_uploader(
        "Photos of this class", type=suffixes, accept_multiple_files=True, key=f"add_photos_{number}"
    )
    taken = None
    if st.toggle(
        "Use the camera", key="add_camera", help="A browser gives a camera to HTTPS pages and localhost only."
    ):
        taken = st.camera_input("A photo of this class", key=f"add_shot_{number}")
    ready = [*files, *([taken] if taken else [])]
    st.button(
        f"Add {len(ready)} photos" if len(ready) != 1 else "Add 1 photo",
        key="add_to_class",
        icon=":material/add:",
        disabled=not (ready and label.strip()),
        on_click=_collect,
        args=(label, ready),
    )
    if card_id is None:
        return
    counts = {path.name: len(list(path.iterdir())) for path in sorted(_raw(card_id).glob("*")) if path.is_dir()}
    if not counts:
        return
    st.caption(_counted(counts))
    title, options = _settings("My photos")
    _preview(_some_of(_raw(card_id)), options)
    few = [label for label, count in counts.items() if count < LIMITS.least_images]
    lacks = f"{few[0]} needs at least {LIMITS.least_images} photos." if few else "It needs another class."
    st.button(
        "Make it a data set",
        type="primary",
        key="add_send",
        disabled=bool(few) or len(counts) < LIMITS.least_classes,
        help=lacks if few or len(counts) < LIMITS.least_classes else None,
        on_click=_send_collected,
        args=(title, options),
    )


def _collect(label: str, files: Sequence[Any]) -> None:
    """Keep photos of a class until the data set is made."""
    state, settings = st.session_state, shell.store().settings
    with shell.guard():
        name = " ".join(label.split())
        if not name or name.startswith(".") or set(name) & set('/\\:*?"<>|'):
            raise DatasetError("this cannot be the name of a class", expected="letters, digits, spaces", received=name)
        if state.get(COLLECTING) is None:
            state[COLLECTING] = own.begin(settings, owner.actor(), "My photos", "photos", {}).id
        place = _raw(state[COLLECTING])
        held = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        if held + sum(file.size for file in files) > LIMITS.archive_mb * MB:
            raise DatasetError("these photos are too many", expected=f"at most {LIMITS.archive_mb} MB in all")
        (place / name).mkdir(exist_ok=True)
        count = len(list((place / name).iterdir()))
        for number, file in enumerate(files, count + 1):
            (place / name / f"{number:05d}{Path(file.name).suffix.lower()}").write_bytes(file.getbuffer())
        state[f"{COLLECTING}_round"] = state.get(f"{COLLECTING}_round", 0) + 1


def _raw(dataset_id: str) -> Path:
    return own.raw(shell.store().settings, dataset_id)


def _some_of(place: Path) -> list[Entry]:
    """Return one photo of each class, unopened."""
    firsts = [min(path.iterdir()) for path in sorted(place.iterdir()) if path.is_dir() and any(path.iterdir())]
    return [Entry(f"{path.parent.name}/{path.name}", path.parent.name, path.read_bytes) for path in firsts]


# Arrays, tables, texts, sounds


def _arrays() -> None:
    st.markdown(
        "- `.npz`: `x_train`, `y_train`, `x_test`, `y_test` as in Keras, or `train_images`, `train_labels`, "
        "`test_images`, `test_labels` as in MedMNIST.\n"
        "- Two `.npy` files: images, and labels (its name has *label* in it or begins with *y*).\n"
        "- `.csv`: a row for each image: its label and its pixels, as Kaggle's digits."
    )
    st.caption(f"Pixels and labels are whole numbers, pixels from 0 to 255. At most {LIMITS.archive_mb} MB.")
    files = st.file_uploader(
        "Files",
        type=["npz", "npy", "csv"],
        accept_multiple_files=True,
        key="add_arrays",
        max_upload_size=LIMITS.archive_mb,
    )
    if not files:
        return
    title = st.text_input(
        "Name", name := Path(files[0].name).stem[:40], key=f"add_title_{name}", max_chars=own.LONGEST_TITLE
    )
    kinds = {Path(file.name).suffix.lower() for file in files}
    if len(files) == 1 and kinds == {".npz"}:
        _button("arrays", {"upload.npz": files[0]}, title, {})
    elif len(files) == 1 and kinds == {".csv"}:
        _button("pixels", {"upload.csv": files[0]}, title, {"name": files[0].name, "seed": 0})
    elif len(files) == 2 and kinds == {".npy"}:
        images, labels = sorted(files, key=lambda file: "label" in file.name.lower() or file.name.lower()[:1] == "y")
        _button("pair", {own_sources.IMAGES: images, own_sources.LABELS: labels}, title, {"seed": 0})
    else:
        st.warning("Choose one .npz file, one .csv file, or two .npy files.", icon=":material/info:")


_OTHERS = {
    TABLE: ("table", ["csv", "tsv", "txt", "parquet", "xlsx"], "A CSV, Parquet or Excel file: a row for each example."),
    TEXT: ("text", ["txt", "md", "csv", "py", "html"], "A text file; its encoding is found out."),
    SOUNDS: (
        "sounds",
        ["zip"],
        "A ZIP of WAV files: a folder for each class, or names that begin with it: `cat_1.wav`.",
    ),
}


def _other(way: str) -> None:
    kind, suffixes, sentence = _OTHERS[way]
    st.markdown(sentence)
    st.caption(f"At most {50 if kind == 'text' else LIMITS.archive_mb} MB.")
    file = st.file_uploader("File", type=suffixes, key=f"add_{kind}", max_upload_size=LIMITS.archive_mb)
    if file is not None:
        name = Path(file.name).stem[:40]
        title = st.text_input("Name", name, key=f"add_title_{name}", max_chars=own.LONGEST_TITLE)
        _button(kind, {f"upload{Path(file.name).suffix.lower()}": file}, title, {"name": file.name})


def _button(kind: str, files: Mapping[str, Any], title: str, options: Mapping[str, Any]) -> None:
    st.button("Make it a data set", type="primary", key="add_send", on_click=_send, args=(kind, files, title, options))


# All of them


def _settings(title: str) -> tuple[str, dict[str, Any]]:
    """Draw the settings of photos; return name and options."""
    name = st.text_input("Name", title, key=f"add_title_{title}", max_chars=own.LONGEST_TITLE)
    left, middle, right, last = st.columns(4)
    side = left.slider(
        "Size",
        LEAST_SIDE,
        MOST_SIDE,
        32,
        4,
        format="%d px",
        key="add_side",
        help="Height and width. Small: fast, details are lost. Large: details stay, training takes longer.",
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
        help="A fifth of each class is for testing only; which, depends on this.",
    )
    return name, {"side": side, "fit": fit, "channels": channels, "seed": int(seed)}


def _preview(entries: Sequence[Entry], options: Mapping[str, Any]) -> None:
    """Show what becomes of one image of each of the first classes, cut and squeezed."""
    firsts = list({entry.label: entry for entry in reversed(entries)}.values())[::-1][:PREVIEWED]
    shown, texts = [], []
    for entry in firsts:
        for fit in ("crop", "squeeze"):
            picture = _shaped(entry, Shaping(options["side"], fit, options["channels"]))
            if picture is not None:
                shown.append(picture)
                texts.append(f"{entry.label}\n{FITS[fit].lower()}")
    if shown:
        st.markdown("**What the network will see.** Each photo cut and squeezed; the choice above counts.")
        pictures(shown, key="add_preview", below=texts, width=96)


def _shaped(entry: Entry, shaping: Shaping) -> Picture | None:
    try:
        return grey_picture(decode(entry.read(), shaping, entry.name), f"{entry.name}, {shaping.fit}")
    except DatasetError:  # it will be listed
        return None


def _send(kind: str, files: Mapping[str, Any], title: str, options: Mapping[str, Any]) -> None:
    """Keep uploaded files and queue their reading."""
    settings = shell.store().settings
    with shell.guard():
        card = own.begin(settings, owner.actor(), title, kind, options)
        for name, file in files.items():
            with (own.raw(settings, card.id) / name).open("wb") as target:
                file.seek(0)
                shutil.copyfileobj(file, target)
        queue_reading(card)


def _send_collected(title: str, options: Mapping[str, Any]) -> None:
    dataset_id = st.session_state.pop(COLLECTING)
    with shell.guard():
        queue_reading(own.change(shell.store().settings, dataset_id, owner.actor(), title=title, options=dict(options)))
