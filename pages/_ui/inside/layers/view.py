"""What each layer makes of the example, and what one of its values is computed from."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.figures.inside.maps import maps_png
from core.figures.inside.seen import UNIT, seen_json
from pages._ui.components.layers.layers import Opened, layers, opened_in
from pages._ui.inside.files import by_place, offer
from pages._ui.inside.layers.scene import scene_of
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.shell import privacy

HEIGHT = 300
ABOUT = f"{UNIT}about"  # how to compute it, as JSON
LINK = "inside_open"  # such as conv_2.7


@dataclass(frozen=True, eq=False)
class Look:
    """What the layers make of an example.

    Args:
        opened: What was opened.
        seen: All of it for the browser.
        arrays: The numbers of what is opened, as of the probe's method `path`.
    """

    opened: Opened
    seen: dict[str, Any]
    arrays: Arrays


def draw_layers(inside: Inside) -> None:
    """Draw the network with what its layers make of the example."""
    key = f"inside_layers_{inside.run.id}_{inside.part}"
    scene = scene_of(inside.run.id, inside.part)
    opened = _opened(key, scene["kinds"])
    if opened.unit >= 0 and not inside.sees:
        privacy.say("The weights from which a unit is computed are")
        opened = Opened(opened.layer)
    is_asked = inside.example is not None
    draw = partial(layers, scene, key=key, opened=opened, is_asked=is_asked, snapshot=str(inside.step))

    def show(look: Look) -> None:
        draw(look.seen)
        _offer(inside, look)

    if inside.example is None:
        with st.container():  # where the answer will stand, so that nothing is drawn anew
            draw(None)
        return
    question = partial(_look, inside.example, inside.asker(), inside.dead, opened)
    inside.follow(
        "layers",
        question,
        show,
        given=(opened.layer, opened.unit),
        height=HEIGHT,
        is_private=False,  # but what a unit is computed from, which is opened only for those who may see the data
        wait=partial(draw, None),
    )


def _look(example: np.ndarray, ask: Any, dead_units: Arrays, opened: Opened) -> Look:
    """Ask the probe, in another thread; an answer to an earlier question says what it had opened."""
    has_unit = opened.unit >= 0
    asked = {"layer": opened.layer, **({"unit": opened.unit} if has_unit else {})}
    arrays = ask("unit" if has_unit else "path", example, **asked)
    dead = {name: np.flatnonzero(is_dead).tolist() for name, is_dead in dead_units.items()}
    given = hashlib.sha256(example.tobytes()).hexdigest()[:12]  # which example it is, for tests and benchmarks
    seen = {**seen_json(arrays, example, opened.layer), "dead": dead, "opened": vars(opened), "given": given}
    kept = {name: array for name, array in arrays.items() if name == "opened" or name.startswith(UNIT)}
    return Look(opened, seen, kept)


def _offer(inside: Inside, look: Look) -> None:
    """Offer what is opened: all maps of a layer, or one with what it is computed from."""
    layer, unit = look.opened.layer, look.opened.unit
    if not layer:
        return
    parts = {name.removeprefix(UNIT): array for name, array in look.arrays.items() if name != ABOUT}
    values = parts["output"] if unit >= 0 else parts["opened"]
    maps = values[..., None] if unit >= 0 else values
    offer(
        inside,
        layer if unit < 0 else f"{layer}-{unit}",
        png=partial(maps_png, maps) if maps.ndim == 3 else b"",
        numbers=parts,
        table=partial(by_place, {"value": values}),
        key="maps",
        of_example=True,
    )


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
