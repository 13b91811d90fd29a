"""The ways to look into a network, by name; their code is heavy, so it is named as text."""

from __future__ import annotations

from typing import Any

from core.resolve import resolve

# Method id -> what answers it: made of a network, and of the data if it `NEEDS_DATA`, it makes named arrays of what it
# is given.
METHODS = {
    "feature_maps": "core.explain.feature_maps:FeatureMaps",
    "units": "core.explain.units:Units",
    "answer": "core.explain.answer:Answer",
    "augmented": "core.explain.augmented:Augmented",
    "samples": "core.explain.samples:Samples",
    "layers": "core.explain.layer_outputs:LayerOutputs",
    "nearest": "core.explain.nearest:Nearest",
}


def resolve_method(name: str) -> Any:
    """Return what answers a method; heavy.

    Raises:
        KeyError: There is no such method.
    """
    return resolve(METHODS[name])
