"""The model families. A new one needs a module, a page, and an entry in `FAMILIES`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.config import Config, Preset
from core.errors import ConfigError
from core.families import cnn, elsewhere, logged, mlp
from core.families.family import Family, View
from core.families.gan import family as gan
from core.families.sequence import family as sequence

if TYPE_CHECKING:
    from core.store import Run

FAMILIES: dict[str, Family] = {family.id: family for family in (cnn.FAMILY, mlp.FAMILY, gan.FAMILY, sequence.FAMILY)}
KNOWN = {**FAMILIES, **{family.id: family for family in (logged.FAMILY, elsewhere.FAMILY)}}  # of stored runs

DEFAULT_FAMILY = cnn.FAMILY  # first one for newcomers; also measures the images of GANs

__all__ = ["DEFAULT_FAMILY", "FAMILIES", "KNOWN", "Family", "View", "config_of", "find_family", "find_preset"]


def find_family(family_id: str) -> Family:
    """Return a family by id, also that of runs which other programs log.

    Raises:
        ConfigError: There is no such family; the message lists the known ones.
    """
    if family_id not in KNOWN:
        raise ConfigError(f"there is no model family {family_id!r}", expected="one of " + ", ".join(FAMILIES))
    return KNOWN[family_id]


def config_of(run: Run) -> Config:
    """Return a run's settings.

    Raises:
        ConfigError: The run trains nothing, or another version wrote its settings.
    """
    return find_family(str(run.family)).config_type.from_dict(run.config)


def find_preset(family: Family, preset_id: str) -> Preset[Any]:
    """Return a family's preset by id.

    Raises:
        ConfigError: There is no such preset; the message lists the known ones.
    """
    if preset_id not in family.presets:
        raise ConfigError(f"{family.id} has no preset {preset_id!r}", expected="one of " + ", ".join(family.presets))
    return family.presets[preset_id]
