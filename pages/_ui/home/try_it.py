"""Try a network on a full screen: on a projector, in a classroom, on a phone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.access import may_see
from core.datasets.images.drawings import as_input
from core.errors import ProbeAwayError, RunError
from core.families import find_family
from core.figures.colours import RUNS
from core.figures.pictures import grey_picture
from core.resolve import resolve
from core.runs.predict import answering_step
from core.store import Run
from pages._ui.components.drawing.canvas import canvas, drawn
from pages._ui.components.drawing.drawing import drawing
from pages._ui.components.page.share import qr_code, titled, where
from pages._ui.components.pictures.filters import filters
from pages._ui.components.pictures.pictures import pictures
from pages._ui.components.pictures.reading import Voice, reading
from pages._ui.home.own_picture import BRING, TAKE, own_picture
from pages._ui.home.ways import Way, way_of
from pages._ui.probe.queries import ask_snapshot
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import studio_page

CANVAS = "try_canvas"
AGAIN_MS = 500
FEW_CLASSES = 4  # are named in the title
SEEN = "_try_seen"  # session key: the last prepared upload, and its image or error
DRAW = "Draw"

_STYLE = """<style>.st-key-try button { min-height: 44px; } .st-key-try .pad { max-width: 420px; }
.st-key-try .reading .said { font-size: 3rem; }
.st-key-try .reading .said.long { font-size: 1.4rem; } .st-key-try .reading .lane { height: 20px; }
.st-key-try .reading .share { font-size: 0.85rem; line-height: 20px; }
.st-key-qr svg { width: 150px; height: 150px; border-radius: 6px; }
@media (max-width: 640px) { /* the answer on the same screen as the picture */
.stMainBlockContainer h1 { font-size: 1.2rem; padding: 0; } .st-key-try_head { row-gap: 0; }
.st-key-try_head p { font-size: 0.85rem; } .st-key-try_head a { min-height: 44px; }
.st-key-try .pad { max-width: 270px; } .st-key-try [data-testid="stHorizontalBlock"] { gap: 0.5rem; }
.st-key-try [data-testid="stCameraInput"] { max-width: 270px; }
.st-key-try .reading .said { font-size: 1.9rem; } .st-key-try .reading .row { padding: 1px 0 0; }
.st-key-try .reading .lane { height: 13px; } .st-key-try .reading .share { line-height: 13px; } }</style>"""


def try_it() -> None:
    """Draw the page."""
    shell.fill_screen()
    st.html(_STYLE)
    with shell.guard():
        run = _run_of_link()
        dataset = shell.dataset(run.dataset)
        way = way_of(run, dataset.spec)
        assert way is not None  # as `_run_of_link` has checked
        titled(way.question or _asks(dataset), way.invitation)
        _introduce(run, dataset, way)
        with st.container(key="try"):
            st.fragment(resolve(way.page), key="try_fragment")(run, dataset)
        _link(run)
    st.page_link("pages/home.py", label="Glassbox", icon=":material/arrow_back:")


def _run_of_link() -> Run:
    run_id = st.query_params.get("run", "")
    if not run_id:
        raise RunError("this link names no run", expected="/try?run=ID", fix="Open a run and press Try it.")
    run = shell.store().runs.get(run_id)
    if run.family is not None and not find_family(run.family).inspection.is_at_sample:
        raise RunError(
            f"run {run_id} makes {shell.dataset(run.dataset).spec.kind}; it cannot read any", fix="Explore it."
        )
    if run.family is not None and way_of(run, shell.dataset(run.dataset).spec) is None:
        raise RunError(f"run {run_id} learned from {shell.data_kind(run.dataset)}; it cannot be tried here")
    if run.family is None or not shell.store().metrics.snapshots(run_id):
        raise RunError(f"run {run_id} has no network to try yet", fix="Come back when it has begun to train.")
    return run


def _asks(dataset: Dataset) -> str:
    """Return the question that the network answers, for Markdown."""
    names, is_grey = dataset.spec.classes, dataset.spec.is_image and dataset.spec.input_shape[-1] == 1
    if is_grey and all(name.isdecimal() for name in names):
        return "Draw a digit: what is it?"
    if len(names) > FEW_CLASSES:
        return "Show it something: what is it?" if dataset.spec.is_image else "Type something: what is it?"
    first, last = ", ".join(map(words.name, names[:-1])), words.name(names[-1])
    return f"{first[:1].upper()}{first[1:]} or {last}?"


def _introduce(run: Run, dataset: Dataset, way: Way) -> None:
    """Say which network it is, and lead to its studio with the same preset and data."""
    family, step = find_family(str(run.family)), answering_step(shell.store(), run)
    is_best = step == run.summary.get("best_step")
    right = way.result(run, "best" if is_best else "last")
    best = f" This is its best network by validation, of step {step:,}." if is_best else ""
    whose = f"**{words.name(run.name)}** is {words.a(family.title)} that learned from {words.name(dataset.title)}."
    link = {"preset": run.preset} if run.preset else {}
    if may_see(shell.store().settings, run.dataset, owner.actor()):
        link["dataset"] = run.dataset
    with st.container(horizontal=True, vertical_alignment="center", key="try_head"):
        st.markdown(whose + right + best, width="stretch")
        st.page_link(
            studio_page(family.id),
            label="Train yours",
            icon=":material/play_arrow:",
            query_params=link,
            width="content",
        )


def try_pictures(run: Run, dataset: Dataset) -> None:
    """Draw the picture's source and the answer; the body of a fragment."""
    left, right = st.columns([45, 55], gap="large")
    image, is_drawn, is_answered, number = None, False, True, drawn(CANVAS).number
    with left:
        given, paper = st.container(), st.container()
    with given, shell.guard():
        image, is_drawn = _picture(dataset)
    with right, shell.guard():
        is_answered = _answer(run, dataset, image, number if is_drawn else 0)
    with paper:  # drawn even when hidden, so that the drawing is kept
        _paper(number, is_hidden=not is_drawn, again_ms=None if is_answered else AGAIN_MS)


