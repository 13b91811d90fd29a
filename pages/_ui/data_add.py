"""Bringing one's own data: choose files, see what becomes of them, accept or throw away."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
ROUND = "_data_round"  # of the visit: how often photos were added, so that the widgets for them begin anew


def add_data() -> None:
    """Draw the way from files to a data set."""
    actor = owner.actor()
    adding = st.query_params.get(ADDING, "") or _waiting(actor)
    task = last_task(adding) if own.is_own(adding) else None
    if task is not None and task.owner == actor:
        if task.status is Status.FAILED:
            st.error(f"Not taken. {words.plain(task.error)}", icon=":material/error:")
        if draw_new(adding):
            return
    way = st.segmented_control("How", WAYS, default=ZIP, key="add_way", required=True, label_visibility="collapsed")
    with shell.guard():
        {ZIP: _zip, PHOTOS: _photos, ARRAYS: _arrays}.get(way or ZIP, partial(_other, way or ZIP))()


def _waiting(actor: str) -> str:
    """Return what this visitor has sent before and neither accepted nor thrown away."""
    found = (card.id for card in own.unfinished(shell.store().settings, actor) if last_task(card.id))
    return next(found, "")


def _limits() -> str:
    return (
        f"PNG, JPEG, WebP, BMP, TIFF, GIF or HEIC. {LIMITS.least_classes} to {LIMITS.most_classes} classes, each with "
        f"at least {LIMITS.least_images} images; at most {LIMITS.files:,} images, {LIMITS.archive_mb} MB in all, "
        f"{LIMITS.megapixels} million pixels and {LIMITS.file_mb} MB an image."
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
        counts = Counter(entry.label for entry in found.entries)
    st.caption(_counted(counts))
    _button("photos", {own_sources.ZIP: file}, title, options)


def _counted(counts: Mapping[str, int]) -> str:
    shown = [f"{words.plain(label)} {count:,}" for label, count in list(counts.items())[:20]]
    more = f" and {len(counts) - 20} more" if len(counts) > 20 else ""
    return f"{len(counts)} classes, {sum(counts.values()):,} images: " + ", ".join(shown) + more


# Photos, class by class


def _photos() -> None:
    st.markdown("Type the name of a class, take or choose its photos, add them; then the next class.")
    st.caption(_limits())
    card_id = _collected()
    number = st.session_state.get(ROUND, 0)
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
    st.button("Throw these photos away", key="add_discard", on_click=_discard, args=(card_id,))
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


def _collected() -> str | None:
    """Return the photos that this visitor is putting together."""
    settings, actor = shell.store().settings, owner.actor()
    waiting = [card for card in own.unfinished(settings, actor) if card.kind == "photos" and not card.options]
    return next((card.id for card in waiting if own.raw(settings, card.id).is_dir()), None)


def _discard(dataset_id: str) -> None:
    with shell.remember():
        own.delete(shell.store().settings, dataset_id, owner.actor(), has_runs=False)


def _collect(label: str, files: Sequence[Any]) -> None:
    """Keep photos of a class until the data set is made."""
    state, settings = st.session_state, shell.store().settings
    with shell.remember(), _disk():
        name = " ".join(label.split())
        if not name or name.startswith(".") or set(name) & set('/\\:*?"<>|'):
            raise DatasetError("this cannot be the name of a class", expected="letters, digits, spaces", received=name)
        place = _raw(_collected() or own.begin(settings, owner.actor(), "My photos", "photos", {}).id)
        held = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        if held + sum(file.size for file in files) > LIMITS.archive_mb * MB:
            raise DatasetError("these photos are too many", expected=f"at most {LIMITS.archive_mb} MB in all")
        (place / name).mkdir(exist_ok=True)
        count = len(list((place / name).iterdir()))
        for number, file in enumerate(files, count + 1):
            (place / name / f"{number:05d}{Path(file.name).suffix.lower()}").write_bytes(file.getbuffer())
        state[ROUND] = state.get(ROUND, 0) + 1


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
    st.caption(f"Whole numbers; pixels from 0 to 255. At most 100 classes and {LIMITS.archive_mb} MB.")
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
        _button("arrays", {"upload.npz": files[0]}, title, {"name": files[0].name})
    elif len(files) == 1 and kinds == {".csv"}:
        _button("pixels", {"upload.csv": files[0]}, title, {"name": files[0].name, "seed": 0})
    elif len(files) == 2 and kinds == {".npy"}:
        images, labels = sorted(files, key=lambda file: "label" in file.name.lower() or file.name.lower()[:1] == "y")
        _button("pair", {own_sources.IMAGES: images, own_sources.LABELS: labels}, title, {"seed": 0})
    else:
        st.warning("Choose one .npz file, one .csv file, or two .npy files.", icon=":material/info:")


_OTHERS = {
    TABLE: (
        "table",
        ["csv", "tsv", "txt", "parquet", "xlsx"],
        "A CSV, Parquet or Excel file: a row for each example.",
        f"At most {LIMITS.archive_mb} MB, 1,000,000 rows, 1,000 columns; Excel 3,000,000 cells.",
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
    st.caption(limits)
    megabytes = 50 if kind == "text" else LIMITS.archive_mb
    file = st.file_uploader("File", type=suffixes, key=f"add_{kind}", max_upload_size=megabytes)
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
    with shell.remember(), _disk():
        card = own.begin(settings, owner.actor(), title, kind, options)
        try:
            for name, file in files.items():
                with (own.raw(settings, card.id) / name).open("wb") as target:
                    file.seek(0)
                    shutil.copyfileobj(file, target)
        except OSError:
            own.discard(settings, card.id)
            raise
        queue_reading(card)


@contextmanager
def _disk() -> Iterator[None]:
    """Say in words that a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise DatasetError("the files cannot be kept on this server", received=str(error.strerror)) from error


def _send_collected(title: str, options: Mapping[str, Any]) -> None:
    with shell.remember():
        card = own.change(shell.store().settings, str(_collected()), owner.actor(), title=title, options=dict(options))
        queue_reading(card)
