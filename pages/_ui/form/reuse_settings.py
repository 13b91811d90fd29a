"""Hand a run's settings to the form of its family, and remember whose they are."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.config import Config
from core.steering.link import Wish
from core.store import Run


@dataclass(frozen=True)
class Asked:
    """What a form is asked to take.

    Args:
        run: The run whose settings it takes.
        config: Settings instead of those that the run began with.
        wish: Where the next run is to start; None for random weights.
    """

    run: Run
    config: Config | None = None
    wish: Wish | None = None


def ask_for_settings(run: Run, config: Config | None = None, wish: Wish | None = None) -> None:
    """Make the form of a run's family take the run's settings when next drawn, whatever the link says."""
    st.session_state[_asked(str(run.family))] = Asked(run, config, wish)


def take_asked(family_id: str) -> Asked | None:
    """Return and forget what was asked for."""
    return st.session_state.pop(_asked(family_id), None)


def source_of(family_id: str) -> str | None:
    """Return the id of the run whose settings the form took last; None if they come from a preset or a link."""
    source: str | None = st.session_state.get(_source(family_id))
    return source


def set_source(family_id: str, run_id: str | None) -> None:
    """Remember whose settings a form holds."""
    st.session_state[_source(family_id)] = run_id


def _source(family_id: str) -> str:
    return f"_{family_id}_form_source"


def _asked(family_id: str) -> str:
    return f"_{family_id}_form_asked"
