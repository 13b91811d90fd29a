"""Collect photos class by class, from files or the camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.datasets.archives.archives import IMAGE_SUFFIXES, LIMITS
from core.datasets.own import own
from core.datasets.own.kinds.photos import KIND
from core.datasets.own.uploads import Upload, move_upload
from core.errors import DatasetError
from core.jobs.submit import throw_away
from core.units import MB
from pages._ui.data.photo_options import counted, disk_errors_in_words, fit_settings, preview
from pages._ui.data.review import queue_reading
from pages._ui.data.uploads import choose, take
from pages._ui.shell import owner, shell, words

MOST_AT_ONCE = 200  # photos
ROUND = "_data_round"  # session state: how often photos were added; part of the widget keys, which resets the widgets


def add_photos() -> None:
    """Draw the steps from single photos to a data set."""
    st.markdown("Type the name of a class, take or choose its photos and add them. Then do the next class.")
    st.caption(KIND.limits)
    card_id = _collected()
    number = st.session_state.get(ROUND, 0)
    label = st.text_input("Class", key=f"add_class_{number}", max_chars=60, placeholder="for example: cup")
    ready = _photos(f"add_photos_{number}")
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
    st.caption(counted(counts))
    st.button("Discard these photos", key="add_discard", on_click=_discard, args=(card_id,))
    title, options = fit_settings("My photos")
    preview(_raw(card_id), str(counts), options)
    few = [label for label, count in counts.items() if count < LIMITS.least_images]
    lacks = f"{words.plain(few[0])} needs at least {LIMITS.least_images} photos." if few else "Add another class."
    st.button(
        "Create data set",
        type="primary",
        key="add_send",
        disabled=bool(few) or len(counts) < LIMITS.least_classes,
        help=lacks if few or len(counts) < LIMITS.least_classes else None,
        on_click=_send_collected,
        args=(title, options),
    )


def _photos(key: str) -> list[Upload]:
    """Draw the file chooser and the camera; return the photos chosen or taken."""
    suffixes = sorted(suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES)
    label = f"Photos of this class, at most {MOST_AT_ONCE} at once"
    held = choose(label, key=key, types=suffixes, megabytes=LIMITS.file_mb, most=MOST_AT_ONCE)
    if st.toggle("Use the camera", key="add_camera"):
        st.caption("Browsers allow camera access only over HTTPS or on this machine (localhost).")
        shot = st.camera_input("A photo of this class", key=f"{key}_shot_{len(held)}")
        take(shot, key=key, most=MOST_AT_ONCE)
    return held


def _collected() -> str | None:
    """Return the id of the photos that this visitor is collecting; None if there are none."""
    settings, actor = shell.store().settings, owner.actor()
    waiting = [card for card in own.unfinished(settings, actor) if card.data_kind.is_shaped and not card.options]
    return next((card.id for card in waiting if own.raw(settings, card.id).is_dir()), None)


def _discard(dataset_id: str) -> None:
    with shell.remember():
        throw_away(shell.store(), dataset_id, owner.actor())


def _collect(label: str, photos: Sequence[Upload]) -> None:
    """Store photos of a class until the data set is created."""
    state, settings = st.session_state, shell.store().settings
    with shell.remember(), disk_errors_in_words():
        name = " ".join(label.split())
        if not name or name.startswith(".") or set(name) & set('/\\:*?"<>|'):
            raise DatasetError("this is not a valid class name", expected="letters, digits, spaces", received=name)
        place = _raw(_collected() or own.begin(settings, owner.actor(), "My photos", KIND.id, {}).id)
        held = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        if held + sum(photo.size_bytes for photo in photos) > LIMITS.archive_mb * MB:
            raise DatasetError("the photos are too large", expected=f"at most {LIMITS.archive_mb} MB in total")
        (place / name).mkdir(exist_ok=True)
        count = len(list((place / name).iterdir()))
        for number, photo in enumerate(photos, count + 1):
            move_upload(photo, place / name / f"{number:05d}{Path(photo.name).suffix.lower()}")
        state[ROUND] = state.get(ROUND, 0) + 1


def _raw(dataset_id: str) -> Path:
    return own.raw(shell.store().settings, dataset_id)


def _send_collected(title: str, options: Mapping[str, Any]) -> None:
    with shell.remember():
        card = own.change(shell.store().settings, str(_collected()), owner.actor(), title=title, options=dict(options))
        queue_reading(card)
