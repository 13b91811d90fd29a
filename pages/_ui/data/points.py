"""Points placed in the plane: begun from a rule or from points that exist, then changed by hand, and trained on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.datasets.own import own
from core.datasets.points.labelled import STARTS, STARTS_OF_NUMBERS
from core.datasets.points.placed import MOST, beginning, keep_placed, too_few
from core.families import FAMILIES
from core.figures.network.plane import CSS_COLOURS
from pages._ui.components.plane.points import Points, placed, points_plane
from pages._ui.data.catalog import studio_link
from pages._ui.data.photo_options import disk_errors_in_words
from pages._ui.shell import owner, shell
from pages._ui.shell.views import studio_page

PLANE = "points_plane"
CLASS, NUMBER = "class", "number"
_MADE, _BEGUN = "_placed_made", "_placed_begun"  # the new data set; what the plane of each kind began with
NOTHING, RULE = "An empty plane", "A rule"
EMPTY: Points = (np.empty((0, 2), np.float32), np.empty(0, np.int64))
EMPTY_OF_NUMBERS: Points = (np.empty((0, 2), np.float32), np.empty(0, np.float32))


def place_points(done: Callable[[str], None] | None = None) -> None:
    """Draw the plane, what it begins with, and the button that trains on it.

    Args:
        done: Is given the id of the new data set; by default the page of a network that learns it is opened.
    """
    st.markdown(
        "Place points, spray them, drag or wipe them away. Each colour is a class, and a network learns to tell them "
        "apart; or each has a number, and a network learns the number at every place."
    )
    left, right = st.columns([3, 2], gap="large")
    with right:
        kind = st.segmented_control(
            "Each point has",
            (CLASS, NUMBER),
            default=CLASS,
            format_func="a {}".format,
            required=True,
            key="placed_kind",
        )
        _begin(str(kind))
    empty = EMPTY_OF_NUMBERS if kind == NUMBER else EMPTY
    begun, version = st.session_state.get(_BEGUN, {}).get(kind, (empty, ""))
    key = f"{PLANE}_{kind}"
    with left:
        points_plane(begun, version, CSS_COLOURS, key=key)
    with right:
        _train(*placed(key, begun, version))
    if made := st.session_state.pop(_MADE, None):
        (done or _open)(made)


def _open(made: str) -> None:
    data = shell.dataset(made)
    learner = next(family for family in FAMILIES.values() if family.takes(data.spec))
    st.switch_page(studio_page(learner.id), query_params=studio_link(learner, data))


def _begin(kind: str) -> None:
    """Draw the choice of what the plane begins with."""
    starts = STARTS_OF_NUMBERS if kind == NUMBER else STARTS
    named = {NOTHING: "", RULE: "", **{title.capitalize(): name for name, title in starts.items()}}
    start = st.selectbox(
        "Start from", list(named), key=f"placed_start_{kind}", help="Points to begin with; then change them."
    )
    rule = _rule(kind) if start == RULE else ""
    if start != NOTHING:
        count = st.slider(
            "Points", 20, MOST // 2, 300, 10, key="placed_count", help="How many. Few: little to learn. Many: slower."
        )
        noise = st.slider(
            "Noise",
            0.0,
            0.5,
            0.0,
            0.01,
            key="placed_noise",
            help="How far each point is moved at random. 0: none. Small: blurred edges. Big: nothing left to learn.",
        )
    else:
        count, noise = 0, 0.0
    does = "Replaces what is in the plane"
    asked = (kind, named[start], rule, count, noise)
    label = "Empty the plane" if start == NOTHING else "Put them into the plane"
    st.button(label, key="placed_begin", help=does, on_click=_put, args=asked)


def _rule(kind: str) -> str:
    of = "of x, y, the distance r from the middle and the angle a, with sin, cos, sqrt, abs, and, or."
    help = f"What is orange, the rest is blue: {of} A number from 0 to 5 names the colour: floor(2 * r) % 3."
    if kind == NUMBER:
        help = f"The number at each place: {of}"
    example = "sin(3 * x) * y" if kind == NUMBER else "y > sin(3 * x)"
    return str(st.text_input("Rule", example, key=f"placed_rule_{kind}", max_chars=200, help=help))


def _put(kind: str, start: str, rule: str, count: int, noise: float) -> None:
    is_number = kind == NUMBER
    empty = EMPTY_OF_NUMBERS if is_number else EMPTY
    begun = st.session_state.get(_BEGUN, {})
    number = len(begun.get(kind, (empty, ""))[1]) + 1  # another name each time
    with shell.remember():
        points = beginning(start, rule, count, noise, is_number=is_number) if count else empty
        st.session_state[_BEGUN] = {**begun, kind: (points, "+" * number)}


def _train(points: np.ndarray, labels: np.ndarray) -> None:
    """Draw the share to learn from, the name, and the button that trains."""
    share = st.slider(
        "Share of training",
        50,
        90,
        80,
        5,
        format="%d %%",
        key="placed_share",
        help="Share of the points that it learns from; the others test it. Small: learns little. Big: a rough test.",
    )
    title = st.text_input("Name", "My points", key="add_title_placed", max_chars=own.LONGEST_TITLE)
    asked = (title, points, labels, share / 100)
    lack = too_few(labels)
    st.button("Train on them", type="primary", key="placed_train", disabled=bool(lack), on_click=_keep, args=asked)
    if lack:
        st.caption(f":material/info: It needs {lack[0]}. So far: {lack[1]}.")


def _keep(title: str, points: np.ndarray, labels: np.ndarray, share: float) -> None:
    with shell.remember(), disk_errors_in_words():
        settings = shell.store().settings
        st.session_state[_MADE] = keep_placed(settings, owner.actor(), title, points, labels, share)
