"""A family's settings as widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.config import Blocks
from core.families import Family
from core.families.family import Section
from core.layers.blocks import block_names
from core.store import Run
from pages._ui.components.drawing.drawing import drawing
from pages._ui.components.page.unfolding import unfolding
from pages._ui.form.choices import Choices
from pages._ui.form.link import FormLink
from pages._ui.form.state import FormState
from pages._ui.form.widgets import draw_widget
from pages._ui.shell import shell, words
from pages._ui.shell.views import studio_views
from pages._ui.studio.untrained import draw_preview

OPEN = "open"  # the part with the controls that are not folded
DATA = "data"  # the section that also holds the choice of the data set


class Form:
    """The form of one family; its widgets' keys begin with the family's id.

    It is drawn in parts, each a fragment: a control that is moved draws its own part anew, and those parts and
    followers that would now say something else; not the whole page.

    What is set is kept in its state, not in the widgets.

    Args:
        family: Whose settings.
        extra: Views that its page has besides those of every family.
    """

    def __init__(self, family: Family, extra: Sequence[str] = ()) -> None:
        self._family, self._id = family, family.id
        self._sections = {section.id: section for section in family.sections}
        self.views = studio_views(family.id, extra)
        self._state = FormState(family)
        self._link = FormLink(self._state, self.views)
        self._followers: dict[str, Callable[[Choices], Any]] = {}

    def follow_link(self, run: Run | None) -> None:
        """Seed the widgets if this is a first visit, or the link has changed under us.

        Args:
            run: The run that the page shows; a link with nothing else takes its settings.
        """
        self._link.follow(run)
        self._state["drawn"] = {}

    def choices(self) -> Choices:
        """Return what is set, and what becomes of it."""
        return self._state.choices()

    def remember(self, chosen: Choices) -> None:
        """Let the link say what is set, and remember what was impossible when the page was drawn."""
        self._state["problem"] = chosen.trouble
        self._link.write(chosen)

    def draw_presets(self) -> None:
        """Draw the choice of where to start from."""
        presets = self._family.presets
        st.pills(
            "Start from",
            list(presets),
            default=None if self._state.has_lost_preset else self._state["preset"],
            format_func=lambda key: presets[key].title,
            key=(key := self._state.widget("preset")),
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
            self._state["drawn"][key] = words  # not if this run is cut short before

        st.fragment(body, key=key)()

    def draw(self) -> None:
        """Draw the rest of the form."""
        for note in self._state.get("notes", []):
            st.warning(words.plain(note), icon=":material/link_off:")
        for part in (OPEN, *self._sections):
            key, draw = f"{self._id}_part_{part}", partial(self._draw_part, part)
            self.follow(key, draw, partial(self._said, part))

    def edited(self, blocks: str) -> str:
        """Return the name of the layer whose settings are open; "" if the list of layers is folded."""
        section = self._section_of(blocks)
        names = block_names(getattr(self._state["config"], blocks))
        if not names or not self._is_unfolded(section):
            return ""
        return names[self._state.layer_list(blocks, lambda: None).chosen]

    def choose_layer(self, blocks: str, name: str) -> None:
        """Open a layer's settings; in a callback.

        Args:
            blocks: The setting that lists the network's layers.
            name: Of the layer; one that the list does not hold, such as the last, has no settings.
        """
        names, section = block_names(getattr(self._state["config"], blocks)), self._section_of(blocks)
        if name in names:
            self._state.layer_list(blocks, lambda: None).choose(names.index(name))
            self._state[f"unfolded_{section}"] = self._state[f"opened_{section}"] = True
            self._changed(section)

    def _section_of(self, blocks: str) -> str:
        return next(section.id for section in self._sections.values() if blocks in section.controls)

    def _draw_part(self, part: str, chosen: Choices) -> None:
        if part == OPEN:
            st.caption(chosen.preset.sentence)
            for name in self._family.controls:
                self._draw_control(name, part, chosen)
        else:
            self._draw_section(self._sections[part], chosen)

    def _draw_section(self, section: Section, chosen: Choices) -> None:
        is_wrong = any(self._is_wrong(name, chosen) for name in section.controls)
        is_wrong |= section.id == DATA and chosen.dataset not in self._state.here
        icon = ":material/error: " if is_wrong else ""
        label = f"{icon}**{section.title}** :gray[{self._summary(section, chosen)}]"
        is_opened = bool(self._state.get(f"opened_{section.id}"))
        with st.expander(label, expanded=is_opened, key=f"{self._id}_section_{section.id}"):
            if self._is_unfolded(section.id):
                self._draw_inside(section, chosen)
            else:
                unfolding(partial(self._unfold, section.id), key=f"{self._id}_unfolding_{section.id}")

    def _is_unfolded(self, part: str) -> bool:
        return bool(self._state.get(f"unfolded_{part}"))

    def _unfold(self, part: str) -> None:
        self._state[f"unfolded_{part}"] = True
        self._changed(part)

    def _draw_inside(self, section: Section, chosen: Choices) -> None:
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
        lists = [n for n in section.controls if isinstance(self._family.config_type.field(n), Blocks)]
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
        unused = sorted(self._family.unused(chosen.config, chosen.spec) & set(section.controls))
        drawn = section.drawing(chosen.config, chosen.spec) if section.drawing else ""
        has_layers = any(isinstance(chosen.config.field(name), Blocks) for name in section.controls)
        shown = section.preview.key(chosen.config) if section.preview else ""
        networks = chosen.networks if has_layers else ""
        return self._is_unfolded(part), self._summary(section, chosen), unused, remarks, drawn, shown, networks

    def _changed(self, part: str) -> None:
        """Draw anew what a moved control of this part changes; everything if that became possible or impossible."""
        chosen, drawn = self.choices(), self._state["drawn"]
        if chosen.trouble != self._state["problem"]:
            st.rerun()
        others = [key for key, said in self._followers.items() if drawn.get(key) != hash(repr(said(chosen)))]
        st.rerun(list(dict.fromkeys([f"{self._id}_part_{part}", *others])))

    def _is_wrong(self, name: str, chosen: Choices) -> bool:
        """Return whether the problem stands at this control: it is named, or one of its layers is."""
        if chosen.problem is None:
            return False
        is_list = isinstance(chosen.config.field(name), Blocks)
        return chosen.problem.field == name or (is_list and chosen.problem.field not in chosen.config.fields())

    def _draw_dataset(self, chosen: Choices) -> None:
        st.selectbox(
            "Data",
            list(self._state.here),
            index=list(self._state.here).index(chosen.dataset) if chosen.dataset in self._state.here else None,
            format_func=lambda key: self._state.here[key].title,
            key=(key := self._state.widget("dataset")),
            help="The examples to learn from. Few: quick. Many: better, slower.",
            on_change=self._take_dataset,
            args=(key,),
            placeholder="Choose data",
        )
        if chosen.dataset in self._state.here:
            st.caption(words.origin(self._state.here[chosen.dataset]))
        else:
            st.error(shell.told(chosen.refusal), icon=":material/error:")

    def _draw_control(self, name: str, part: str, chosen: Choices) -> None:
        field = chosen.config.field(name)
        value, default = getattr(chosen.config, name), getattr(chosen.preset.config, name)
        if isinstance(field, Blocks):
            self._state.layer_list(name, partial(self._changed, part)).draw(chosen.stages_of(name))
        else:
            draw_widget(
                field,
                f"{field.label} ●" if value != default else field.label,
                value=value,
                default=default,
                key=(key := self._state.widget(name)),
                help=f"{field.help} Default: {field.say(default)}.",
                disabled=name in self._family.unused(chosen.config, chosen.spec),
                on_change=self._take,
                args=(name, part, key),
            )
        if self._is_wrong(name, chosen):
            st.error(shell.told(chosen.problem), icon=":material/error:")
        elif remark := self._remark(name, chosen):
            st.caption(f":material/info: {remark}")

    def _remark(self, name: str, chosen: Choices) -> str:
        return "" if chosen.problem is not None else chosen.config.remark(name, chosen.spec)

    # What was moved; a message of widgets from before the last seeding is late, and says nothing

    def _take(self, name: str, part: str, key: str) -> None:
        if key == self._state.widget(name) and key in st.session_state:
            self._state.move(name, st.session_state[key])
        self._changed(part)

    def _take_preset(self, key: str) -> None:
        if key == self._state.widget("preset") and key in st.session_state:
            self._state.start_from(st.session_state[key])
        st.rerun()

    def take_preset(self, preset: str) -> None:
        """Start from a preset that a button offers; in a callback."""
        self._state.start_from(preset)
        self._state.renew("choices")
        st.rerun()

    def _take_dataset(self, key: str) -> None:
        if key == self._state.widget("dataset") and key in st.session_state:
            self._state["dataset"] = st.session_state[key]
        st.rerun()
