"""A name for each single weight of a network, in the order in which a snapshot lists them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.layers.spec import LayerSpec, Shape

ARRAYS = {
    "Conv2D": ("kernel", "bias"),
    "Dense": ("kernel", "bias"),
    "BatchNormalization": ("gamma", "beta", "mean", "variance"),
    "LayerNormalization": ("gamma", "beta"),
}


def weight_names(specs: Sequence[LayerSpec], shapes: Sequence[Shape], most: int) -> list[str]:
    """Return names such as `dense_1 kernel 0, 3`, of the first `most` weights.

    Args:
        specs: The layers of the network.
        shapes: Shapes of all arrays of a snapshot, in order; if they are of other layers than those of `ARRAYS`, the
            arrays are numbered.
        most: Largest number of names.
    """
    arrays = [f"{spec.name} {array}" for spec in specs for array in ARRAYS.get(spec.keras_class, ())]
    if len(arrays) != len(shapes):
        arrays = [f"array {number}" for number in range(len(shapes))]
    names: list[str] = []
    for array, shape in zip(arrays, shapes, strict=True):
        names += [f"{array} {', '.join(map(str, place))}" for place in np.ndindex(shape)][: most - len(names)]
    return names
