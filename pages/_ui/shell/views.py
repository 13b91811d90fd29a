"""Which page shows what, and the choices of what pages show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

LIVE, RESULTS, CODE = "Live", "Results", "Code"
NETWORKS = LAST, BEST = "Last epoch", "Best by validation"
DATA = LIST, ADD, KNOW = "What is there", "Add your own", "Know it"


class Views:
    """What is looked at, kept outside the widget that chooses it.

    The widget's key ends in a number that grows when something else is shown: then it begins anew, and a late message
    of the old one says nothing any more.

    Args:
        key: Where the link and this visit keep it.
        options: What there is to look at.
        label: What is chosen, for those who cannot see it.
    """

    def __init__(self, key: str, options: Sequence[str], label: str = "View") -> None:
        self.key, self._options, self._label = key, options, label

    @property
    def shown(self) -> str | None:
        """What is looked at; None if nothing was chosen yet."""
        return st.session_state.get(self.key)

    def show(self, view: Any) -> None:
        """Let something else be looked at; what is no option is none."""
        state = st.session_state
        state[self.key] = view if view in self._options else None
        state[self._number] = state.get(self._number, 0) + 1

    def draw(self) -> None:
        """Draw the choice. Any change asks for the whole page, even if a setting is sent with the click."""
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
    """Return the page of a family's studio; of a run's, if it is asked for that of `run.family`."""
    return f"pages/{family_id}.py"


def studio_views(family_id: str, extra: Sequence[str] = ()) -> Views:
    """Return what a family's studio shows; with views of its own before the code."""
    return Views(f"{family_id}_view", (LIVE, RESULTS, *extra, CODE))


def network_views() -> Views:
    """Return which network of a run its results are about."""
    return Views("_results_network", NETWORKS, "Network")


def data_views() -> Views:
    """Return what the data page shows."""
    return Views("data_view", DATA)
