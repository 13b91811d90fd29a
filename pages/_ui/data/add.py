"""Add your own data: choose files, preview the result, accept or discard it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.datasets.archives.archives import read_zip
from core.datasets.own import own, removal
from core.datasets.own.collection import read_collection
from core.datasets.own.kinds import KINDS, DataKind
from core.datasets.own.uploads import Upload, move_upload
from core.datasets.points.drawn import keep_points, spec_of
from core.families import FAMILIES
from core.figures.network.plane import CSS_COLOURS
from core.store import Status
from pages._ui.components.drawing.canvas import canvas, drawn
from pages._ui.data.catalog import last_task, studio_link
from pages._ui.data.photo_options import counted, disk_errors_in_words, fit_settings, preview
from pages._ui.data.photos import teach_photos
from pages._ui.data.points import place_points
from pages._ui.data.review import ADDING, draw_new, queue_reading
from pages._ui.data.uploads import choose
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import studio_page

CANVAS = "points_canvas"


def add_data() -> None:
    """Draw the steps from files to a data set."""
    actor = owner.actor()
    adding = st.query_params.get(ADDING, "") or _waiting(actor)
    task = last_task(adding) if own.is_own(adding) else None
    if task is not None and task.owner == actor:
        if task.status is Status.FAILED:
            st.error(f"The data was not added. {shell.told(task.error)}", icon=":material/error:")
        if draw_new(adding):
            return
    elif adding:
        st.warning("The link names data that belongs to somebody else or was deleted.", icon=":material/link_off:")
    way = st.segmented_control("How", WAYS, default=WAYS[0], key="add_way", required=True, label_visibility="collapsed")
    with shell.guard():
        BY_HAND[way]() if way in BY_HAND else _add_files(OF_FILES[way or WAYS[0]])


def _waiting(actor: str) -> str:
    """Return the id of data that this visitor sent and has not accepted or discarded; empty if there is none."""
    settings = shell.store().settings
    collected = read_collection(settings, actor).dataset  # it is accepted without being asked for
    found = (card.id for card in own.unfinished(settings, actor) if card.id != collected and last_task(card.id))
    return next(found, "")


# Files


def _add_files(kinds: Sequence[DataKind]) -> None:
    """Draw the upload of one or more kinds of data; the number and names of the files decide the kind."""
    first = kinds[0]
    st.markdown("\n".join(f"- {kind.asks}" for kind in kinds) if len(kinds) > 1 else first.asks)
    if not first.is_learned:
        st.markdown(
            f":material/info: **No network here learns from {first.way.lower()} yet.** Your files are checked and "
            "kept; you see what they contain and what may be wrong with them."
        )
    st.caption(first.limits)
    _shaped(first) if first.is_shaped else _as_they_are(kinds)


def _shaped(kind: DataKind) -> None:
    """Draw the choice of a ZIP file and how its images are resized."""
    chosen = choose("ZIP file", key="add_zip", types=_endings([kind]), megabytes=kind.megabytes)
    title, options = fit_settings(Path(chosen[0].name).stem if chosen else f"My {kind.title.lower()}")
    if not chosen:
        return
    with read_zip(chosen[0].path, name=chosen[0].name) as found:
        counts = Counter(entry.label for entry in found.entries)
    preview(chosen[0].path, chosen[0].mark, options)
    st.caption(counted(counts))
    _button(kind, chosen, title, options)


def _as_they_are(kinds: Sequence[DataKind]) -> None:
    """Draw the choice of files that are read unchanged."""
    first, most = kinds[0], max(kind.count for kind in kinds)
    label = "Files" if most > 1 else "File"
    files = choose(label, key=f"add_{first.id}", types=_endings(kinds), megabytes=first.megabytes, most=most)
    if not files:
        return
    name = Path(files[0].name).stem[:40]
    title = st.text_input("Name", name, key=f"add_title_{name}", max_chars=own.LONGEST_TITLE)
    for kind in kinds:
        if kind.fits(files):
            _button(kind, files, title, {})
            return
    st.warning(f"Choose {', or '.join(kind.takes for kind in kinds)}.", icon=":material/info:")


def _endings(kinds: Sequence[DataKind]) -> list[str]:
    return [suffix.removeprefix(".") for kind in kinds for suffix in kind.suffixes]


def _button(kind: DataKind, files: Sequence[Upload], title: str, options: Mapping[str, Any]) -> None:
    st.button("Create data set", type="primary", key="add_send", on_click=_send, args=(kind, files, title, options))


def _send(kind: DataKind, files: Sequence[Upload], title: str, options: Mapping[str, Any]) -> None:
    """Store uploaded files and queue the task that reads them."""
    settings, sent = shell.store().settings, kind.sent(files)
    with shell.remember(), disk_errors_in_words():
        card = own.begin(settings, owner.actor(), title, kind.id, {**kind.defaults, **sent.options, **options})
        try:
            for name, file in sent.files.items():
                move_upload(file, own.raw(settings, card.id) / name)
        except OSError:
            removal.discard(settings, card.id)
            raise
        queue_reading(card)


# Points


def _points() -> None:
    st.markdown(
        "Draw where points should be. With one colour, a network learns to generate points there, and you see the "
        "plane bend. With several, each colour is a class, and a network learns to tell them apart."
    )
    pad = drawn(CANVAS, most=len(CSS_COLOURS))
    hint = "Draw a shape"
    canvas(key=CANVAS, seen=pad.number, label="Draw where points should be", hint=hint, colors=CSS_COLOURS)
    spec = spec_of(1 if pad.ink is None else len(pad.ink))
    learner = next(family for family in FAMILIES.values() if family.takes(spec))
    title = st.text_input("Name", "My points", key="add_title_points", max_chars=own.LONGEST_TITLE)
    st.button(
        f"Train {words.a(learner.title)} on it",
        type="primary",
        key="add_points",
        disabled=pad.ink is None,
        on_click=_keep_points,
        args=(title,),
    )
    if made := st.session_state.pop("_points_made", None):
        st.switch_page(studio_page(learner.id), query_params=studio_link(learner, shell.dataset(made)))


def _keep_points(title: str) -> None:
    ink = drawn(CANVAS, most=len(CSS_COLOURS)).ink
    with shell.remember(), disk_errors_in_words():
        if ink is not None:
            settings = shell.store().settings
            st.session_state["_points_made"] = keep_points(settings, owner.actor(), title, ink)


# Labels of the choices, each with its kinds; the first of them gives the limits.
OF_FILES = {way: tuple(kind for kind in KINDS if kind.way == way) for way in dict.fromkeys(kind.way for kind in KINDS)}
BY_HAND: dict[str, Callable[[], None]] = {
    "Photos": teach_photos,
    "Points, placed": place_points,
    "Points, drawn": _points,
}
WAYS = (*list(BY_HAND)[:1], *list(OF_FILES)[:1], *list(BY_HAND)[1:], *list(OF_FILES)[1:])
