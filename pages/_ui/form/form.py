"""The settings form of a family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.config import Blocks, Several
from core.errors import ConfigError
from core.families import Family
from core.families.family import Section
from core.layers.blocks import block_names
from core.runs.sharing.lesson import Lesson, Part
from core.steering.link import Wish
from core.store import Run
from pages._ui.components.drawing.drawing import drawing
from pages._ui.components.page.unfolding import unfolding
from pages._ui.form.choices import Choices
from pages._ui.form.link import FormLink
from pages._ui.form.state import FormState
from pages._ui.form.widgets import draw_widget, say_value
from pages._ui.shell import shell, words
from pages._ui.shell.views import studio_views
from pages._ui.studio.untrained import draw_preview

OPEN = "open"  # the part whose controls are always visible
DATA = "data"  # the section that also holds the choice of the data set


class Form:
    """The form of one family; its widgets' keys begin with the family's id.

    Each part is a fragment. Moving a control redraws its own part, and only those parts and followers whose content
    changes.

    `FormState` holds the settings, not the widgets.

    Args:
        family: The family.
        extra: Views of its page besides those of every family.
    """

    def __init__(self, family: Family, extra: Sequence[str] = ()) -> None:
        self._family, self._id = family, family.id
        self._sections = {section.id: section for section in family.sections}
        self.views = studio_views(family.id, extra)
        self._state = FormState(family)
        self._link = FormLink(self._state, self.views)
        self._followers: dict[str, Callable[[Choices], Any]] = {}

    def follow_link(self, run: Run | None) -> None:
        """Seed the widgets on a first visit, or when the browser has opened another link.

        Args:
            run: The run that the page shows; a link without settings takes the run's.
        """
        self._link.follow(run)
        self._state["drawn"] = {}

    @property
    def lesson(self) -> Lesson | None:
        """The lesson that the form is used in."""
        return self._state.lesson

    @property
    def wish(self) -> Wish | None:
        """Where the next run is to start; None for random weights."""
        return self._state.wish

    def wish_for(self, wish: Wish | None) -> None:
        """Let the next run start elsewhere; in a callback."""
        self._state["wish"] = wish
        st.rerun()

    def leave_lesson(self) -> None:
        """End the lesson, with the settings as they are; in a callback."""
        self._link.leave_lesson()
        st.rerun()

    def choices(self) -> Choices:
        """Return the settings and the networks they give."""
        return self._state.choices()

    def remember(self, chosen: Choices) -> None:
        """Write the settings to the link, and remember the error that the page shows."""
        self._state["problem"] = chosen.trouble
        self._link.write(chosen)

    def draw_presets(self) -> None:
        """Draw the choice of the preset."""
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
        """Draw a fragment that is redrawn when the settings change its content.

        Args:
            key: Streamlit's key of the fragment.
            draw: Draws it.
            said: Returns everything that its content depends on.
        """
        body = self.followed(key, draw, said)
        with st.container():  # keeps the fragment's place even if Streamlit drops its messages for a newer run of it
            st.fragment(body, key=key)()

    def followed(self, key: str, draw: Callable[..., None], said: Callable[[Choices], Any]) -> Callable[..., None]:
        """Return the body of a fragment that is redrawn when the settings change its content, for others to draw.

        Args:
            key: Streamlit's key of the fragment.
            draw: Draws it, given what the body is given, and the settings.
            said: Returns everything of the settings that its content depends on.
        """
        self._followers[key] = said

        def body(*given: Any) -> None:
            chosen = self.choices()
            fingerprint = hash(repr(said(chosen)))
            draw(*given, chosen)
            self._state["drawn"][key] = fingerprint  # last: an interrupted run must not count as drawn

        return body

    def draw(self) -> None:
        """Draw the rest of the form."""
        for note in self._state.get("notes", []):
            st.warning(words.plain(note), icon=":material/link_off:")
        chosen = self.choices()
        unused = self._family.unused(chosen.config, chosen.spec)
        sections = [
            key
            for key, section in self._sections.items()
            if self._shown(section.controls) and not set(section.controls) <= unused
        ]
        for part in (OPEN, *sections):
            key, draw = f"{self._id}_part_{part}", partial(self._draw_part, part)
            self.follow(key, draw, partial(self._said, part))

    def edited(self, blocks: str) -> str:
        """Return the name of the layer whose settings are open; "" if the list of layers is folded."""
        section = self._section_of(blocks)
        names = block_names(getattr(self._state["config"], blocks))
        if (
            not names
            or self._state.part(blocks) is not Part.FREE
            or not self._is_unfolded(section)
            or self._is_folded(section)
        ):
            return ""
        return names[self._state.layer_list(blocks, lambda: None).chosen]

    def choose_layer(self, blocks: str, name: str) -> None:
        """Open a layer's settings; in a callback.

        Args:
            blocks: The setting that lists the network's layers.
            name: Of the layer; one that the list does not hold, such as the last, has no settings.
        """
        names, section = block_names(getattr(self._state["config"], blocks)), self._section_of(blocks)
        if name in names and self._state.part(blocks) is Part.FREE:
            self._state.layer_list(blocks, lambda: None).choose(names.index(name))
            self._state[f"opened_{section}"] = self._opened(section) + 1
            self._fold(section, False)

    def _section_of(self, blocks: str) -> str:
        return next(section.id for section in self._sections.values() if blocks in section.controls)

    def _draw_part(self, part: str, chosen: Choices) -> None:
        if part == OPEN:
            if self.lesson is None:
                st.caption(chosen.preset.sentence)
            for name in self._shown(self._family.controls):
                self._draw_control(name, part, chosen)
        else:
            self._draw_section(self._sections[part], chosen)

    def _draw_section(self, section: Section, chosen: Choices) -> None:
        is_wrong = any(self._is_wrong(name, chosen) for name in section.controls)
        is_wrong |= section.id == DATA and chosen.dataset not in self._state.here
        icon = ":material/error: " if is_wrong else ""
        summary = self._summary(section, chosen) if self.lesson is None else ""  # it may tell what is hidden
        label = f"{icon}**{section.title}** :gray[{summary}]" if summary else f"{icon}**{section.title}**"
        with st.expander(label, key=f"{self._id}_section_{section.id}"):
            is_drawn, has_lists = self._is_unfolded(section.id), bool(self._lists(section))
            if is_drawn:
                self._draw_inside(section, chosen)
            if has_lists or not is_drawn:  # whose layers are marked while it is unfolded
                unfolding(
                    partial(self._fold, section.id, False),
                    partial(self._fold, section.id, True),
                    key=f"{self._id}_unfolding_{section.id}",
                    is_drawn=is_drawn,
                    is_folded=self._is_folded(section.id),
                    opened=self._opened(section.id),
                )

    def _shown(self, names: Sequence[str]) -> list[str]:
        """Return those controls that a lesson does not hide."""
        return [name for name in names if self._state.part(name) is not Part.HIDDEN]

    def _is_unfolded(self, part: str) -> bool:
        return bool(self._state.get(f"unfolded_{part}"))

    def _is_folded(self, part: str) -> bool:
        """Return whether a part was folded again after it was unfolded."""
        return bool(self._state.get(f"folded_{part}"))

    def _opened(self, part: str) -> int:
        return int(self._state.get(f"opened_{part}", 0))

    def _fold(self, part: str, is_folded: bool) -> None:
        self._state[f"unfolded_{part}"], self._state[f"folded_{part}"] = True, is_folded
        self._changed(part)

    def _draw_inside(self, section: Section, chosen: Choices) -> None:
        if section.id == DATA and self.lesson is None:
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
        """Return the rows of a section's controls: one for each list of layers, the others in pairs."""
        shown = self._shown(section.controls)
        lists = [name for name in self._lists(section) if name in shown]
        others = [name for name in shown if name not in lists]
        return [*((name,) for name in lists), *(tuple(others[i : i + 2]) for i in range(0, len(others), 2))]

    def _lists(self, section: Section) -> list[str]:
        return [name for name in section.controls if isinstance(self._family.config_type.field(name), Blocks)]

    def _summary(self, section: Section, chosen: Choices) -> str:
        summary = section.summary(chosen.config)
        return f"{words.plain(chosen.data.title)}, {summary}" if section.id == DATA else summary

    def _said(self, part: str, chosen: Choices) -> Any:
        """Return the content of a part that may depend on other parts."""
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
        """Redraw the parts that a moved control changes; the whole page if the error changes."""
        chosen, drawn = self.choices(), self._state["drawn"]
        if chosen.trouble != self._state["problem"]:
            st.rerun()
        others = [key for key, said in self._followers.items() if drawn.get(key) != hash(repr(said(chosen)))]
        st.rerun(list(dict.fromkeys([f"{self._id}_part_{part}", *others])))

    def _is_wrong(self, name: str, chosen: Choices) -> bool:
        """Return whether the problem names this setting or one of its layers."""
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
            help="The examples to learn from. Fewer train faster; more give better results.",
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
        if self._state.part(name) is Part.FIXED:
            st.markdown(f":material/lock: {field.label}: **{words.plain(say_value(field, value))}**", help=field.help)
        elif isinstance(field, Blocks):
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

    # Callbacks; they ignore late messages of widgets from before the last seeding

    def _take(self, name: str, part: str, key: str) -> None:
        if key == self._state.widget(name) and key in st.session_state:
            try:
                value, field = st.session_state[key], self._family.config_type.field(name)
                self._state.move(name, field.join(value) if isinstance(field, Several) else value)
            except ConfigError as error:  # a text that is no such setting
                self._state.renew(name)
                st.toast(shell.told(error), icon=":material/error:")
        self._changed(part)

    def _take_preset(self, key: str) -> None:
        if key == self._state.widget("preset") and key in st.session_state:
            self._state.start_from(st.session_state[key])
        st.rerun()

    def take_preset(self, preset: str) -> None:
        """Start from a preset that a button offers; call it in a callback."""
        self._state.start_from(preset)
        self._state.renew("choices")
        st.rerun()

    def take_dataset(self, dataset: str) -> None:
        """Choose data that was made for these settings."""
        self._state.hold(dataset=dataset)
        st.rerun()

    def _take_dataset(self, key: str) -> None:
        if key == self._state.widget("dataset") and key in st.session_state:
            self._state["dataset"] = st.session_state[key]
        st.rerun()
