"""How a run's settings come into the form of its family."""

from __future__ import annotations

import streamlit as st

from core.config import to_query
from core.errors import ConfigError
from core.families import Family
from core.store import Run


def link_of(family: Family, run: Run) -> dict[str, str]:
    """Return the link that restores a run's settings; one that only names their version if it is another."""
    try:
        config = family.config_type.from_dict(run.config)
        preset = family.presets.get(run.preset or "", family.presets[family.default_preset])
        return {**to_query(config, preset), "dataset": run.dataset}
    except ConfigError:
        return {"v": str(run.config.get("schema")), "dataset": run.dataset}


def ask_for_settings(family: Family, run: Run) -> None:
    """Let the form take over a run's settings when it is drawn next, whatever the link says."""
    st.session_state[_asked(family)] = link_of(family, run)


def take_asked(family: Family) -> dict[str, str] | None:
    """Return the link of the settings that were asked for, once."""
    return st.session_state.pop(_asked(family), None)


def _asked(family: Family) -> str:
    return f"_{family.id}_form_asked"
