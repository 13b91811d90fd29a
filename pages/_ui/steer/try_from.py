"""Go on from a saved moment of a run with a change."""

from __future__ import annotations

import streamlit as st

from core.config import Config
from core.datasets import DataSpec
from core.errors import ConfigError
from core.steering.link import Wish
from core.steering.record import Edit
from core.steering.start import config_at
from core.store import Run
from pages._ui.form.reuse_settings import ask_for_settings
from pages._ui.shell import shell
from pages._ui.shell.views import studio_page


def try_from(run: Run, step: int, edits: tuple[Edit, ...] = ()) -> None:
    """Hand a run's settings at a saved step to the form, whose next run is to start there; in a callback.

    Args:
        run: The run to start from.
        step: A saved step of it.
        edits: Weights to set by hand before the first update.
    """
    with shell.remember():
        spec = shell.dataset(run.dataset).spec
        ask_for_settings(run, _with_time_left(config_at(run, step), spec, step), Wish(run.id, step, edits))
    st.switch_page(studio_page(run.family), query_params={"run": run.id})


def _with_time_left(config: Config, spec: DataSpec, step: int) -> Config:
    """Return the settings of a run that is to go on from a step: twice as long if they end there."""
    plan = config.plan(spec)
    if step < plan.total_steps:
        return config
    try:
        return config.longer(spec, step, max(1, round(plan.passes(step))))
    except ConfigError:
        return config.longer(spec, step, 1)
