"""The views of each page, and the control that chooses one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

LIVE, RESULTS, CODE = "Live", "Results", "Code"
NETWORKS = LAST, BEST = "Last epoch", "Best by validation"
DATA = LIST, ADD, KNOW = "All data", "Add your own", "Inspect"
FORMER = {"What is there": LIST, "Know it": KNOW}  # names in links of earlier versions


class Views:
    """The chosen view, kept outside the widget that chooses it.

    The widget's key ends in a number that grows whenever code changes the view: that makes a new widget, and late
    messages of the old one are ignored.

    Args:
        key: Its key in the link and in the session state.
        options: The views to choose from.
        label: Label for screen readers.
    """

    def __init__(self, key: str, options: Sequence[str], label: str = "View") -> None:
        self.key, self._options, self._label = key, options, label

    @property
    def shown(self) -> str | None:
        """The chosen view; None before a choice."""
        return st.session_state.get(self.key)

    def show(self, view: Any) -> None:
        """Show another view; clear the choice if `view` is not an option."""
        state, view = st.session_state, FORMER.get(view, view)
        state[self.key] = view if view in self._options else None
        state[self._number] = state.get(self._number, 0) + 1

    def draw(self) -> None:
        """Draw the control. A change reruns the whole page, even if a setting is sent with the click."""
        key = self._widget
        st.segmented_control(
            self._label,
            self._options,
            default=self.shown,
            key=key,
            required=True,
            label_visibility="collapsed",
            on_change=self._take,
            args=(key,),
        )

    def _take(self, key: str) -> None:
        if key == self._widget and key in st.session_state:
            st.session_state[self.key] = st.session_state[key]
        st.rerun()

    @property
    def _number(self) -> str:
        return f"_{self.key}_number"

    @property
    def _widget(self) -> str:
        return f"{self.key}-{st.session_state.get(self._number, 0)}"


def studio_page(family_id: str | None) -> str:
    """Return the path of a family's studio page; accepts `run.family`."""
    return f"pages/{family_id}.py"


def studio_views(family_id: str, extra: Sequence[str] = ()) -> Views:
    """Return the views of a family's studio; `extra` ones come before the code."""
    return Views(f"{family_id}_view", (LIVE, RESULTS, *extra, CODE))


def network_views() -> Views:
    """Return the choice between the networks of a run's results."""
    return Views("_results_network", NETWORKS, "Network")


def data_views() -> Views:
    """Return the views of the data page."""
    return Views("data_view", DATA)
