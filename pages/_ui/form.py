"""A family's settings as widgets, and the part of the link that restores them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.config import Blocks, Config, Preset, from_query, to_query
from core.datasets import DATASETS, DEFAULT_DATASET, usable
from core.errors import ConfigError
from core.families import Family, find_preset
from core.families.family import Section
from core.figures.strip import Stage
from core.store import Run
from pages._ui import shell, words
from pages._ui.components.drawing import drawing
from pages._ui.knobs import draw_knob
from pages._ui.layer_list import LayerList
from pages._ui.untrained import draw_preview

LATE_S = 2.0  # so long the browser may take to hear of a link that we wrote
DATA = "data"  # the section that also holds the choice of the data set


@dataclass(frozen=True)
class Choices:
    """What the form holds."""

    config: Config
    preset: Preset[Config]
    dataset: str


class Form:
    """The form of one family; its widgets' keys begin with the family's id.

    Args:
        family: Whose settings.
    """

    def __init__(self, family: Family) -> None:
        self._family, self._id = family, family.id
        self._here = usable(shell.store().settings)

    def follow_link(self, run: Run | None) -> None:
        """Seed the widgets if this is a first visit, or the link has changed under us.

        Args:
            run: The run that the page shows; a link with nothing else takes its settings.
        """
        state, link = st.session_state, self._own(dict(st.query_params))
        known = state.get(self._key("link", hidden=True))
        before = state.get(self._key("run", hidden=True))
        state[self._key("run", hidden=True)] = run and run.id
        opened = _link_of(self._family, run) if run and run.id != before and not link else None
        if self._key("preset") not in state:
            self._take_link(link or opened or known or {})
        elif opened or (link and self._was_followed(link)):
            self._take_link(opened or link)
        if state[self._key("dataset")] not in self._here:  # its file has gone
            state[self._key("dataset")], state[self._key("seeded", hidden=True)] = DEFAULT_DATASET, True
        self._is_seeded = state.pop(self._key("seeded", hidden=True), False)

    def _was_followed(self, link: dict[str, str]) -> bool:
        """Return whether the browser has gone to another link, by Back or Forward.

        The browser may also be late: it moves a control before it has heard of the link that we wrote.
        """
        known = st.session_state.get(self._key("link", hidden=True))
        if known is None or link == known or self._link(self.choices()) != known:
            return False
        written = st.session_state.get(self._key("written", hidden=True), {})
        return time.monotonic() - written.get(_text(link), -LATE_S) > LATE_S

    def _take_link(self, link: dict[str, str]) -> None:
        """Seed the widgets from a link; what it says that cannot be is noted."""
        state, fields = st.session_state, dict(link)
        dataset = fields.pop("dataset", DEFAULT_DATASET)
        config, preset, notes = from_query(fields, self._family.presets, self._family.default_preset)
        if dataset not in self._here:
            why = DATASETS[dataset].missing(shell.store().settings) if dataset in DATASETS else "It is not known here."
            notes.append(f"Ignored in the link: the data set {dataset!r}. {why}")
            dataset = DEFAULT_DATASET
        state[self._key("notes", hidden=True)] = notes
        state[self._key("dataset")] = dataset
        self._seed(config, preset)

    def draw_presets(self) -> None:
        """Draw the choice of where to start from."""
        presets = self._family.presets
        st.pills(
            "Start from",
            list(presets),
            format_func=lambda key: presets[key].title,
            **self._start("preset", "default", st.session_state[self._key("preset")]),
            required=True,
            on_change=self._take_preset,
        )

    def draw(self, problem: ConfigError | None, stages: Sequence[Stage]) -> None:
        """Draw the rest of the form.

        Args:
            problem: What is impossible about what is set; it is said at its control.
            stages: What becomes of each layer.
        """
        for note in st.session_state.get(self._key("notes", hidden=True), []):
            st.warning(words.plain(note), icon=":material/link_off:")
        chosen = self.choices()
        self._problem, self._stages = problem, stages
        differs = "" if chosen.config == chosen.preset.config else f"  \n● differs from {chosen.preset.title}"
        st.caption(chosen.preset.sentence + differs)
        for name in self._family.controls:
            self._draw_control(name, chosen)
        for section in self._family.sections:
            self._draw_section(section, chosen)

    def _draw_section(self, section: Section, chosen: Choices) -> None:
        summary, icon = section.summary(chosen.config), ""
        if section.id == DATA:
            summary = f"{words.plain(self._here[chosen.dataset].title)}, {summary}"
        if any(self._is_wrong(name, chosen) for name in section.controls):
            icon = ":material/error: "
        with st.expander(f"{icon}**{section.title}** :gray[{summary}]", key=f"{self._id}_section_{section.id}"):
            if section.id == DATA:
                self._draw_dataset()
            columns = st.columns(2)
            for number, name in enumerate(section.controls):
                with st.container() if isinstance(chosen.config.knob(name), Blocks) else columns[number % 2]:
                    self._draw_control(name, chosen)
            if section.drawing is not None:
                svg = section.drawing(chosen.config, self._here[chosen.dataset].spec)
                drawing(svg, key=f"{self._id}_drawing_{section.id}")
            if section.preview is not None:
                draw_preview(self._family, section.preview, chosen.config, chosen.dataset)

    def _is_wrong(self, name: str, chosen: Choices) -> bool:
        """Return whether the problem stands at this control: it is named, or one of its layers is."""
        if self._problem is None:
            return False
        is_list = isinstance(chosen.config.knob(name), Blocks)
        return self._problem.field == name or (is_list and self._problem.field not in chosen.config.knobs())

    def _draw_dataset(self) -> None:
        st.selectbox(
            "Data",
            list(self._here),
            format_func=lambda key: self._here[key].title,
            **self._start("dataset", "index", list(self._here).index(st.session_state[self._key("dataset")])),
            help="The images to learn from. Few: quick. Many: better, slower.",
        )
        dataset = self._here[st.session_state[self._key("dataset")]]
        st.caption(f"{dataset.split} Source: {dataset.source}; {dataset.licence}.")

    def _draw_control(self, name: str, chosen: Choices) -> None:
        knob, value, default = (
            chosen.config.knob(name),
            getattr(chosen.config, name),
            getattr(chosen.preset.config, name),
        )
        if isinstance(knob, Blocks):
            LayerList(self._id, knob, name).draw(self._stages)
        else:
            draw_knob(
                knob,
                f"{knob.label} ●" if value != default else knob.label,
                value=value,
                default=default,
                start=partial(self._start, name),
                help=f"{knob.help} Default: {knob.say(default)}.",
                disabled=name in self._family.unused(chosen.config),
            )
        if self._is_wrong(name, chosen):
            st.error(words.plain(str(self._problem)), icon=":material/error:")

    def _start(self, name: str, parameter: str, value: Any) -> dict[str, Any]:
        """Return a widget's key and what it starts from.

        In the run that seeds it Streamlit tells the browser by itself, and wants no second word. If that
        run is cut short the browser may never hear of it, so later ones say what the widget holds; or
        else it would start from its lowest value.
        """
        key = self._key(name)
        return {"key": key} if self._is_seeded else {"key": key, parameter: value}

    def _take_preset(self) -> None:
        preset = find_preset(self._family, st.session_state[self._key("preset")])
        st.session_state[self._key("notes", hidden=True)] = []
        self._seed(preset.config, preset.id)

    def _seed(self, config: Config, preset: str) -> None:
        state = st.session_state
        state[self._key("seeded", hidden=True)] = True
        state[self._key("preset")] = preset
        for name, knob in config.knobs().items():
            state[self._key(name)] = getattr(config, name)
            if isinstance(knob, Blocks):
                LayerList(self._id, knob, name).reset()

    def choices(self) -> Choices:
        """Return what is set."""
        state = st.session_state
        preset = find_preset(self._family, state[self._key("preset")])
        config = replace(preset.config, **{name: state[self._key(name)] for name in preset.config.knobs()})
        return Choices(config, preset, state[self._key("dataset")])

    def write_link(self) -> None:
        """Let the link say what is set."""
        self._write_link(self._link(self.choices()))

    @staticmethod
    def _link(chosen: Choices) -> dict[str, str]:
        return {**to_query(chosen.config, chosen.preset), "dataset": chosen.dataset}

    def _write_link(self, link: dict[str, str]) -> None:
        state, now = st.session_state, time.monotonic()
        state[self._key("link", hidden=True)] = link
        written = {k: at for k, at in state.get(self._key("written", hidden=True), {}).items() if now - at < LATE_S}
        state[self._key("written", hidden=True)] = {**written, _text(link): now}
        present = dict(st.query_params)
        if self._own(present) != link:
            others = {name: text for name, text in present.items() if name not in self._own(present)}
            st.query_params.from_dict({**others, **link})

    def _own(self, query: dict[str, str]) -> dict[str, str]:
        return {k: v for k, v in query.items() if k != "run" and not k.startswith(f"{self._id}_")}

    def _key(self, name: str, *, hidden: bool = False) -> str:
        return f"_{self._id}_form_{name}" if hidden else f"{self._id}_{name}"


def _text(link: dict[str, str]) -> str:
    return urlencode(sorted(link.items()))


def _link_of(family: Family, run: Run) -> dict[str, str]:
    """Return the link that restores a run's settings; one that only names their version if it is another."""
    try:
        preset = find_preset(family, run.preset or family.default_preset)
        return {**to_query(family.config_type.from_dict(run.config), preset), "dataset": run.dataset}
    except ConfigError:
        return {"v": str(run.config.get("schema")), "dataset": run.dataset}
