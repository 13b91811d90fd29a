"""The settings in a family's form, kept apart from its widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.config import Block, Blocks, Config, Preset
from core.datasets import DEFAULT_DATASET, Dataset, usable
from core.errors import ConfigError
from core.families import Family, find_preset
from core.runs.sharing.lesson import Lesson, Part
from core.steering.link import Wish
from pages._ui.form.choices import Choices, data_of, networks_of, problem_of
from pages._ui.form.layer_editor import LayerList
from pages._ui.form.reuse_settings import set_source
from pages._ui.shell import owner, shell


class FormState:
    """The settings, the preset and the data that a form holds during a visit.

    A widget's key ends in a seeding number: a link or preset that seeds the form makes new widgets, and late messages
    of the old ones are ignored.

    Args:
        family: The family.
    """

    def __init__(self, family: Family) -> None:
        self.family, self.id = family, family.id
        known = usable(shell.store().settings, owner.actor())
        self.here = {key: dataset for key, dataset in known.items() if family.takes(dataset.spec)}

    # Session state, by name

    def __contains__(self, name: str) -> bool:
        return self._place(name) in st.session_state

    def __getitem__(self, name: str) -> Any:
        return st.session_state[self._place(name)]

    def __setitem__(self, name: str, value: Any) -> None:
        st.session_state[self._place(name)] = value

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value stored under a name, or `default`."""
        return st.session_state.get(self._place(name), default)

    def _place(self, name: str) -> str:
        return f"_{self.id}_form_{name}"

    def widget(self, name: str) -> str:
        """Return the key of a widget; a preset renews the settings' widgets only, so the clicked pill stays."""
        widgets = "choices" if name in ("preset", "dataset") else "settings"
        return f"{self.id}_{name}-{self[_seedings(widgets)] + self.get(_seedings(name), 0)}"

    # Read

    def choices(self) -> Choices:
        """Return the settings and the networks they give."""
        preset, dataset = find_preset(self.family, self["preset"]), self["dataset"]
        config: Config = self["config"]
        data, refusal = self._data(dataset, preset)
        problem = problem_of(config, data.spec) if data.program else None  # without a program its shape is unknown
        return Choices(config, preset, data, problem, refusal, networks_of(self.id, config, data.spec))

    def _data(self, dataset_id: str, preset: Preset[Config]) -> tuple[Dataset, str]:
        """Return the chosen data, and why it cannot be trained on."""
        lost = "The link names an unknown preset. Choose one under Start from." if self.has_lost_preset else ""
        if dataset_id in self.here:
            return self.here[dataset_id], lost
        data, why = data_of(self.family, dataset_id, preset)
        return data, lost or why

    @property
    def has_lost_preset(self) -> bool:
        """Whether the link names an unknown preset."""
        return bool(self.get("lost_preset"))

    @property
    def lesson(self) -> Lesson | None:
        """The lesson that the form is used in."""
        found: Lesson | None = self.get("lesson")
        return found

    @property
    def wish(self) -> Wish | None:
        """Where the next run is to start; None for random weights, and in a lesson."""
        found: Wish | None = self.get("wish") if self.lesson is None else None
        return found

    def part(self, name: str) -> Part:
        """Return what may be done with a control."""
        return Part.FREE if self.lesson is None else self.lesson.part(name)

    # Change

    def take(
        self,
        config: Config,
        preset_id: str,
        dataset_id: str,
        notes: Sequence[str] = (),
        *,
        is_lost: bool = False,
    ) -> None:
        """Take the settings of a run or a link.

        Args:
            config: The settings.
            preset_id: The preset that they started from.
            dataset_id: The data to learn from.
            notes: Sentences about the parts that could not be read.
            is_lost: Whether the link names an unknown preset.
        """
        self["notes"], self["lost_preset"] = list(notes), is_lost
        self.hold(preset=preset_id, dataset=dataset_id if self.lesson is None else self.lesson.dataset)
        self.seed(config)

    def start_from(self, preset_id: str) -> None:
        """Take the settings of a preset, and data that it can learn from."""
        preset = find_preset(self.family, preset_id)
        set_source(self.id, None)
        self["notes"], self["lost_preset"], self["preset"], self["wish"] = [], False, preset.id, None
        self.seed(preset.config)
        self._give_data(preset)

    def _give_data(self, preset: Preset[Config]) -> None:
        """Keep the chosen data if the preset suits it; else choose the preset's data."""
        held, wanted = self["dataset"], preset.dataset or DEFAULT_DATASET
        try:
            if held in self.here:
                preset.config.validate(self.here[held].spec)
            fits = preset.dataset in (None, held)  # never replaces deleted data by other data
        except ConfigError:
            fits = False
        if not fits and wanted in self.here:
            self.hold(dataset=wanted)

    def move(self, name: str, value: Any) -> None:
        """Take a moved setting; renew the widgets of settings that it switches off, with a message."""
        chosen = self.choices()
        moved = chosen.config.moved(name, value, chosen.spec)
        if self.lesson is not None:
            moved = self.lesson.hold(moved)
        self["config"] = moved
        for other in moved.differences(chosen.config):
            if other != name:
                self.renew(other)
                st.toast(
                    f"{moved.field(other).label} is now off, so that {moved.field(name).label.lower()} can take effect."
                )

    def seed(self, config: Config) -> None:
        """Take these settings, as far as a lesson leaves them free, and renew the widgets of all settings."""
        self["config"] = config if self.lesson is None else self.lesson.hold(config)
        self.renew("settings")
        for name, field in config.fields().items():
            if isinstance(field, Blocks):
                self.layer_list(name, lambda: None).reset()

    def hold(self, **chosen: str) -> None:
        """Take this preset or data set, and renew their widgets."""
        for name, held in chosen.items():
            self[name] = held
        self.renew("choices")

    def renew(self, widgets: str) -> None:
        """Make new widgets for one setting, for all settings, or for both choices."""
        self[_seedings(widgets)] = self.get(_seedings(widgets), 0) + 1

    def layer_list(self, name: str, changed: Callable[[], None]) -> LayerList:
        """Return the editor of a setting that is a list of layers.

        Args:
            name: The setting.
            changed: Called after each change.
        """

        def read() -> Sequence[Block]:
            return getattr(self["config"], name)

        def write(blocks: Sequence[Block]) -> None:
            self["config"] = replace(self["config"], **{name: tuple(blocks)})

        return LayerList(f"{self.id}_{name}", self["config"].field(name), read, write, changed)


def _seedings(widgets: str) -> str:
    return f"seedings_{widgets}"
