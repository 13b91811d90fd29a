"""Points placed in the plane: begun from a rule or from points that exist, then changed by hand, and trained on."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets.own import own
from core.datasets.points.labelled import STARTS
from core.datasets.points.placed import MOST, beginning, keep_placed
from core.families import FAMILIES
from core.figures.network.plane import CSS_COLOURS
from pages._ui.components.plane.points import Points, placed, points_plane
from pages._ui.data.catalog import studio_link
from pages._ui.data.photo_options import disk_errors_in_words
from pages._ui.shell import owner, shell
from pages._ui.shell.views import studio_page

PLANE = "points_plane"
_MADE, _BEGUN = "_placed_made", "_placed_begun"  # the new data set; what the plane began with
NOTHING, RULE = "An empty plane", "A rule"
EMPTY: Points = (np.empty((0, 2), np.float32), np.empty(0, np.int64))


def place_points() -> None:
    """Draw the plane, what it begins with, and the button that trains on it."""
    st.markdown(
        "Place points of several colours, spray them, drag or wipe them away. Each colour is a class, and a network "
        "learns to tell them apart."
    )
    left, right = st.columns([3, 2], gap="large")
    with right:
        _begin()
    begun, version = st.session_state.get(_BEGUN, (EMPTY, ""))
    with left:
        points_plane(begun, version, CSS_COLOURS, key=PLANE)
    with right:
        _train(*placed(PLANE, begun, version))


def _begin() -> None:
    """Draw the choice of what the plane begins with."""
    named = {NOTHING: "", RULE: "", **{title.capitalize(): name for name, title in STARTS.items()}}
    start = st.selectbox("Start from", list(named), key="placed_start", help="Points to begin with; then change them.")
    rule = ""
    if start == RULE:
        rule = st.text_input(
            "Rule",
            "y > sin(3 * x)",
            key="placed_rule",
            max_chars=200,
            help="What is orange, the rest is blue: of x, y, the distance r from the middle and the angle a, with sin, "
            "cos, sqrt, abs, and, or. A number from 0 to 5 names the colour: floor(2 * r) % 3.",
        )
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
    asked = (named[start], rule, count, noise)
    label = "Empty the plane" if start == NOTHING else "Put them into the plane"
    st.button(label, key="placed_begin", help=does, on_click=_put, args=asked)


def _put(start: str, rule: str, count: int, noise: float) -> None:
    number = len(st.session_state.get(_BEGUN, (EMPTY, ""))[1]) + 1  # another name each time
    with shell.remember():
        points = beginning(start, rule, count, noise) if count else EMPTY
        st.session_state[_BEGUN] = (points, "+" * number)


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
    st.button("Train on them", type="primary", key="placed_train", disabled=not len(points), on_click=_keep, args=asked)
    if made := st.session_state.pop(_MADE, None):
        data = shell.dataset(made)
        learner = next(family for family in FAMILIES.values() if family.takes(data.spec))
        st.switch_page(studio_page(learner.id), query_params=studio_link(learner, data))


def _keep(title: str, points: np.ndarray, labels: np.ndarray, share: float) -> None:
    with shell.remember(), disk_errors_in_words():
        settings = shell.store().settings
        st.session_state[_MADE] = keep_placed(settings, owner.actor(), title, points, labels, share)
