"""Kernels, templates and weights of one layer, and how weights and outputs are spread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from core.figures.colours import BLUE
from core.figures.network.tiles import sheet
from core.figures.pictures import Picture, colour, to_png

MOST_TILES = 128
MOST_SIDE = 256  # weights of a side of a matrix
A_ROW = 480  # pixels of a row of tiles, before they are enlarged
ASPECT = 2  # of all tiles together, width to height
HEIGHT = 200  # pixels of a chart
FEW = 5  # weights in a bar
COLOURS = 3  # channels of a colour image


def draw_layer(layer: str, kernels: np.ndarray, channel: int) -> Picture:
    """Draw the kernels of a convolution, or what the units of a dense layer weigh.

    Args:
        layer: Its name.
        kernels: float32 (h, w, channels, filters), or (inputs, units).
        channel: Which input channel they are of; -1 for all: three are drawn as colours, others as their mean.
    """
    if kernels.ndim == 2:
        return _matrix(layer, kernels)
    height, width, channels, count = kernels.shape
    tiles = np.moveaxis(kernels[..., :MOST_TILES], -1, 0)
    part = f", the first {MOST_TILES}" if count > MOST_TILES else ""
    title = f"{layer}: {count} of {height}×{width}{part}{_which(channels, channel)}"
    wide = math.ceil(math.sqrt(ASPECT * len(tiles) * (height + 1) / (width + 1)))
    columns = max(1, min(len(tiles), wide, A_ROW // (width + 1)))
    if channels == COLOURS and channel < 0:
        return _colours(title, tiles, columns)
    flat = tiles.mean(-1)
    limit = float(np.abs(flat).max()) or 1.0
    values = sheet(flat, columns)
    alt = f"{title}; blue is negative, orange positive"
    png, (rows, wide) = to_png(colour(values, "diverging", -limit, limit)), values.shape
    return Picture(title, png, wide, rows, alt, "diverging", -limit, limit, columns)


def _matrix(layer: str, weights: np.ndarray) -> Picture:
    """Draw weights (inputs, units), with the longer side across."""
    inputs, units = weights.shape
    is_long = inputs > units
    values = (weights.T if is_long else weights)[:MOST_SIDE, :MOST_SIDE]
    across = f"inputs across, {units} units down" if is_long else f"inputs down, {units} units across"
    part = f", the first {MOST_SIDE}" if max(inputs, units) > MOST_SIDE else ""
    title, limit = f"{layer}: {inputs} {across}{part}", float(np.abs(weights).max()) or 1.0
    png, (rows, wide) = to_png(colour(values, "diverging", -limit, limit)), values.shape
    alt = f"{title}; blue is negative, orange positive"
    return Picture(title, png, wide, rows, alt, "diverging", -limit, limit, 1)


def _which(channels: int, channel: int) -> str:
    if channel >= 0:
        return f", input channel {channel}"
    if channels == COLOURS:
        return ", as colours: grey is no weight"
    return f", mean of {channels} input channels" if channels > 1 else ""


def _colours(title: str, tiles: np.ndarray, columns: int) -> Picture:
    """Draw tiles (n, h, w, 3) with grey as zero, on one scale."""
    limit = float(np.abs(tiles).max()) or 1.0
    layers = [sheet(tiles[..., k], columns) for k in range(COLOURS)]
    shown = np.stack(layers, -1)
    rgba = np.full((*shown.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = np.nan_to_num(127.5 + 127.5 * shown / limit).round()
    rgba[..., 3] = np.where(np.isnan(shown[..., 0]), 0, 255)
    rows, wide = shown.shape[:2]
    return Picture(title, to_png(rgba), wide, rows, title, "grey", -limit, limit, columns)


def draw_spread(counts: np.ndarray, edges: np.ndarray, what: str, colour_of: str = BLUE) -> go.Figure:
    """Draw a histogram.

    Args:
        counts, edges: As of `core.explain.weights.histogram`: (bins,) and (bins + 1,).
        what: Label of the axis of the values.
        colour_of: Colour of the bars.
    """
    middles = (edges[:-1] + edges[1:]) / 2
    whole = {"dtick": 1} if counts.max(initial=0) <= FEW else {}  # no half a weight on the axis
    figure = go.Figure()
    figure.add_bar(
        x=middles, y=counts, marker={"color": colour_of}, hovertemplate="about %{x:.3g}: %{y:,}<extra></extra>"
    )
    return figure.update_layout(
        height=HEIGHT,
        bargap=0.05,
        margin={"l": 56, "r": 8, "t": 8, "b": 44},
        xaxis={"title": {"text": what}},
        yaxis={"title": {"text": "how many"}, "rangemode": "tozero", **whole},
    )


@dataclass(frozen=True)
class Row:
    """What is known of a layer.

    Args:
        layer: Its name.
        shape: Shape of its kernel in words; empty if it has none.
        weights, outputs: Counts of its weights and of its outputs, for a small chart; empty if unknown.
        spread: Standard deviation of its weights.
        largest: Its largest weight in size.
        zeros, saturated: Shares, 0 to 1, as of `core.explain.activations`; None where that makes no sense.
        dead: Share of its units that are dead, as Layers marks them; None where that is not known.
    """

    layer: str
    shape: str = ""
    weights: Sequence[int] = ()
    outputs: Sequence[int] = ()
    spread: float | None = None
    largest: float | None = None
    zeros: float | None = None
    dead: float | None = None
    saturated: float | None = None


def rows_of(
    weights: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray], dead: Mapping[str, np.ndarray]
) -> list[Row]:
    """Return a row for each layer, in the order of the network.

    Args:
        weights: What the probe's method `weights` answers.
        outputs: What its method `activations` answers; empty while that is not known.
        dead: What `core.runs.visible.dead_at` answers.
    """
    return [_row(layer, weights, outputs, dead.get(layer)) for layer in layers_of(weights, outputs)]


def layers_of(weights: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]) -> list[str]:
    """Return all layers: those with outputs, then those of which only the weights are known."""
    named = [name.partition("/")[2] for name in outputs if name.startswith("counts/")]
    kernels = [name.partition("/")[2] for name in weights if name.startswith("counts/")]
    return [*named, *(name for name in kernels if name not in named)]


def _row(
    layer: str, weights: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray], dead: np.ndarray | None
) -> Row:
    has_kernel = f"counts/{layer}" in weights
    numbers = weights[f"numbers/{layer}"] if has_kernel else np.full(4, np.nan)
    shares = outputs.get(f"shares/{layer}", np.full(2, np.nan))
    zeros, saturated = (_known(round(float(share), 3)) for share in shares)
    return Row(
        layer,
        "×".join(map(str, weights[f"shape/{layer}"])) if has_kernel else "",
        _coarse(weights[f"counts/{layer}"]) if has_kernel else (),
        _coarse(outputs[f"counts/{layer}"]) if f"counts/{layer}" in outputs else (),
        _known(float(numbers[1])),
        _known(float(numbers[2])),
        zeros,
        None if dead is None else round(float(dead.mean()), 3),
        saturated,
    )


def _coarse(counts: np.ndarray) -> list[int]:
    """Return counts of bins that are twice as wide, for a chart that is as small as a cell."""
    found: list[int] = np.add.reduceat(counts, np.arange(0, len(counts), 2)).tolist()
    return found


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
