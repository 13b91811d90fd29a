"""Write settings into a link and read them back."""

from __future__ import annotations

from collections.abc import Mapping

from core.config.config import C, Preset
from core.errors import ConfigError


def to_query(config: C, preset: Preset[C]) -> dict[str, str]:
    """Return the link parameters that restore `config`: what differs from `preset`."""
    fields = {name: mine for name, (mine, _) in config.differences(preset.config).items()}
    return {"v": str(config.schema), "preset": preset.id, **fields}


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
    config_type = type(presets[default].config)
    version = parts.pop("v", str(config_type.schema))
    if version != str(config_type.schema):
        notes.append(f"The link is from version {version} of this form; settings that still exist were restored.")
    preset = parts.pop("preset", default)
    if preset not in presets:
        notes.append(f"There is no preset {preset!r}; the form starts from {default}.")
        preset = default
    config = presets[preset].config
    for name, text in parts.items():
        try:
            config = config.changed([f"{name}={text}"])
        except ConfigError as error:
            notes.append(f"{IGNORED}{error}")
    return config, preset, notes