def _picture(dataset: Dataset) -> tuple[np.ndarray | None, bool]:
    """Draw the choice of a picture; return it as the network's input, and whether it is a drawing."""
    views = [DRAW, BRING, TAKE] if dataset.spec.input_shape[-1] == 1 else [BRING, TAKE, DRAW]
    how = st.segmented_control(
        "How", views, default=views[0], required=True, key="try_how", label_visibility="collapsed"
    )
    if how == DRAW:
        ink = drawn(CANVAS).ink
        return None if ink is None else as_input(ink, dataset.spec, is_centred=dataset.is_centred), True
    image = own_picture(str(how), dataset, key=SEEN)
    if image is not None:
        st.caption("What the network sees")
        pictures([grey_picture(image, "the picture as the network sees it")], key="try_seen", width=64)
    return image, False


def _answer(run: Run, dataset: Dataset, image: np.ndarray | None, number: int) -> bool:
    """Draw the network's answer, and below it the first layer; return whether the probe could be asked."""
    classes, step = dataset.spec.classes, answering_step(shell.store(), run)
    found: Mapping[str, np.ndarray] = {}
    is_answered, note = True, ""
    if image is not None:
        try:
            found = ask_snapshot(shell.store(), run, step, "feature_maps", image, actor=owner.actor())
        except ProbeAwayError:
            is_answered, note = False, f"The process that answers is {shell.probe_state()}."
    said = found["probabilities"][None] if found else np.empty((0, len(classes)))
    voice = Voice(run.name, RUNS[0], ["now"] * len(said), said, "is waiting for a picture")
    reading([voice], classes, key="try_reading", number=number, note=note)
    filters(found, dataset.spec, key="try_filters", what="your picture")
    return is_answered


def _paper(number: int, *, is_hidden: bool, again_ms: int | None) -> None:
    hint = "Draw here, with mouse, finger or pen"
    canvas(key=CANVAS, seen=number, label="Draw here", hint=hint, again_ms=again_ms, is_hidden=is_hidden)


def _link(run: Run) -> None:
    """Draw the QR code of this page's link."""
    url = str(st.context.url or "").split("?")[0]
    if not url:
        return
    with st.container(key="qr", horizontal=True, vertical_alignment="center"):
        link = f"{url}?run={run.id}"
        drawing(qr_code(link), key="qr_code")
        st.caption(where(link))
