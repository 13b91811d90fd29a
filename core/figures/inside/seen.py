"""What the layers of a network make of one example, as JSON for the browser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.figures.inside.tiles import packed, packed_floats

MOST_SIDE = 160  # pixels of the input, and of an opened layer's maps
UNIT = "unit/"


def seen_json(arrays: Mapping[str, np.ndarray], example: np.ndarray, layer: str) -> dict[str, Any]:
    """Return an answer of the probe's method `path` for the browser.

    Args:
        arrays: That answer.
        example: What was looked at, uint8 (h, w, c) or float32 (n,).
        layer: The layer that is opened; "" for none.

    Returns:
        `overview` and `tiles`, see `packed`; and `unit`: what it is computed from `about`, where its `arrays` begin
        in the numbers and their shapes, and all numbers as `floats`.
    """
    stages = {name.partition("/")[2]: array for name, array in arrays.items() if name.startswith(("maps/", "units/"))}
    return {
        "overview": packed({"input": example, **stages}, {"input": MOST_SIDE}),
        "tiles": packed({layer: arrays["opened"]}, {layer: MOST_SIDE}) if layer else None,
        "unit": _unit(arrays) if f"{UNIT}about" in arrays else None,
    }


def _unit(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    numbers = {name.removeprefix(UNIT): array for name, array in arrays.items() if name.startswith(UNIT)}
    about, at, places = json.loads(numbers.pop("about").tobytes()), 0, {}
    for name, array in numbers.items():
        places[name] = {"at": at, "shape": array.shape}
        at += array.size
    return {"about": about, "arrays": places, "floats": packed_floats(*numbers.values())}
