"""Forecast by how much a series changes: layers that take away the last value first, and add it again at the end.

Growth, a share of the last value, is the change of the logarithm.
"""

from __future__ import annotations

import math

from core.datasets.features import Column
from core.datasets.series.long import LongSeries
from core.families.supervised.network import scaling
from core.layers import LayerSpec

STANDARDISE, LAST = "standardise", "last_value"


def since_last(series: LongSeries, *, grows: bool) -> list[LayerSpec]:
    """Return the layers that read a window as differences from its last step, of logarithms if it grows."""
    length, columns = series.features.shape
    scaled = scaling(series.features) or [LayerSpec("Rescaling", {"scale": 1.0}, STANDARDISE)]
    wanted = [series.place, columns - 1 - series.place]
    one = [
        LayerSpec("Reshape", {"target_shape": (columns, 1)}, "last_columns"),
        LayerSpec("Cropping1D", {"cropping": wanted}, "last_column"),
    ]
    return [
        *(_logarithms(series.features.columns) if grows else scaled),
        LayerSpec("Cropping1D", {"cropping": [length - 1, 0]}, "last_step"),
        *(one if columns > 1 else []),
        LayerSpec("Flatten", {}, LAST),
        LayerSpec("Subtract", {}, "since_last", (STANDARDISE, "last_step")),
    ]


def added_again(series: LongSeries, head: list[LayerSpec], *, grows: bool) -> list[LayerSpec]:
    """Return the output layers with the last value added before they scale the number to its unit."""
    value, number = head
    changed = LayerSpec("Add", {}, "changed", (value.name, LAST))
    if not grows:
        return [value, changed, number]
    offset, scale = _of_logarithm(series.features.columns[series.place])
    back = LayerSpec("Rescaling", {"scale": scale, "offset": offset, "dtype": "float32"}, "logarithm")
    power = LayerSpec("Activation", {"activation": "exponential", "dtype": "float32"}, number.name)
    return [value, changed, back, power]


def _logarithms(columns: tuple[Column, ...]) -> list[LayerSpec]:
    pairs = [_of_logarithm(column) for column in columns]
    scales = {"mean": [mean for mean, _ in pairs], "variance": [spread**2 for _, spread in pairs]}
    return [LayerSpec("Log", {}, "log"), LayerSpec("Normalization", scales, STANDARDISE)]


def _of_logarithm(column: Column) -> tuple[float, float]:
    """Return about the mean and the spread of the logarithms of numbers above 0, to first order."""
    return math.log(column.mean), column.spread / column.mean
