"""Write settings into a link and read them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.config.config import C, Preset
from core.errors import ConfigError

VERSION = "3"  # of links
OLDER = ("2", "1")  # newest first; some presets had other settings then (`Preset.before`)


def to_query(config: C, preset: Preset[C]) -> dict[str, str]:
    """Return the link parameters that restore `config`: what differs from `preset`."""
    fields = {name: mine for name, (mine, _) in config.differences(preset.config).items()}
    return {"v": VERSION, "preset": preset.id, **fields}


IGNORED = "Ignored in the link: "


def from_query(query: Mapping[str, str], presets: Mapping[str, Preset[C]], default: str) -> tuple[C, str, list[str]]:
    """Read a link.

    Args:
        query: The link's parameters that concern the config.
        presets: The family's presets by id.
        default: Id of the preset to use when the link names none.

    Returns:
        The config, the id of its preset, and one sentence for each ignored part.
    """
    parts = dict(query)
    notes: list[str] = []
    version = parts.pop("v", VERSION)
    if version not in (VERSION, *OLDER):
        notes.append(f"The link is from version {version} of this form; settings that still exist were restored.")
    preset = parts.pop("preset", default)
    if preset not in presets:
        notes.append(f"There is no preset {preset!r}; the form starts from {default}.")
        preset = default
    config = presets[preset].config
    for older in OLDER[: OLDER.index(version) + 1] if version in OLDER else ():
        config = replace(config, **presets[preset].before.get(older, {}))
    for name, text in parts.items():
        try:
            config = config.changed([f"{name}={text}"])
        except ConfigError as error:
            notes.append(f"{IGNORED}{error}")
    return config, preset, notes
