"""The frame around every page: navigation, the store, errors in words, the footer."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import streamlit as st
from sqlalchemy.exc import DatabaseError

from core.datasets import DEFAULT_DATASET, Dataset, find_dataset
from core.datasets.own.removal import sweep
from core.disk import IS_FULL, WHAT_TO_DO, is_full
from core.errors import DatasetError, GlassboxError, SettingsError
from core.families import FAMILIES
from core.jobs import ensure_foreman, ensure_prepared
from core.jobs.queue import Queue, read_queue
from core.private import without_paths
from core.runs.demo_run import ensure_demo_run
from core.settings import Settings, this_host
from core.store import Store, in_words, open_store
from core.store.records import ALIVE
from pages._ui.shell import owner, upload_memory, words
from pages._ui.shell.views import studio_page

ICON = str(Path(__file__).with_name("icon.png"))
LOOK_AGAIN_S = 8.0  # at the server's state, while it changes
QUEUE_S = 1.0  # so old is what is said of the queue

# Streamlit writes white on the primary colour; on the dark theme's light one that is hard to read.
RULES = """<style>[data-testid="stBaseButton-primary"]:enabled,
[data-testid="stBaseButton-primary"]:enabled * { color: light-dark(white, #12171D) !important; }</style>"""


def navigation() -> st.Page:
    """Return the page that was asked for, with the menu built."""
    return st.navigation(
        [
            st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
            *(st.Page(studio_page(key), title=family.title, icon=family.icon) for key, family in FAMILIES.items()),
            st.Page("pages/data.py", title="Data", icon=":material/photo_library:"),
            st.Page("pages/try.py", title="Try it", icon=":material/draw:", visibility="hidden"),
        ],
        position="top",
    )


def ensure_nav() -> None:
    """Go through `app.py` even if a link led straight to a page of a fresh server."""
    if not st.session_state.get("_nav"):
        navigation()
        st.rerun()


@st.cache_resource
def store() -> Store:
    """Open the store once a server; see to it that the default data is prepared and the demo network is on its way.

    Raises:
        GlassboxError: The home folder cannot be used.
    """
    opened = open_store(Settings.from_environment())
    ensure_foreman(opened.settings)
    ensure_prepared(opened, DEFAULT_DATASET)
    ensure_demo_run(opened)
    sweep(opened.settings)
    upload_memory.cap_uploads()
    gc.collect()
    gc.freeze()  # what was imported stays: later collections need not walk it
    return opened


def dataset(dataset_id: str) -> Dataset:
    """Return the data set of that id.

    Raises:
        DatasetError: There is none.
    """
    return find_dataset(store().settings, dataset_id)


def data_title(dataset_id: str) -> str:
    """Return what a data set is called, also when it is there no more."""
    try:
        return dataset(dataset_id).title
    except DatasetError:
        return "data that is gone"


def data_kind(dataset_id: str) -> str:
    """Return what the examples of a data set are called, also when it is there no more."""
    try:
        return dataset(dataset_id).spec.kind
    except DatasetError:
        return "examples"


def begin(page: Any) -> None:
    """Do what every full run of the script begins with.

    Args:
        page: The `st.Page` that was asked for.
    """
    ensure_foreman(store().settings)
    owner.adopt()
    if not owner.is_known():  # what is one's own would seem to be somebody else's, and be drawn twice
        owner.ask()
        st.stop()
    state = st.session_state
    state["_arrived"], state["_page"] = state.get("_page") != page.url_path, page.url_path
    if is_disk_full():
        st.error(
            f"{IS_FULL}: training waits, or ends where it is, until there is room. {WHAT_TO_DO}",
            icon=":material/hard_drive:",
        )


def is_disk_full() -> bool:
    """Return whether the server has no room to begin anything."""
    return is_full(store().settings.home)


def has_arrived() -> bool:
    """Return whether this visit has come to the page by this very run, from another one."""
    return bool(st.session_state.get("_arrived"))


@contextmanager
def guard() -> Iterator[None]:
    """Turn an error that we raised on purpose into one sentence on the page."""
    try:
        yield
    except (GlassboxError, DatabaseError) as error:
        st.error(told(error), icon=":material/error:")


@contextmanager
def remember() -> Iterator[None]:
    """In a callback: keep an error that we raised on purpose until the page is drawn, and `say` it there."""
    try:
        yield
    except (GlassboxError, DatabaseError) as error:
        st.session_state["_said"] = sentence(error)


def told(error: GlassboxError | DatabaseError | str) -> str:
    """Return an error, or its words as a run keeps them, as a page says it, for Markdown."""
    return words.plain(sentence(error))


def sentence(error: GlassboxError | DatabaseError | str) -> str:
    """Return what a page says of an error: the server's own folders are nobody's business but its keeper's."""
    said = str(in_words(error) if isinstance(error, DatabaseError) else error)
    try:
        settings = Settings.from_environment()
    except SettingsError:  # it is what is said
        return said
    return without_paths(said, settings)


def say() -> None:
    """Say what went wrong with the last click, if anything did."""
    if said := st.session_state.pop("_said", ""):
        st.error(words.plain(said), icon=":material/error:")


def fill_screen() -> None:
    """Leave menu and footer away on this page."""
    st.session_state["_bare"] = True
    st.html("<style>[data-testid='stHeader'] { display: none; } .stMainBlockContainer { padding-top: 2rem; }</style>")


def empty(sentence: str, page: str, label: str) -> None:
    """Say what will be here, why it is empty, and link to what fills it."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(sentence, text_alignment="center")
        st.page_link(page, label=label, icon=":material/arrow_forward:")


def footer() -> None:
    """End every page with the server's state."""
    if st.session_state.pop("_bare", False):
        return
    with st.container(key="footer"):
        st.divider()
        st.fragment(server_line, run_every=None if is_steady() else LOOK_AGAIN_S)()


def server_line() -> None:
    """Say what the server has and whether it is free."""
    with guard():
        st.caption(f"{server_words()} · Glassbox trains on this server and keeps every run.")


def is_steady() -> bool:
    """Return whether the server's state will not change by itself."""
    return is_ready("train") and not store().runs.list(status=ALIVE, limit=1)


def server_words() -> str:
    """Describe the server's device and queue in a few words."""
    cores, now = psutil.cpu_count() or 1, queue()
    device = next((place.device for place in now.line if place.device), None) or f"CPU, {cores} cores"
    waits = words.before(now.wait_of_new(owner.actor()))
    return f"{device}; {waits or ('ready' if is_ready('train') else 'warming up')}"


def queue() -> Queue:
    """Return who trains and who waits, as it was at most `QUEUE_S` ago: all pages of a class that waits ask for it."""
    return _queue_in(int(time.monotonic() / QUEUE_S))


@st.cache_resource(max_entries=2, show_spinner=False)
def _queue_in(span: int) -> Queue:
    return read_queue(store())


def is_ready(place: str) -> bool:
    """Return whether a process waits for work: the `probe`, or a spare that would `train`."""
    return store().processes.is_ready(this_host(), place)
