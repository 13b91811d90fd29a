"""Choosing files: they go to disk as soon as they arrive, and Streamlit's memory is given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.datasets.uploads import Upload, drop_upload, is_kept, keep_upload
from core.units import MB
from pages._ui import shell, words
from pages._ui.data_fit import disk_errors_in_words
from pages._ui.upload_memory import release


def choose(label: str, *, key: str, types: Sequence[str], megabytes: int, most: int = 1) -> list[Upload]:
    """Draw the choice of files, and return those that were chosen, which lie on disk.

    Args:
        label: Of the choice.
        key: Of the widget.
        types: Endings of file names.
        megabytes: How big a file may be.
        most: How many files.
    """
    memory = f"_chosen_{key}"
    held: list[Upload] = [upload for upload in st.session_state.get(memory, []) if is_kept(upload)]
    if len(held) < most:
        widget = f"{key}_{len(held)}" if held else key
        arrived = st.file_uploader(
            label, type=list(types), accept_multiple_files=most > 1, key=widget, max_upload_size=megabytes
        )
        files = arrived if isinstance(arrived, list) else [arrived] if arrived is not None else []
        if files:
            st.session_state[memory] = _taken(held, files, most)
            st.rerun()
    for number, upload in enumerate(held):
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_chosen_{number}"):
            st.markdown(f":material/description: {words.name(upload.name)} :gray[{_size(upload)}]", width="content")
            remove = f"{key}_remove_{number}"
            st.button("Remove", key=remove, type="tertiary", on_click=_remove, args=(memory, upload))
    return held


def _taken(held: Sequence[Upload], files: Sequence[Any], most: int) -> list[Upload]:
    """Bring arrived files to disk; what is more than may be stays away."""
    taken = list(held)
    with shell.remember(), disk_errors_in_words():
        try:
            for file in files[: most - len(held)]:
                taken.append(keep_upload(shell.store().settings, file.name, file))
        finally:
            release(files)
    return taken


def _remove(memory: str, upload: Upload) -> None:
    drop_upload(upload)
    st.session_state[memory] = [other for other in st.session_state.get(memory, []) if other != upload]


def _size(upload: Upload) -> str:
    return (
        f"{upload.size_bytes / MB:,.1f} MB" if upload.size_bytes >= MB / 10 else f"{upload.size_bytes / 1000:,.0f} kB"
    )
