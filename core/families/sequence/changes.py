"""Forecast by how much a series changes: layers that take away the last value first, and add it again at the end."""

from __future__ import annotations

from core.datasets.series.long import LongSeries
from core.families.supervised.network import scaling
from core.layers import LayerSpec

STANDARDISE, LAST = "standardise", "last_value"


def since_last(series: LongSeries) -> list[LayerSpec]:
    """Return the layers that read a window as differences from its last step."""
    length, columns = series.features.shape
    scaled = scaling(series.features) or [LayerSpec("Rescaling", {"scale": 1.0}, STANDARDISE)]
    wanted = [series.place, columns - 1 - series.place]
    one = [
        LayerSpec("Reshape", {"target_shape": (columns, 1)}, "last_columns"),
        LayerSpec("Cropping1D", {"cropping": wanted}, "last_column"),
    ]
    return [
        *scaled,
        LayerSpec("Cropping1D", {"cropping": [length - 1, 0]}, "last_step"),
        *(one if columns > 1 else []),
        LayerSpec("Flatten", {}, LAST),
        LayerSpec("Subtract", {}, "since_last", (STANDARDISE, "last_step")),
    ]


def added_again(head: list[LayerSpec]) -> list[LayerSpec]:
    """Return the output layers with the last value added before they scale the number to its unit."""
    value, *rest = head
    return [value, LayerSpec("Add", {}, "changed", (value.name, LAST)), *rest]
