"""Keep a form's settings in the page's link."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import streamlit as st

from core.config import IGNORED, Config, Preset, from_query, to_query
from core.datasets import DEFAULT_DATASET
from core.errors import ConfigError
from core.runs.run_settings import settings_of
from core.runs.sharing.lesson import from_query as lesson_of
from core.runs.sharing.lesson import to_query as lesson_query
from core.steering.link import NAMES, Wish
from core.store import Run
from pages._ui.form.choices import Choices
from pages._ui.form.reuse_settings import Asked, set_source, take_asked
from pages._ui.form.state import FormState
from pages._ui.shell import shell
from pages._ui.shell.views import LIVE, Views

LATE_S = 2.0  # a link left less than this ago comes from a browser that does not know the new one yet


class FormLink:
    """Seed a form from the link, and write its settings back to the link.

    Args:
        state: The form's state.
        views: The page's choice of view, which the link holds too.
    """

    def __init__(self, state: FormState, views: Views) -> None:
        self._state, self._views = state, views

    def follow(self, run: Run | None) -> None:
        """Seed the widgets on a first visit, or when the browser has opened another link.

        Args:
            run: The run that the page shows; a link without settings takes the run's.
        """
        state, link = self._state, self._own(dict(st.query_params))
        before = state.get("run")
        state["run"] = run and run.id
        view = {key: text for key, text in link.items() if key == self._views.key}
        if shell.has_arrived() and not view:  # a finished run shows its results
            self._views.show(None)
        is_opened = run and run.id != before and link == view  # the link holds no settings
        if asked := take_asked(state.id):
            self._take_run(asked.run, LIVE if asked.wish else None, asked)
        elif run and is_opened:
            self._take_run(run, view.get(self._views.key))
        elif "config" not in state or (link and self._was_followed(link)):
            self._take_link(link)

    def _was_followed(self, link: dict[str, str]) -> bool:
        """Return whether the browser has gone to another link, by Back or Forward.

        A late browser can send an old link too: with a control moved before the new link has reached it.
        """
        known = self._state.get("link")
        if known is None or link == known:
            return False
        if self._said(self._state.choices()) != known:
            return False
        left = self._state.get("left", {})
        return time.monotonic() - left.get(_text(link), -LATE_S) > LATE_S

    def _take_run(self, run: Run, view: str | None, asked: Asked | None = None) -> None:
        """Seed the widgets from a run's settings; if they cannot be read, from its data's preset, with a note."""
        self._views.show(view)
        self._state["wish"] = asked.wish if asked else None
        try:
            settings = settings_of(run, config=asked.config if asked else None)
            set_source(self._state.id, run.id)
            self._state.take(settings.config, settings.preset.id, run.dataset)
        except ConfigError as error:
            preset = self._start_of(run.dataset)
            set_source(self._state.id, None)
            self._state.take(
                preset.config, preset.id, run.dataset, [f"This run was made with another version of this form: {error}"]
            )

    def _take_link(self, link: dict[str, str]) -> None:
        """Seed the widgets from a link; note its invalid parts."""
        fields = dict(link)
        set_source(self._state.id, None)
        named = fields.pop("dataset", None)
        self._views.show(fields.pop(self._views.key, None))
        presets = self._state.family.presets
        wish, unread_wish = _wish_of(fields)
        self._state["wish"] = wish
        config, preset, notes = from_query(fields, presets, self._start_of(named).id)
        dataset = named or presets[preset].dataset or DEFAULT_DATASET
        lesson, unread = lesson_of(dict(st.query_params), self._state.family, config, dataset)
        if lesson is not None:
            self._state["lesson"] = lesson
        notes += unread + unread_wish
        self._state.take(config, preset, dataset, notes, is_lost=fields.get("preset", preset) != preset)

    def _start_of(self, dataset_id: str | None) -> Preset[Config]:
        """Return the preset to start from for a data set; the default preset if the data set is not here."""
        family, data = self._state.family, self._state.here.get(dataset_id or "")
        return family.preset_for(data.spec, data.id) if data else family.presets[family.default_preset]

    def write(self, chosen: Choices) -> None:
        """Write the settings to the link."""
        state, link, now = self._state, self._said(chosen), time.monotonic()
        before = state.get("link", link)
        left = {text: at for text, at in state.get("left", {}).items() if now - at < LATE_S}
        state["left"] = left if before == link else {**left, _text(before): now}
        state["link"] = link
        present = dict(st.query_params)
        others = {name: text for name, text in present.items() if name not in self._own(present)}
        if state.lesson is not None:
            others |= lesson_query(state.lesson, state.family)
        if present != {**others, **link}:
            st.query_params.from_dict({**others, **link})

    def leave_lesson(self) -> None:
        """Take the lesson out of the form and out of the link; in a callback."""
        lesson, self._state["lesson"] = self._state.lesson, None
        for name in lesson_query(lesson, self._state.family) if lesson else ():
            st.query_params.pop(name, None)

    def _said(self, chosen: Choices) -> dict[str, str]:
        view = self._views.shown
        is_default = view in (None, LIVE)  # without a view, the link of a finished run shows its results
        wish = self._state.wish
        own = {**to_query(chosen.config, chosen.preset), "dataset": chosen.dataset, **(wish.to_query() if wish else {})}
        return own if is_default else {**own, self._views.key: view}

    def _own(self, query: dict[str, str]) -> dict[str, str]:
        prefix = f"{self._state.id}_"
        foreign = {k for k in query if k == "run" or (k.startswith(prefix) and k != self._views.key)}
        return {k: v for k, v in query.items() if k not in foreign}


def _wish_of(fields: dict[str, str]) -> tuple[Wish | None, list[str]]:
    """Take out of a link where the run is to start; return it, or a sentence why it cannot be read."""
    said = {name: fields.pop(name) for name in NAMES if name in fields}
    try:
        return Wish.from_query(said), []
    except ConfigError as error:
        return None, [f"{IGNORED}{error}"]


def _text(link: dict[str, str]) -> str:
    return urlencode(sorted(link.items()))
