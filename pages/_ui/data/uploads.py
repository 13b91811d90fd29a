"""Choose files: each goes to disk on arrival, which frees Streamlit's memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.datasets.own.uploads import Upload, drop_upload, is_kept, keep_upload
from core.errors import DatasetError
from core.units import MB
from pages._ui.data.photo_options import disk_errors_in_words
from pages._ui.shell import owner, shell, words
from pages._ui.shell.upload_memory import release

LISTED = 5  # files listed by name; more are only counted


def choose(label: str, *, key: str, types: Sequence[str], megabytes: int, most: int = 1) -> list[Upload]:
    """Draw the choice of files and return the chosen files, which are on disk.

    Args:
        label: Label of the widget.
        key: Key of the widget.
        types: Allowed file name endings, without the dot.
        megabytes: Maximum size of a file, in MB.
        most: Maximum number of files.
    """
    held = _held(key)
    if len(held) < most:
        widget = f"{key}_{len(held)}" if held else key
        arrived = st.file_uploader(
            label, type=list(types), accept_multiple_files=most > 1, key=widget, max_upload_size=megabytes
        )
        _take(arrived, key=key, most=most)
    _show(held, key)
    return held


def _take(arrived: Any, *, key: str, most: int) -> None:
    """Write the files that a widget received to disk, if any, and rerun the page."""
    files = arrived if isinstance(arrived, list) else [arrived] if arrived is not None else []
    if files:
        st.session_state[_memory(key)] = _taken(_held(key), files, most)
        st.rerun()


def _taken(held: Sequence[Upload], files: Sequence[Any], most: int) -> list[Upload]:
    taken, room = list(held), most - len(held)
    with shell.remember(), disk_errors_in_words():
        try:
            for file in files[:room]:
                taken.append(keep_upload(shell.store().settings, owner.actor(), file.name, file))
        finally:
            release(files)
        if len(files) > room:
            received = f"{len(held) + len(files):,}"
            raise DatasetError("some files were left out", expected=f"at most {most:,} at once", received=received)
    return taken


def _show(held: Sequence[Upload], key: str) -> None:
    """Draw the chosen files with buttons to remove them."""
    if len(held) > LISTED:
        size_bytes = sum(upload.size_bytes for upload in held)
        _line(f"{len(held):,} files", size_bytes, f"{key}_chosen", "Remove all", (key, held))
        return
    for number, upload in enumerate(held):
        _line(words.name(upload.name), upload.size_bytes, f"{key}_chosen_{number}", "Remove", (key, [upload]))


def _line(name: str, size_bytes: int, row: str, label: str, removed: tuple[str, Sequence[Upload]]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=row):
        st.markdown(f":material/description: {name} :gray[{_size(size_bytes)}]", width="content")
        st.button(label, key=row.replace("_chosen", "_remove"), type="tertiary", on_click=_remove, args=removed)


def _remove(key: str, uploads: Sequence[Upload]) -> None:
    for upload in uploads:
        drop_upload(upload)
    st.session_state[_memory(key)] = [other for other in st.session_state.get(_memory(key), []) if other not in uploads]


def _held(key: str) -> list[Upload]:
    return [upload for upload in st.session_state.get(_memory(key), []) if is_kept(upload)]


def _memory(key: str) -> str:
    return f"_chosen_{key}"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / MB:,.1f} MB" if size_bytes >= MB / 10 else f"{max(1, round(size_bytes / 1000)):,} kB"
