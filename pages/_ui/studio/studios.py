"""Each family's studio: what it shows of its runs beyond what all of them do."""

from __future__ import annotations

from core.families import find_family
from pages._ui.gan.explore import explore
from pages._ui.gan.one_step import one_step
from pages._ui.gan.results import results as gan_results
from pages._ui.results.results import results
from pages._ui.studio.studio import studio

_RESULTS = {"cnn": results, "gan": gan_results}
_EXTRA = {"gan": {"Explore": explore, "One step": one_step}}


def draw_studio(family_id: str) -> None:
    """Draw the whole page of a family."""
    studio(find_family(family_id), _RESULTS[family_id], _EXTRA.get(family_id))
