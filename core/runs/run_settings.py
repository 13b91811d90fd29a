"""The settings of a run, to look at, to train again with a change, or to fill a form with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.config import Config, Preset
from core.families import Family, config_of, find_family
from core.store import Run


@dataclass(frozen=True)
class RunSettings:
    """What a run is trained with.

    Args:
        family: Of its network.
        preset: What the settings were made from; the family's default if that is gone.
        config: The settings.
        dataset: Id of what it learns from.
    """

    family: Family
    preset: Preset[Any]
    config: Config
    dataset: str


def settings_of(run: Run, changes: Mapping[str, Any] | None = None) -> RunSettings:
    """Return what a run was trained with, some settings changed.

    Args:
        run: A training run.
        changes: Settings with new values.

    Raises:
        ConfigError: Another version wrote it, or a change is wrong.
    """
    family = find_family(str(run.family))
    preset = family.presets.get(run.preset or "", family.presets[family.default_preset])
    return RunSettings(family, preset, replace(config_of(run), **(changes or {})), run.dataset)
