"""The part of a page's link that restores its form."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import streamlit as st

from core.config import from_query, to_query
from core.datasets import DEFAULT_DATASET
from core.store import Run
from pages._ui.form.choices import Choices
from pages._ui.form.reuse_settings import link_of, take_asked
from pages._ui.form.state import FormState
from pages._ui.shell import shell
from pages._ui.shell.views import LIVE, Views

LATE_S = 2.0  # a link that was left so short a time ago comes from a browser that has not heard of the new one


class FormLink:
    """Seeds a form from the link, and lets the link say what is set.

    Args:
        state: What the form holds.
        views: What the page looks at; the link says that too.
    """

    def __init__(self, state: FormState, views: Views) -> None:
        self._state, self._views = state, views

    def follow(self, run: Run | None) -> None:
        """Seed the widgets if this is a first visit, or the link has changed under us.

        Args:
            run: The run that the page shows; a link with nothing else takes its settings.
        """
        state, link = self._state, self._own(dict(st.query_params))
        before = state.get("run")
        state["run"] = run and run.id
        view = {key: text for key, text in link.items() if key == self._views.key}
        if shell.has_arrived() and not view:  # a run that is over by then shows its results
            self._views.show(None)
        is_opened = run and run.id != before and link == view  # it says nothing of settings
        opened = {**link_of(state.family, run), **view} if run and is_opened else None
        opened = take_asked(state.family) or opened
        if "config" not in state or opened or (link and self._was_followed(link)):
            self._take(opened or link)

    def _was_followed(self, link: dict[str, str]) -> bool:
        """Return whether the browser has gone to another link, by Back or Forward.

        The browser may also be late: it moves a control before it has heard that we have left that link.
        """
        known = self._state.get("link")
        if known is None or link == known:
            return False
        if self._said(self._state.choices()) != known:
            return False
        left = self._state.get("left", {})
        return time.monotonic() - left.get(_text(link), -LATE_S) > LATE_S

    def _take(self, link: dict[str, str]) -> None:
        """Seed the widgets from a link; what it says that cannot be is noted."""
        state, fields = self._state, dict(link)
        named, view = fields.pop("dataset", None), fields.pop(self._views.key, None)
        self._views.show(view)
        family, data = state.family, state.here.get(named or "")
        start = family.preset_for(data.spec, data.id).id if data else family.default_preset
        config, preset, notes = from_query(fields, family.presets, start)
        state["notes"], state["lost_preset"] = notes, fields.get("preset", preset) != preset
        state.hold(preset=preset, dataset=named or family.presets[preset].dataset or DEFAULT_DATASET)
        state.seed(config)

    def write(self, chosen: Choices) -> None:
        """Let the link say what is set."""
        state, link, now = self._state, self._said(chosen), time.monotonic()
        before = state.get("link", link)
        left = {text: at for text, at in state.get("left", {}).items() if now - at < LATE_S}
        state["left"] = left if before == link else {**left, _text(before): now}
        state["link"] = link
        present = dict(st.query_params)
        if self._own(present) != link:
            others = {name: text for name, text in present.items() if name not in self._own(present)}
            st.query_params.from_dict({**others, **link})

    def _said(self, chosen: Choices) -> dict[str, str]:
        view = self._views.shown
        is_default = view in (None, LIVE)  # a link of a run that is over by then shows its results
        own = {**to_query(chosen.config, chosen.preset), "dataset": chosen.dataset}
        return own if is_default else {**own, self._views.key: view}

    def _own(self, query: dict[str, str]) -> dict[str, str]:
        prefix = f"{self._state.id}_"
        foreign = {k for k in query if k == "run" or (k.startswith(prefix) and k != self._views.key)}
        return {k: v for k, v in query.items() if k not in foreign}


def _text(link: dict[str, str]) -> str:
    return urlencode(sorted(link.items()))
