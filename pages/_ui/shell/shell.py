"""The frame of every page: navigation, store, error messages, footer."""

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
from core.datasets.access import NOT_HERE
from core.datasets.own.removal import sweep
from core.disk import IS_FULL, WHAT_TO_DO, is_full
from core.errors import DatasetError, GlassboxError, SettingsError
from core.families import FAMILIES, KNOWN
from core.jobs import ensure_foreman, ensure_prepared
from core.jobs.queue import Queue, read_queue
from core.private import without_paths
from core.runs.demo_run import ensure_demo_run
from core.settings import Settings, this_host
from core.store import Status, Store, in_words, open_store
from pages._ui.components.charts.live_chart import preload
from pages._ui.components.page.one_entry import one_entry
from pages._ui.shell import owner, upload_memory, words
from pages._ui.shell.views import studio_page

ICON = str(Path(__file__).with_name("icon.png"))
LOOK_AGAIN_S = 8.0  # between updates of the footer while the server's state changes
QUEUE_S = 1.0  # maximum age of the queue that pages show

# Streamlit writes white on the primary colour, which is hard to read on the dark theme's light one. A chart's tooltip
# has sharp corners; a thick stroke in its own colour rounds them. Streamlit's own Stop, beside a running figure, would
# stop the page and not the training; a lost connection stays visible.
RULES = """<style>[data-testid="stBaseButton-primary"]:enabled,
[data-testid="stBaseButton-primary"]:enabled * { color: light-dark(white, #12171D) !important; }
[data-testid="stStatusWidget"]:not(:has([data-testid="stConnectionStatus"])) { display: none; }
.hoverlayer { filter: drop-shadow(0 1px 3px rgb(0 0 0 / 0.35)); } .hoverlayer .bg { rx: 6px; }
.hoverlayer .hovertext > path { stroke-width: 6px !important; stroke-linejoin: round; }</style>"""


def navigation() -> st.Page:
    """Build the menu; return the requested page."""
    return st.navigation(
        [
            st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
            *(st.Page(studio_page(key), title=family.title, icon=family.icon) for key, family in FAMILIES.items()),
            st.Page("pages/inside.py", title="Inside", icon=":material/biotech:"),
            st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
            st.Page("pages/notebook.py", title="Notebook", icon=":material/menu_book:"),
            st.Page("pages/data.py", title="Data", icon=":material/photo_library:"),
            *(
                st.Page(studio_page(key), title=KNOWN[key].title, visibility="hidden")
                for key in KNOWN.keys() - FAMILIES
            ),
            st.Page("pages/convolution.py", title="Convolution", visibility="hidden"),
            st.Page("pages/neuron.py", title="One neuron", visibility="hidden"),
            st.Page("pages/try.py", title="Try it", icon=":material/draw:", visibility="hidden"),
        ],
        position="top",
    )


def ensure_nav() -> None:
    """Run `app.py` first, even if a link opens a page on a fresh server directly."""
    if not st.session_state.get("_nav"):
        navigation()
        st.rerun()


@st.cache_resource
def store() -> Store:
    """Open the store, once per server; queue the default data and the demo network.

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
    gc.freeze()  # imported modules stay: later collections need not scan them
    return opened


def dataset(dataset_id: str) -> Dataset:
    """Return the data set with this id.

    Raises:
        DatasetError: No data set has this id.
    """
    return find_dataset(store().settings, dataset_id)


def data_title(dataset_id: str) -> str:
    """Return the title of a data set, or a placeholder if it is not here."""
    if not dataset_id:
        return NOT_HERE
    try:
        return dataset(dataset_id).title
    except DatasetError:
        return "deleted data"


def data_kind(dataset_id: str) -> str:
    """Return what a data set's examples are called, or `examples` if it was deleted."""
    try:
        return dataset(dataset_id).spec.kind
    except DatasetError:
        return "examples"


