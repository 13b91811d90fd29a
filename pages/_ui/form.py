"""A family's settings as widgets, and the part of the link that restores them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.config import Blocks, Config, Preset, from_query, to_query
from core.datasets import DATASETS, DEFAULT_DATASET, DataSpec, find_dataset, usable
from core.errors import ConfigError
from core.families import Family, find_preset
from core.families.family import Section
from core.figures.strip import Stage, stages
from core.store import Run
from pages._ui import shell, words
from pages._ui.components.drawing import drawing
from pages._ui.knobs import draw_knob
from pages._ui.layer_list import LayerList
from pages._ui.untrained import draw_preview

LATE_S = 2.0  # so long the browser may take to hear of a link that we wrote
VIEWS = LIVE, RESULTS, CODE = "Live", "Results", "Code"
OPEN = "open"  # the part with the controls that are not folded
DATA = "data"  # the section that also holds the choice of the data set


@dataclass(frozen=True)
class Choices:
    """What the form holds, and what becomes of it.

    Args:
        config, preset, dataset: What is set.
        problem: What is impossible about it, if anything.
        stages: What becomes of each layer.
    """

    config: Config
    preset: Preset[Config]
    dataset: str
    problem: ConfigError | None
    stages: Sequence[Stage]

    @property
    def spec(self) -> DataSpec:
        """The shape of the data."""
        return find_dataset(self.dataset).spec


class Form:
    """The form of one family; its widgets' keys begin with the family's id.

    It is drawn in parts, each a fragment: a control that is moved draws its own part anew, and those parts and
    followers that would now say something else; not the whole page.

    Args:
        family: Whose settings.
    """

    def __init__(self, family: Family) -> None:
        self._family, self._id = family, family.id
        self._here = usable(shell.store().settings)
        self._sections = {section.id: section for section in family.sections}
        self._followers: dict[str, Callable[[Choices], Any]] = {}

    @property
    def view_key(self) -> str:
        """Where the link and this visit keep what is looked at."""
        return f"{self._id}_view"

    def follow_link(self, run: Run | None) -> None:
        """Seed the widgets if this is a first visit, or the link has changed under us.

        Args:
            run: The run that the page shows; a link with nothing else takes its settings.
        """
        state, link = st.session_state, self._own(dict(st.query_params))
        known = state.get(self._key("link", hidden=True))
        before = state.get(self._key("run", hidden=True))
        state[self._key("run", hidden=True)] = run and run.id
        view = {key: text for key, text in link.items() if key == self.view_key}
        is_opened = run and run.id != before and link == view  # it says nothing of settings
        opened = {**_link_of(self._family, run), **view} if run and is_opened else None
        if self._key("preset") not in state:
            self._take_link(opened or link or known or {})
        elif opened or (link and self._was_followed(link)):
            self._take_link(opened or link)
        else:
            self._put_back()
        if state[self._key("dataset")] not in self._here:  # its file has gone
            state[self._key("dataset")], state[self._key("seeded", hidden=True)] = DEFAULT_DATASET, True
        state[self._key("drawn", hidden=True)] = {}
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
        dataset, view = fields.pop("dataset", DEFAULT_DATASET), fields.pop(self.view_key, None)
        state[self.view_key] = view if view in VIEWS else None
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
            words = repr(said(chosen))
            draw(chosen)
            st.session_state[self._key("drawn", hidden=True)][key] = words  # not if this run is cut short before

        st.fragment(body, key=key)()

    def draw(self) -> None:
        """Draw the rest of the form."""
        for note in st.session_state.get(self._key("notes", hidden=True), []):
            st.warning(words.plain(note), icon=":material/link_off:")
        for part in (OPEN, *self._sections):
            key, draw = self._key(f"part_{part}"), partial(self._draw_part, part)
            self.follow(key, draw, partial(self._said, part))
        self._is_seeded = False  # a part that is drawn anew says what it holds

    def _draw_part(self, part: str, chosen: Choices) -> None:
        if part == OPEN:
            st.caption(chosen.preset.sentence)
            for name in self._family.controls:
                self._draw_control(name, part, chosen)
        else:
            self._draw_section(self._sections[part], chosen)

    def _draw_section(self, section: Section, chosen: Choices) -> None:
        icon = ":material/error: " if any(self._is_wrong(name, chosen) for name in section.controls) else ""
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
            if section.preview is not None:
                draw_preview(self._family, section.preview, chosen.config, chosen.dataset)

    def _rows(self, section: Section) -> list[tuple[str, ...]]:
        """Return the controls of a section: a list takes a row, the others come two by two."""
        lists = [n for n in section.controls if isinstance(self._family.config_type.knob(n), Blocks)]
        others = [name for name in section.controls if name not in lists]
        return [*((name,) for name in lists), *(tuple(others[i : i + 2]) for i in range(0, len(others), 2))]

    def _summary(self, section: Section, chosen: Choices) -> str:
        summary = section.summary(chosen.config)
        return f"{words.plain(find_dataset(chosen.dataset).title)}, {summary}" if section.id == DATA else summary

    def _said(self, part: str, chosen: Choices) -> Any:
        """Return all that a part says that may depend on other parts."""
        if part == OPEN:
            return chosen.preset.id
        section = self._sections[part]
        unused = sorted(self._family.unused(chosen.config) & set(section.controls))
        drawn = section.drawing(chosen.config, chosen.spec) if section.drawing else ""
        has_layers = any(isinstance(chosen.config.knob(name), Blocks) for name in section.controls)
        return self._summary(section, chosen), unused, drawn, chosen.stages if has_layers else ""

    def _changed(self, part: str) -> None:
        """Draw anew what a moved control of this part changes; everything if that became possible or impossible."""
        self._put_back()
        chosen, drawn = self.choices(), st.session_state[self._key("drawn", hidden=True)]
        if str(chosen.problem) != st.session_state[self._key("problem", hidden=True)]:
            st.rerun()
        others = [key for key, said in self._followers.items() if drawn.get(key) != repr(said(chosen))]
        st.rerun(list(dict.fromkeys([self._key(f"part_{part}"), *others])))

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
            format_func=lambda key: self._here[key].title,
            **self._start("dataset", "index", list(self._here).index(chosen.dataset)),
            help="The images to learn from. Few: quick. Many: better, slower.",
            on_change=st.rerun,
        )
        dataset = self._here[chosen.dataset]
        st.caption(f"{dataset.split} Source: {dataset.source}; {dataset.licence}.")

    def _draw_control(self, name: str, part: str, chosen: Choices) -> None:
        knob = chosen.config.knob(name)
        value, default = getattr(chosen.config, name), getattr(chosen.preset.config, name)
        if isinstance(knob, Blocks):
            LayerList(self._id, knob, name, partial(self._changed, part)).draw(chosen.stages)
        else:
            draw_knob(
                knob,
                f"{knob.label} ●" if value != default else knob.label,
                value=value,
                default=default,
                start=partial(self._start, name),
                help=f"{knob.help} Default: {knob.say(default)}.",
                disabled=name in self._family.unused(chosen.config),
                on_change=self._changed,
                args=(part,),
            )
        if self._is_wrong(name, chosen):
            st.error(words.plain(str(chosen.problem)), icon=":material/error:")

    def _start(self, name: str, parameter: str, value: Any) -> dict[str, Any]:
        """Return a widget's key and what it starts from.

        In the run that seeds it Streamlit tells the browser by itself, and wants no second word. If that
        run is cut short the browser may never hear of it, so later ones say what the widget holds; or
        else it would start from its lowest value.
        """
        key = self._key(name)
        return {"key": key} if self._is_seeded else {"key": key, parameter: value}

    def _put_back(self) -> None:
        """Put back what a late message has undone: the browser may send what it held before the last seeding."""
        state = st.session_state
        at, undone = state.get(self._key("seeding", hidden=True), (-LATE_S, {}))
        if time.monotonic() - at > LATE_S:
            return
        for name, (old, seeded) in undone.items():
            if state[self._key(name)] == old:
                state[self._key(name)] = seeded

    def _take_preset(self) -> None:
        preset = find_preset(self._family, st.session_state[self._key("preset")])
        st.session_state[self._key("notes", hidden=True)] = []
        self._seed(preset.config, preset.id)
        st.rerun()

    def _seed(self, config: Config, preset: str) -> None:
        state = st.session_state
        old = {name: state[self._key(name)] for name in config.knobs() if self._key(name) in state}
        undone = {name: (value, getattr(config, name)) for name, value in old.items() if value != getattr(config, name)}
        state[self._key("seeding", hidden=True)] = (time.monotonic(), undone)
        state[self._key("seeded", hidden=True)] = True
        state[self._key("preset")] = preset
        for name, knob in config.knobs().items():
            state[self._key(name)] = getattr(config, name)
            if isinstance(knob, Blocks):
                LayerList(self._id, knob, name, lambda: None).reset()

    def choices(self) -> Choices:
        """Return what is set, and what becomes of it."""
        state = st.session_state
        preset, dataset = find_preset(self._family, state[self._key("preset")]), state[self._key("dataset")]
        config = replace(preset.config, **{name: state[self._key(name)] for name in preset.config.knobs()})
        spec, problem = find_dataset(dataset).spec, None
        try:
            config.validate(spec)
        except ConfigError as error:
            problem = error
        return Choices(config, preset, dataset, problem, stages(self._family.layers(config, spec), spec.input_shape))

    def remember(self, chosen: Choices) -> None:
        """Let the link say what is set, and remember what was impossible when the page was drawn."""
        st.session_state[self._key("problem", hidden=True)] = str(chosen.problem)
        self._write_link(self._link(chosen))

    def _link(self, chosen: Choices) -> dict[str, str]:
        view = st.session_state.get(self.view_key)
        is_default = view in (None, LIVE)  # a link of a run that is over by then shows its results
        own = {**to_query(chosen.config, chosen.preset), "dataset": chosen.dataset}
        return own if is_default else {**own, self.view_key: view}

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
        foreign = {k for k in query if k == "run" or (k.startswith(f"{self._id}_") and k != self.view_key)}
        return {k: v for k, v in query.items() if k not in foreign}

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
