"""A run's network as boxes, for the drawing of its layers."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.datasets.features import Vector
from core.families import config_of, find_family
from core.figures.network.architecture import NetworkStages
from core.layers.kinds import KINDS
from pages._ui.components.layers.layers import slim
from pages._ui.components.network.network import scene_of as boxes_of
from pages._ui.runs.snapshots import stages_of
from pages._ui.shell import shell

WORDS = {
    "Add": "sum",
    "AveragePooling2D": "average pooling",
    "BatchNormalization": "batch normalisation",
    "Conv2D": "convolution",
    "Conv2DTranspose": "transposed convolution",
    "DepthwiseConv2D": "depthwise convolution",
    "GlobalAveragePooling2D": "global average pooling",
    "GlobalMaxPooling2D": "global max pooling",
    "LayerNormalization": "layer normalisation",
    "MaxPooling2D": "max pooling",
    "SeparableConv2D": "depthwise-separable convolution",
    "UpSampling2D": "upsampling",
}
# What rearranges is no arithmetic; all other layers can be opened.
REARRANGES = ("Flatten", "Dropout", "Reshape")


@st.cache_data(max_entries=50, show_spinner=False)
def scene_of(run_id: str, part: str) -> dict[str, Any]:
    """Return what `layers` draws of one of a run's networks; the layers of a run never change."""
    run = shell.store().runs.get(run_id)
    spec, family = shell.dataset(run.dataset).spec, find_family(str(run.family))
    drawn = next(one for one in stages_of(run_id) if one.spec.id == part)
    boxes = slim(boxes_of([drawn], spec, family.inspection.reading(config_of(run)))["lanes"][0]["boxes"])
    inside = _parts(drawn)
    for box in boxes:
        box["parts"] = inside.get(box["name"], [])
        box["isChip"] = box["isChip"] and not box["isAnswer"]
    if family.makes_examples:
        boxes[-1] |= {"isAnswer": False, "names": []}
        boxes[-2]["names"] = []
    shape, images = drawn.spec.input_shape, ["input"] if len(drawn.spec.input_shape) == 3 else []
    if family.inspection.noise and part == stages_of(run_id)[0].spec.id and spec.is_image:
        images.append(drawn.spec.specs[-1].name)
    return {
        "boxes": boxes,
        "kinds": {one.name: WORDS.get(one.keras_class, one.keras_class.lower()) for one in drawn.spec.specs},
        "passes": [one.name for one in drawn.spec.specs if KINDS[one.keras_class].passes_on],
        "classes": list(spec.classes),
        "columns": list(spec.features.names) if isinstance(spec.features, Vector) and shape == spec.input_shape else [],
        "images": images,
        "inputShape": {"high": shape[0], "wide": shape[1]} if len(shape) == 3 else None,
    }


def _parts(drawn: NetworkStages) -> dict[str, list[str]]:
    """Return the names of the layers that each box stands for."""
    found: dict[str, list[str]] = {}
    for one in drawn.spec.specs:
        if one.keras_class not in REARRANGES or one.name == one.seen_as:
            found.setdefault(one.seen_as, []).append(one.name)
    return found
