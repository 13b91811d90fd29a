"""A network as a graph whose weights and units can be clicked, with the arithmetic of one step of its training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.figures.colours import BLUE, GREEN, VERMILION
from core.figures.inside.tiles import packed_floats
from pages._ui.components import component

_component = component(
    "backprop/backprop",
    "<div class='backprop'></div>",
    "layers/arithmetic",
    "layers/paint",
    "backprop/numbers",
    "backprop/graph",
    "backprop/written",
    "backprop/backward",
    "backprop/update",
)
MOST_TAKEN = 50


@dataclass(frozen=True)
class Walked:
    """How far somebody went from the saved weights.

    Args:
        taken: Steps.
        by: Which of the optimisers made them.
    """

    taken: int = 0
    by: int = 0


def walked_in(key: str, mark: str) -> Walked:
    """Return how far the graph with this key was walked from `mark`; from another start, or malformed, not at all."""
    told = (st.session_state.get(key) or {}).get("walked") or {}
    try:
        taken, by = int(told["taken"]), int(told["by"])
    except (KeyError, TypeError, ValueError):
        return Walked()
    return Walked(min(taken, MOST_TAKEN), by) if told.get("mark") == mark and taken >= 0 <= by else Walked()


def backprop(answer: Mapping[str, Any], told: Mapping[str, Any], *, key: str) -> None:
    """Draw the network.

    Args:
        answer: The `about` and `arrays` of the probe's method `one_step`, with titles of its rules; and for which
            `mark` and how many steps `taken` `by` which rule it was asked.
        told: The `names` of the units of each column; what each of the `examples` is; by layer and unit why it is
            locked (`locks`); and what is said below (`words`).
        key: Streamlit's key; `walked_in` reads it.
    """
    places, at = {}, 0
    arrays: Mapping[str, np.ndarray] = answer["arrays"]
    for name, array in arrays.items():
        places[name] = {"at": at, "shape": array.shape}
        at += array.size
    data = {
        **{name: answer[name] for name in ("about", "mark", "taken", "by")},
        "arrays": places,
        "floats": packed_floats(*arrays.values()),
        **told,
        "most": MOST_TAKEN,
        "colours": {"blue": BLUE, "vermilion": VERMILION, "green": GREEN},
    }
    _component(key=key, data=data, on_walked_change=lambda: None, height="content")
