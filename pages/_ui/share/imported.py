"""Import a run from another Glassbox, and say of one where it comes from."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.bundle.read import ABOUT, import_bundle
from core.datasets.own.uploads import Upload, drop_upload
from core.datasets.prepared import is_prepared
from core.errors import ArtifactError
from core.store import Run
from core.store.records import IMPORTED
from core.units import MB
from pages._ui.compare.chosen import choose, ticked
from pages._ui.data.photo_options import disk_errors_in_words
from pages._ui.data.uploads import choose as choose_files
from pages._ui.elsewhere.link import bring_link
from pages._ui.shell import owner, privacy, shell, words
from pages._ui.shell.views import studio_page

_STYLE = """<style>@media (max-width: 640px) {
.st-key-import_run button, .st-key-import_next button, .st-key-import_next a { min-height: 44px; } }</style>"""
LARGEST_MB = 200  # sent by a browser; the command line takes larger ones
_NUMBER = "_import_number"  # grows with each file: an empty field is a new widget
_OPEN, _DONE = "_import", "_import_done"  # whether the dialog is open; the id of the last run, and whether it is new


def import_button() -> None:
    """Draw the button that opens the dialog, and the dialog while it is open."""
    st.html(_STYLE)
    st.button(
        "Import a run",
        icon=":material/move_to_inbox:",
        key="import_run",
        help="Opens a run that was downloaded as a bundle, from here or from another Glassbox",
        on_click=_show,
    )
    if shell.has_arrived():
        _close()
    if st.session_state.get(_OPEN):
        st.dialog("Import a run", on_dismiss=_close)(_dialog)()


def told(run: Run) -> str:
    """Return where an imported run comes from, and what cannot be shown without its data, for Markdown."""
    try:
        about = shell.store().files(run.id).read_json(ABOUT)
        when = time.strftime("%Y-%m-%d", time.gmtime(about["imported"]))
        source = str(about["file"]) if "file" in about else f"Glassbox {about['glassbox']}"
        came = f"Imported on {when} from {words.plain(source)}."
    except (ArtifactError, KeyError, TypeError, ValueError, OverflowError):
        came = "Imported from another Glassbox."
    if not run.dataset or is_prepared(shell.store().settings, run.dataset):
        return came
    data = words.plain(shell.data_title(run.dataset))
    until = " until somebody trains on it" if privacy.can_train(run.dataset) else ""
    return f"{came} Its data, {data}, is not on this server{until}, so single examples of it cannot be shown."


@contextmanager
def whole(run: Run) -> Iterator[None]:
    """Say it if an imported run lacks a number that its results need; no run that was trained here does."""
    try:
        yield
    except (KeyError, TypeError, ValueError):
        if run.origin != IMPORTED:
            raise
        st.error(
            "This imported run lacks what its results need, so they cannot be shown. Export it again where it was "
            "trained, and import that.",
            icon=":material/error:",
        )


def _dialog() -> None:
    shell.say()
    if done := st.session_state.get(_DONE):
        _say_done(*done)
        return
    st.markdown(
        "Choose the ZIP file that *Download*, *Bundle* gave for a run. It is checked first: nothing in it is executed, "
        "and nothing is kept if anything is wrong."
    )
    with shell.guard():
        number = st.session_state.get(_NUMBER, 0)
        for file in choose_files("Bundle", key=f"bundle_{number}", types=["zip"], megabytes=LARGEST_MB):
            st.session_state[_NUMBER] = number + 1  # first: whatever becomes of this file, it is not taken twice
            _import(file)
            st.rerun()
    bring_link()
    st.caption(f"Up to {LARGEST_MB} MB; larger ones on the server, with `python -m core import`.")


def _import(file: Upload) -> None:
    """Import a run, or say why not; the file is gone afterwards."""
    with shell.remember(), disk_errors_in_words(), st.spinner(f"Checking {file.size_bytes / MB:,.1f} MB"):
        try:
            found = import_bundle(shell.store(), file.path, owner.actor(), file.name)
            st.session_state[_DONE] = (found.run.id, found.is_new)
        finally:
            drop_upload(file)


def _say_done(run_id: str, is_new: bool) -> None:
    run = shell.store().runs.get(run_id)
    name = words.plain(run.name)
    said = f"**{name}** is imported. It is yours now." if is_new else f"You have this run already: **{name}**."
    st.success(said, icon=":material/check_circle:")
    if not is_new:
        st.caption("It was not imported a second time.")
    with st.container(horizontal=True, vertical_alignment="center", key="import_next"):
        st.page_link(
            studio_page(run.family), label="Open it", icon=":material/open_in_new:", query_params={"run": run.id}
        )
        st.button("Compare it", icon=":material/compare_arrows:", key="import_tick", on_click=_tick, args=(run.id,))


def _tick(run_id: str) -> None:
    choose([*(one for one in ticked() if one != run_id), run_id])
    _close()
    st.rerun()  # the whole page: a click in a dialog redraws only that


def _show() -> None:
    st.session_state[_OPEN] = True


def _close() -> None:
    for key in (_OPEN, _DONE):
        st.session_state.pop(key, None)
