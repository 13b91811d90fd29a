"""A family's settings as widgets, and the part of the link that restores them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.config import Block, Blocks, Config, Preset, from_query, to_query
from core.datasets import DEFAULT_DATASET, Dataset, usable
from core.errors import ConfigError
from core.families import Family, find_preset
from core.families.family import Section
from core.figures.strip import drawn_network
from core.store import Run
from pages._ui import owner, shell, words
from pages._ui.choices import Choices, data_of
from pages._ui.components.drawing import drawing
from pages._ui.knobs import draw_knob
from pages._ui.layer_list import LayerList
from pages._ui.settings_of_run import link_of, take_asked
from pages._ui.untrained import draw_preview
from pages._ui.views import LIVE, studio_views

LATE_S = 2.0  # a link that was left so short a time ago comes from a browser that has not heard of the new one
OPEN = "open"  # the part with the controls that are not folded
DATA = "data"  # the section that also holds the choice of the data set


class Form:
    """The form of one family; its widgets' keys begin with the family's id.

    It is drawn in parts, each a fragment: a control that is moved draws its own part anew, and those parts and
    followers that would now say something else; not the whole page.

    What is set is kept here, not in the widgets, and a widget's key ends in the number of the seeding: when a link
    or a preset seeds the form it gets new widgets, and a late message of the old ones says nothing any more.

    Args:
        family: Whose settings.
        extra: Views that its page has besides those of every family.
    """

    def __init__(self, family: Family, extra: Sequence[str] = ()) -> None:
        self._family, self._id = family, family.id
        known = usable(shell.store().settings, owner.actor())
        self._here = {key: dataset for key, dataset in known.items() if family.takes(dataset.spec)}
        self._sections = {section.id: section for section in family.sections}
        self.views = studio_views(family.id, extra)
        self._followers: dict[str, Callable[[Choices], Any]] = {}

    def follow_link(self, run: Run | None) -> None:
        """Seed the widgets if this is a first visit, or the link has changed under us.

        Args:
            run: The run that the page shows; a link with nothing else takes its settings.
        """
        state, link = st.session_state, self._own(dict(st.query_params))
        before = state.get(self._hidden("run"))
        state[self._hidden("run")] = run and run.id
        view = {key: text for key, text in link.items() if key == self.views.key}
        if shell.has_arrived() and not view:  # a run that is over by then shows its results
            self.views.show(None)
        is_opened = run and run.id != before and link == view  # it says nothing of settings
        opened = {**link_of(self._family, run), **view} if run and is_opened else None
        opened = take_asked(self._family) or opened
        if self._hidden("config") not in state or opened or (link and self._was_followed(link)):
            self._take_link(opened or link)
        state[self._hidden("drawn")] = {}

    def _was_followed(self, link: dict[str, str]) -> bool:
        """Return whether the browser has gone to another link, by Back or Forward.

        The browser may also be late: it moves a control before it has heard that we have left that link.
        """
        known = st.session_state.get(self._hidden("link"))
        if known is None or link == known:
            return False
        if self._link(self.choices()) != known:
            return False
        left = st.session_state.get(self._hidden("left"), {})
        return time.monotonic() - left.get(_text(link), -LATE_S) > LATE_S

    def _take_link(self, link: dict[str, str]) -> None:
        """Seed the widgets from a link; what it says that cannot be is noted."""
        state, fields = st.session_state, dict(link)
        named, view = fields.pop("dataset", None), fields.pop(self.views.key, None)
        self.views.show(view)
        family, data = self._family, self._here.get(named or "")
        start = family.preset_for(data.spec).id if data else family.default_preset
        config, preset, notes = from_query(fields, family.presets, start)
        dataset = named or self._family.presets[preset].dataset or DEFAULT_DATASET
        state[self._hidden("notes")] = notes
        state[self._hidden("lost_preset")] = fields.get("preset", preset) != preset
        self._hold(preset=preset, dataset=dataset)
        self._seed(config)

    def draw_presets(self) -> None:
        """Draw the choice of where to start from."""
        presets = self._family.presets
        st.pills(
            "Start from",
            list(presets),
            default=None if self._has_lost_preset else st.session_state[self._hidden("preset")],
            format_func=lambda key: presets[key].title,
            key=(key := self._widget("preset")),
            required=True,
            on_change=self._take_preset,
            args=(key,),
        )

    def follow(self, key: str, draw: Callable[[Choices], None], said: Callable[[Choices], Any]) -> None:
        """Draw something that depends on what is set, and is drawn anew when that changes what it says.

        Args:
            key: Streamlit's key of its fragment.
            draw: Draws it.
            said: Returns all that it depends on.
        """
        self._followers[key] = said

        def body() -> None:
            chosen = self.choices()
            words = hash(repr(said(chosen)))
            draw(chosen)
            st.session_state[self._hidden("drawn")][key] = words  # not if this run is cut short before

        st.fragment(body, key=key)()

    def draw(self) -> None:
        """Draw the rest of the form."""
        for note in st.session_state.get(self._hidden("notes"), []):
            st.warning(words.plain(note), icon=":material/link_off:")
        for part in (OPEN, *self._sections):
            key, draw = f"{self._id}_part_{part}", partial(self._draw_part, part)
            self.follow(key, draw, partial(self._said, part))

    def _draw_part(self, part: str, chosen: Choices) -> None:
        if part == OPEN:
            st.caption(chosen.preset.sentence)
            for name in self._family.controls:
                self._draw_control(name, part, chosen)
        else:
            self._draw_section(self._sections[part], chosen)

    def _draw_section(self, section: Section, chosen: Choices) -> None:
        is_wrong = any(self._is_wrong(name, chosen) for name in section.controls)
        is_wrong |= section.id == DATA and chosen.dataset not in self._here
        icon = ":material/error: " if is_wrong else ""
        label = f"{icon}**{section.title}** :gray[{self._summary(section, chosen)}]"
        with st.expander(label, key=f"{self._id}_section_{section.id}"):
            if section.id == DATA:
                self._draw_dataset(chosen)
            for row in self._rows(section):
                for column, name in zip(st.columns(len(row)), row, strict=True):
                    with column:
                        self._draw_control(name, section.id, chosen)
            if section.drawing is not None:
                drawing(section.drawing(chosen.config, chosen.spec), key=f"{self._id}_drawing_{section.id}")
            if section.preview is not None and not chosen.refusal:
                draw_preview(self._family, section, chosen.config, chosen.dataset)

    def _rows(self, section: Section) -> list[tuple[str, ...]]:
        """Return the controls of a section: a list takes a row, the others come two by two."""
        lists = [n for n in section.controls if isinstance(self._family.config_type.knob(n), Blocks)]
        others = [name for name in section.controls if name not in lists]
        return [*((name,) for name in lists), *(tuple(others[i : i + 2]) for i in range(0, len(others), 2))]

    def _summary(self, section: Section, chosen: Choices) -> str:
        summary = section.summary(chosen.config)
        return f"{words.plain(chosen.data.title)}, {summary}" if section.id == DATA else summary

    def _said(self, part: str, chosen: Choices) -> Any:
        """Return all that a part says that may depend on other parts."""
        if part == OPEN:
            return chosen.preset.id, [self._remark(name, chosen) for name in self._family.controls]
        section = self._sections[part]
        remarks = [self._remark(name, chosen) for name in section.controls]
        unused = sorted(self._family.unused(chosen.config) & set(section.controls))
        drawn = section.drawing(chosen.config, chosen.spec) if section.drawing else ""
        has_layers = any(isinstance(chosen.config.knob(name), Blocks) for name in section.controls)
        shown = section.preview.key(chosen.config) if section.preview else ""
        return self._summary(section, chosen), unused, remarks, drawn, shown, chosen.networks if has_layers else ""

    def _changed(self, part: str) -> None:
        """Draw anew what a moved control of this part changes; everything if that became possible or impossible."""
        chosen, drawn = self.choices(), st.session_state[self._hidden("drawn")]
        if chosen.trouble != st.session_state[self._hidden("problem")]:
            st.rerun()
        others = [key for key, said in self._followers.items() if drawn.get(key) != hash(repr(said(chosen)))]
        st.rerun(list(dict.fromkeys([f"{self._id}_part_{part}", *others])))

    def _is_wrong(self, name: str, chosen: Choices) -> bool:
        """Return whether the problem stands at this control: it is named, or one of its layers is."""
        if chosen.problem is None:
            return False
        is_list = isinstance(chosen.config.knob(name), Blocks)
        return chosen.problem.field == name or (is_list and chosen.problem.field not in chosen.config.knobs())

    def _draw_dataset(self, chosen: Choices) -> None:
        st.selectbox(
            "Data",
            list(self._here),
            index=list(self._here).index(chosen.dataset) if chosen.dataset in self._here else None,
            format_func=lambda key: self._here[key].title,
            key=(key := self._widget("dataset")),
            help="The examples to learn from. Few: quick. Many: better, slower.",
            on_change=self._take_dataset,
            args=(key,),
            placeholder="Choose data",
        )
        if chosen.dataset in self._here:
            st.caption(words.origin(self._here[chosen.dataset]))
        else:
            st.error(words.plain(chosen.refusal), icon=":material/error:")

    def _draw_control(self, name: str, part: str, chosen: Choices) -> None:
        knob = chosen.config.knob(name)
        value, default = getattr(chosen.config, name), getattr(chosen.preset.config, name)
        if isinstance(knob, Blocks):
            self._layer_list(knob, name, part).draw(chosen.stages_of(name))
        else:
            draw_knob(
                knob,
                f"{knob.label} ●" if value != default else knob.label,
                value=value,
                default=default,
                key=(key := self._widget(name)),
                help=f"{knob.help} Default: {knob.say(default)}.",
                disabled=name in self._family.unused(chosen.config),
                on_change=self._take,
                args=(name, part, key),
            )
        if self._is_wrong(name, chosen):
            st.error(words.plain(str(chosen.problem)), icon=":material/error:")
        elif remark := self._remark(name, chosen):
            st.caption(f":material/info: {remark}")

    def _remark(self, name: str, chosen: Choices) -> str:
        return "" if chosen.problem is not None else chosen.config.remark(name, chosen.spec)

    def _layer_list(self, knob: Blocks, name: str, part: str) -> LayerList:
        def read() -> Sequence[Block]:
            return getattr(st.session_state[self._hidden("config")], name)

        def write(blocks: Sequence[Block]) -> None:
            self._set(name, tuple(blocks))

        return LayerList(f"{self._id}_{name}", knob, read, write, partial(self._changed, part))

    # What was moved; a message of widgets from before the last seeding is late, and says nothing

    def _take(self, name: str, part: str, key: str) -> None:
        if key == self._widget(name) and key in st.session_state:
            self._move(name, st.session_state[key])
        self._changed(part)

    def _take_preset(self, key: str) -> None:
        if key == self._widget("preset") and key in st.session_state:
            self._start_from(st.session_state[key])
        st.rerun()

    def take_preset(self, preset: str) -> None:
        """Start from a preset that a button offers; in a callback."""
        self._start_from(preset)
        self._renew("choices")
        st.rerun()

    def _start_from(self, preset_id: str) -> None:
        preset = find_preset(self._family, preset_id)
        st.session_state[self._hidden("notes")] = []
        st.session_state[self._hidden("lost_preset")] = False
        st.session_state[self._hidden("preset")] = preset.id
        self._seed(preset.config)
        self._give_data(preset)

    def _give_data(self, preset: Preset[Config]) -> None:
        """Choose the data that a preset is made for; other data only if it cannot learn from what is chosen."""
        held, wanted = st.session_state[self._hidden("dataset")], preset.dataset or DEFAULT_DATASET
        try:
            if held in self._here:
                preset.config.validate(self._here[held].spec)
            fits = preset.dataset in (None, held)  # data that is gone is not exchanged for other data
        except ConfigError:
            fits = False
        if not fits and wanted in self._here:
            self._hold(dataset=wanted)

    def _take_dataset(self, key: str) -> None:
        if key == self._widget("dataset") and key in st.session_state:
            st.session_state[self._hidden("dataset")] = st.session_state[key]
        st.rerun()

    # Where it is kept

    def _move(self, name: str, value: Any) -> None:
        """Hold a setting that was moved; another that gives way to it gets a new widget, and a word."""
        chosen = self.choices()
        moved = chosen.config.moved(name, value, chosen.spec)
        st.session_state[self._hidden("config")] = moved
        for other in moved.differences(chosen.config):
            if other != name:
                self._renew(other)
                st.toast(f"{moved.knob(other).label} is off now, so that {moved.knob(name).label.lower()} count.")

    def _set(self, name: str, value: Any) -> None:
        config = st.session_state[self._hidden("config")]
        st.session_state[self._hidden("config")] = replace(config, **{name: value})

    def _seed(self, config: Config) -> None:
        """Hold these settings, and let every setting's widget start from them."""
        st.session_state[self._hidden("config")] = config
        self._renew("settings")
        for name, knob in config.knobs().items():
            if isinstance(knob, Blocks):
                self._layer_list(knob, name, "").reset()

    def _hold(self, **chosen: str) -> None:
        """Hold this preset or data set, and let their widgets start from them."""
        for name, held in chosen.items():
            st.session_state[self._hidden(name)] = held
        self._renew("choices")

    def _renew(self, widgets: str) -> None:
        key = self._seedings(widgets)
        st.session_state[key] = st.session_state.get(key, 0) + 1

    def choices(self) -> Choices:
        """Return what is set, and what becomes of it."""
        state = st.session_state
        preset, dataset = find_preset(self._family, state[self._hidden("preset")]), state[self._hidden("dataset")]
        config, problem = state[self._hidden("config")], None
        data, refusal = self._data(dataset, preset)
        try:
            if data.program:  # else its shape is not known
                config.validate(data.spec)
        except ConfigError as error:
            problem = error
        networks = [drawn_network(network) for network in self._family.networks(config, data.spec)]
        return Choices(config, preset, data, problem, refusal, networks)

    def _data(self, dataset_id: str, preset: Preset[Config]) -> tuple[Dataset, str]:
        """Return the data that is chosen, and why nothing can be trained."""
        lost = "The link names a preset that is not here. Choose where to start from." if self._has_lost_preset else ""
        if dataset_id in self._here:
            return self._here[dataset_id], lost
        data, why = data_of(self._family, dataset_id, preset)
        return data, lost or why

    @property
    def _has_lost_preset(self) -> bool:
        return bool(st.session_state.get(self._hidden("lost_preset")))

    def remember(self, chosen: Choices) -> None:
        """Let the link say what is set, and remember what was impossible when the page was drawn."""
        st.session_state[self._hidden("problem")] = chosen.trouble
        self._write_link(self._link(chosen))

    def _link(self, chosen: Choices) -> dict[str, str]:
        view = self.views.shown
        is_default = view in (None, LIVE)  # a link of a run that is over by then shows its results
        own = {**to_query(chosen.config, chosen.preset), "dataset": chosen.dataset}
        return own if is_default else {**own, self.views.key: view}

    def _write_link(self, link: dict[str, str]) -> None:
        state, now, before = st.session_state, time.monotonic(), st.session_state.get(self._hidden("link"), link)
        left = {text: at for text, at in state.get(self._hidden("left"), {}).items() if now - at < LATE_S}
        state[self._hidden("left")] = left if before == link else {**left, _text(before): now}
        state[self._hidden("link")] = link
        present = dict(st.query_params)
        if self._own(present) != link:
            others = {name: text for name, text in present.items() if name not in self._own(present)}
            st.query_params.from_dict({**others, **link})

    def _own(self, query: dict[str, str]) -> dict[str, str]:
        foreign = {k for k in query if k == "run" or (k.startswith(f"{self._id}_") and k != self.views.key)}
        return {k: v for k, v in query.items() if k not in foreign}

    def _hidden(self, name: str) -> str:
        return f"_{self._id}_form_{name}"

    def _widget(self, name: str) -> str:
        """Return the key of a widget; a preset seeds the settings only, so the pill that was clicked stays."""
        widgets = "choices" if name in ("preset", "dataset") else "settings"
        number = st.session_state[self._seedings(widgets)] + st.session_state.get(self._seedings(name), 0)
        return f"{self._id}_{name}-{number}"

    def _seedings(self, widgets: str) -> str:
        return self._hidden(f"seedings_{widgets}")


def _text(link: dict[str, str]) -> str:
    return urlencode(sorted(link.items()))
