"""A family's settings as widgets, and the part of the link that restores them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.config import Bounded, Choice, Config, Preset, from_query, to_query
from core.datasets import DATASETS, DEFAULT_DATASET, usable
from core.errors import ConfigError
from core.families import Family, find_preset
from core.store import Run
from pages._ui import shell, words

LATE_S = 2.0  # so long the browser may take to hear of a link that we wrote
_SLIDER_MOST = 200  # a longer range is typed, not slid


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
        if known is None or link == known or self._link(self._choices()) != known:
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
        st.segmented_control(
            "Start from",
            list(presets),
            format_func=lambda key: presets[key].title,
            **self._start("preset", "default"),
            required=True,
            on_change=self._take_preset,
        )

    def draw(self) -> Choices:
        """Draw the rest of the form, write the link, and return what is set."""
        for note in st.session_state.get(self._key("notes", hidden=True), []):
            st.warning(words.plain(note), icon=":material/link_off:")
        preset = find_preset(self._family, st.session_state[self._key("preset")])
        st.caption(preset.sentence)
        self._draw_dataset()
        names = self._family.controls
        for name in names[: self._family.open_controls]:
            self._draw_control(name, preset)
        with st.expander(self._folded_title(names[self._family.open_controls :])):
            for name in names[self._family.open_controls :]:
                self._draw_control(name, preset)
        chosen = self._choices()
        self._write_link(self._link(chosen))
        return chosen

    def _draw_dataset(self) -> None:
        st.selectbox(
            "Data",
            list(self._here),
            format_func=lambda key: self._here[key].title,
            **self._start("dataset", "index", list(self._here)),
            help="The images to learn from. Few: quick. Many: better, slower.",
        )
        dataset = self._here[st.session_state[self._key("dataset")]]
        st.caption(f"{dataset.split} Source: {dataset.source}; {dataset.licence}.")

    def _draw_control(self, name: str, preset: Preset[Config]) -> None:
        knob, key = self._family.config_type.knob(name), self._key(name)
        default = getattr(preset.config, name)
        changed = st.session_state[key] != default
        label = f"{knob.label} (● preset: {knob.format(default)})" if changed else knob.label
        if isinstance(knob, Choice):
            st.selectbox(label, knob.options, help=knob.help, **self._start(name, "index", knob.options))
        elif isinstance(knob, Bounded) and knob.scale == "log":
            options = sorted({*_grid(knob), st.session_state[key], default})
            st.select_slider(label, options, format_func=knob.format, help=knob.help, **self._start(name, "value"))
        elif isinstance(knob, Bounded):
            low, high = (int(knob.low), int(knob.high)) if knob.whole else (knob.low, knob.high)
            slim = knob.high - knob.low <= _SLIDER_MOST
            draw = st.slider if slim else st.number_input
            step = 1 if knob.whole else knob.step
            draw(label, min_value=low, max_value=high, step=step, help=knob.help, **self._start(name, "value"))

    def _start(self, name: str, parameter: str, options: Sequence[str] | None = None) -> dict[str, Any]:
        """Return a widget's key and what it starts from.

        In the run that seeds it Streamlit tells the browser by itself, and wants no second word. If that
        run is cut short the browser may never hear of it, so later ones say what the widget holds; or
        else it would start from its lowest value.
        """
        key = self._key(name)
        if self._is_seeded:
            return {"key": key}
        value = st.session_state[key]
        return {"key": key, parameter: options.index(value) if options is not None else value}

    def _folded_title(self, names: tuple[str, ...]) -> str:
        knobs = self._family.config_type.knobs()
        parts = [f"{knobs[n].label.lower()} {knobs[n].format(st.session_state[self._key(n)])}" for n in names]
        return "More: " + ", ".join(parts)

    def _take_preset(self) -> None:
        preset = find_preset(self._family, st.session_state[self._key("preset")])
        st.session_state[self._key("notes", hidden=True)] = []
        self._seed(preset.config, preset.id)

    def _seed(self, config: Config, preset: str) -> None:
        state = st.session_state
        state[self._key("seeded", hidden=True)] = True
        state[self._key("preset")] = preset
        for name in self._family.controls:
            state[self._key(name)] = getattr(config, name)
        hidden = [name for name in config.knobs() if name not in self._family.controls]
        state[self._key("rest", hidden=True)] = {n: config.knob(n).format(getattr(config, n)) for n in hidden}

    def _choices(self) -> Choices:
        preset = find_preset(self._family, st.session_state[self._key("preset")])
        return Choices(self._config(preset), preset, st.session_state[self._key("dataset")])

    def _config(self, preset: Preset[Config]) -> Config:
        state = st.session_state
        texts = dict(state[self._key("rest", hidden=True)])
        for name in self._family.controls:
            texts[name] = preset.config.knob(name).format(state[self._key(name)])
        return preset.config.changed([f"{name}={text}" for name, text in texts.items()])

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


def _grid(knob: Bounded) -> list[Any]:
    """Return the stops of a logarithmic slider: powers of two, or 1-2-5 a decade."""
    if knob.whole:
        first, last = math.ceil(math.log2(knob.low)), math.floor(math.log2(knob.high))
        return [2**power for power in range(first, last + 1)]
    decades = range(math.floor(math.log10(knob.low)), math.ceil(math.log10(knob.high)) + 1)
    stops = [float(f"{digit}e{decade}") for decade in decades for digit in (1, 2, 5)]
    return [stop for stop in stops if knob.low <= stop <= knob.high]
