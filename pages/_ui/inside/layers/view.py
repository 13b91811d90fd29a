"""What each layer makes of the example."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from core.families import config_of, find_family
from core.figures.network.frame import Frame, make_frame
from pages._ui.components.network.network import network
from pages._ui.inside.subject import Inside
from pages._ui.runs.snapshots import stages_of

HEIGHT = 240


def draw_layers(inside: Inside) -> None:
    """Draw the network with what its layers make of the example."""
    inspection, example = find_family(str(inside.run.family)).inspection, inside.example
    if example is None:
        _network(inside, None)
        return
    method = inspection.method if inspection.is_at_sample else "layers"
    ask = inside.asker()

    def show(arrays: Mapping[str, np.ndarray]) -> None:
        named = {name.replace("numbers/", "units/"): array for name, array in arrays.items()}
        _network(inside, make_frame(named, example, inside.dataset.spec))

    inside.follow("layers", partial(ask, method, example), show, height=HEIGHT, is_private=not inspection.is_at_sample)


def _network(inside: Inside, frame: Frame | None) -> None:
    drawn = [one for one in stages_of(inside.run.id) if one.spec.id == inside.part]
    reading = find_family(str(inside.run.family)).inspection.reading(config_of(inside.run))
    network(drawn, inside.dataset.spec, key="inside_network", reading=reading, frame=frame, snapshot=str(inside.step))