def begin(page: Any) -> None:
    """Begin a full run of the script.

    Args:
        page: The requested `st.Page`.
    """
    ensure_foreman(store().settings)
    owner.adopt()
    if not owner.is_known():  # else the visitor's own runs would first be drawn as somebody else's
        one_entry()
        if "run" in st.query_params:  # the library of its curves comes meanwhile
            preload()
        owner.ask()
        st.stop()
    state = st.session_state
    state["_arrived"], state["_page"] = state.get("_page") != page.url_path, page.url_path
    if is_disk_full():
        st.error(
            f"{IS_FULL}: new training waits, and running training stops, until there is space. {WHAT_TO_DO}",
            icon=":material/hard_drive:",
        )


def is_disk_full() -> bool:
    """Return whether the server's disk is too full to start anything."""
    return is_full(store().settings.home)


def has_arrived() -> bool:
    """Return whether this script run has brought the visitor here from another page."""
    return bool(st.session_state.get("_arrived"))


@contextmanager
def guard() -> Iterator[None]:
    """Show an expected error as one message on the page."""
    try:
        yield
    except (GlassboxError, DatabaseError) as error:
        st.error(told(error), icon=":material/error:")


@contextmanager
def remember() -> Iterator[None]:
    """In a callback: keep an expected error until `say` draws it on the page."""
    try:
        yield
    except (GlassboxError, DatabaseError) as error:
        st.session_state["_said"] = sentence(error)


def told(error: GlassboxError | DatabaseError | str) -> str:
    """Return the message of an error, or of a run's stored error text, escaped for Markdown."""
    return words.plain(sentence(error))


def sentence(error: GlassboxError | DatabaseError | str) -> str:
    """Return the message of an error without the server's paths, which visitors must not see."""
    said = str(in_words(error) if isinstance(error, DatabaseError) else error)
    try:
        settings = Settings.from_environment()
    except SettingsError:  # this is the error to report
        return said
    return without_paths(said, settings)


def say() -> None:
    """Show the error of the last click, if there was one."""
    if said := st.session_state.pop("_said", ""):
        st.error(words.plain(said), icon=":material/error:")


def fill_screen() -> None:
    """Hide the menu and the footer on this page."""
    st.session_state["_bare"] = True
    st.html("<style>[data-testid='stHeader'] { display: none; } .stMainBlockContainer { padding-top: 2rem; }</style>")


def empty(sentence: str, page: str, label: str) -> None:
    """Draw an empty state: why it is empty, and a link to the page that fills it."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(sentence, text_alignment="center")
        st.page_link(page, label=label, icon=":material/arrow_forward:")


def footer() -> None:
    """Draw the server's state at the end of every page."""
    if st.session_state.pop("_bare", False):
        return
    with st.container(key="footer"):
        st.divider()
        st.fragment(server_line, run_every=None if is_steady() else LOOK_AGAIN_S)()


def server_line() -> None:
    """Draw the server's device and queue."""
    with guard():
        st.caption(f"{server_words()} · Glassbox trains on this server and keeps every run.")


def is_steady() -> bool:
    """Return whether the server is idle and ready, so that its state stays the same."""
    return is_ready("train") and not store().runs.list(status=[Status.QUEUED, Status.RUNNING], limit=1)


def server_words() -> str:
    """Return the server's device and queue in a few words."""
    cores, now = psutil.cpu_count() or 1, queue()
    device = next((place.device for place in now.line if place.device), None) or f"CPU, {cores} cores"
    waits = words.before(now.wait_of_new(owner.actor()))
    return f"{device}; {waits or ('ready' if is_ready('train') else 'warming up')}"


def queue() -> Queue:
    """Return the queue, at most `QUEUE_S` old: a waiting class asks for it from every page."""
    return _queue_in(int(time.monotonic() / QUEUE_S))


@st.cache_resource(max_entries=2, show_spinner=False)
def _queue_in(span: int) -> Queue:
    return read_queue(store())


def is_ready(place: str) -> bool:
    """Return whether a process waits for work: the `probe`, or a spare worker (`train`)."""
    return store().processes.is_ready(this_host(), place)


def probe_state() -> str:
    """Return why the probe has not answered yet, in a word."""
    return "busy" if is_ready("probe") else "starting"
