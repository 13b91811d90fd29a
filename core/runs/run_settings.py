"""The settings of a run, to show, to train again with changes, or to fill a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.config import Config, Preset
from core.families import Family, config_of, find_family
from core.store import Run


@dataclass(frozen=True)
class RunSettings:
    """The settings of a run.

    Args:
        family: Its model family.
        preset: The preset that the settings started from; the family's default if it no longer exists.
        config: The settings.
        dataset: Id of its data set.
    """

    family: Family
    preset: Preset[Any]
    config: Config
    dataset: str


def settings_of(run: Run, changes: Mapping[str, Any] | None = None, config: Config | None = None) -> RunSettings:
    """Return the settings of a run, with some changed.

    Args:
        run: A training run.
        changes: Settings with new values.
        config: The settings to change; by default, those that it began with.

    Raises:
        ConfigError: Another version wrote it, or a change is wrong or of no setting.
    """
    family = find_family(str(run.family))
    preset = family.presets.get(run.preset or "", family.presets[family.default_preset])
    config, changes = config or config_of(run), changes or {}
    for name in changes:
        config.field(name)
    return RunSettings(family, preset, replace(config, **changes), run.dataset)
