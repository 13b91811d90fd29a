"""What each layer makes of the example, and what one of its values is computed from."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.errors import ArtifactError
from core.families import find_family
from core.figures.inside.seen import seen_json
from core.runs.visible import dead_at
from core.store import Store
from pages._ui.components.layers.layers import Opened, layers, opened_in
from pages._ui.inside.layers.scene import scene_of
from pages._ui.inside.subject import Inside
from pages._ui.shell import shell

HEIGHT = 300
LINK = "inside_open"  # such as conv_2.7


def draw_layers(inside: Inside) -> None:
    """Draw the network with what its layers make of the example."""
    key = f"inside_layers_{inside.run.id}_{inside.part}"
    scene = scene_of(inside.run.id, inside.part)
    opened = _opened(key, scene["kinds"])
    is_asked = inside.example is not None
    draw = partial(layers, scene, key=key, opened=opened, is_asked=is_asked, snapshot=str(inside.step))
    if inside.example is None:
        with st.container():  # where the answer will stand, so that nothing is drawn anew
            draw(None)
        return
    question = partial(_look, shell.store(), inside.run.id, inside.step, inside.example, inside.asker(), opened)
    makes = find_family(str(inside.run.family)).makes_examples
    inside.follow(
        "layers",
        question,
        draw,
        given=(opened.layer, opened.unit),
        height=HEIGHT,
        is_private=makes,
        wait=partial(draw, None),
    )


def _look(store: Store, run_id: str, step: int, example: np.ndarray, ask: Any, opened: Opened) -> dict[str, Any]:
    """Ask the probe, in another thread; an answer to an earlier question says what it had opened."""
    arrays = ask("path", example, layer=opened.layer, unit=opened.unit)
    try:
        dead = {name: np.flatnonzero(is_dead).tolist() for name, is_dead in dead_at(store, run_id, step).items()}
    except ArtifactError:  # a resume has taken the snapshot back
        dead = {}
    given = hashlib.sha256(example.tobytes()).hexdigest()[:12]  # which example it is, for tests and benchmarks
    return {**seen_json(arrays, example, opened.layer), "dead": dead, "opened": vars(opened), "given": given}


def _opened(key: str, known: Collection[str]) -> Opened:
    """Return what is opened, and keep it in the link."""
    layer, _, unit = st.query_params.get(LINK, "").partition(".")
    linked = Opened(layer, int(unit) if unit.isdecimal() and len(unit) < 7 else -1)
    opened = opened_in(key) or linked
    if opened.layer not in known:
        opened = Opened()
    text = opened.layer + (f".{opened.unit}" if opened.unit >= 0 else "")
    if text:
        st.query_params[LINK] = text
    else:
        st.query_params.pop(LINK, None)
    return opened
