"""What a network forecasts of a series, beside what came and what simple methods forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.analysis.number.forecast import PREFIX, scores
from core.datasets.series.clock import Clock
from core.datasets.series.long import LongSeries, long_series
from core.datasets.spec import DataSpec
from core.figures.colours import BLUE, GREEN, ORANGE, PINK, QUIET, VERMILION
from core.figures.names import as_text
from core.figures.pictures import Plot

if TYPE_CHECKING:
    import plotly.graph_objects as go

METHODS = {
    "linear": ("linear autoregression", GREEN),
    "seasonal": ("one period before", PINK),
    "persistence": ("the last value", ORANGE),
}
LAYOUT = {
    "height": 440,
    "margin": {"l": 56, "r": 12, "t": 12, "b": 190},
    "legend": {"orientation": "h", "yref": "container", "y": 0.01, "yanchor": "bottom", "x": 0},
}
_LONGEST = 30  # characters of a name on an axis


def draw_forecasts(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Plot]:
    """Draw the first test steps: what came, the network one step ahead and running free, and simple methods.

    Args:
        arrays: Those of `TestForecasts`; or {}.
        spec: Data specification, for dates and units.
    """
    series = long_series(spec)
    if not arrays or series is None:
        return []
    found, truth = scores(arrays), arrays[f"{PREFIX}truth"]
    lines = {"ahead": (f"{series.ahead}, RMSE {found['']['ahead']:.4g}", BLUE, "solid")}
    lines["free"] = (f"running free, RMSE {found['']['free']:.4g}", VERMILION, "solid")
    for key, (name, colour) in METHODS.items():
        if key in found:
            lines[f"free_{key}"] = (f"{name}, free, RMSE {found[key]['free']:.4g}", colour, "dot")
    figure = drawn_series(series, series.first_test, arrays[f"{PREFIX}before"])
    add_line(figure, series.clock, series.first_test, truth, "what came", QUIET, width=3)
    for key, (name, colour, dash) in lines.items():
        add_line(figure, series.clock, series.first_test, arrays[f"{PREFIX}{key}"], name, colour, dash=dash)
    return [Plot(figure, _in_words(found, series, spec.test_size, len(truth)))]


def drawn_series(series: LongSeries, first: int, before: np.ndarray) -> go.Figure:
    """Return a chart with the series up to a step, and its axes in dates and the user's unit."""
    import plotly.graph_objects as go

    figure, clock, target = go.Figure(), series.clock, series.target
    unit = f" ({as_text(target.unit, _LONGEST)})" if target.unit else ""
    add_line(figure, clock, first - len(before), before, "before", QUIET, width=1.5)
    figure.update_xaxes(title_text=f"time, {clock.say()}" if clock.unit else "step", zeroline=False)
    figure.update_yaxes(title_text=f"{as_text(target.name, _LONGEST)}{unit}", zeroline=False)
    return figure.update_layout(LAYOUT)


def add_line(
    figure: go.Figure, clock: Clock, first: int, values: np.ndarray, name: str, colour: str, **look: Any
) -> None:
    """Add values from a step on to a chart."""
    times: list[Any] = clock.labels(first, len(values)) if clock.unit else clock.times(first, len(values)).tolist()
    line = {"color": colour, "width": 2, **look}
    shown = f"%{{x}}: %{{y:.5~g}}<extra>{as_text(name)}</extra>"
    figure.add_scatter(name=as_text(name, 60), x=times, y=values, mode="lines", line=line, hovertemplate=shown)


def _in_words(found: Mapping[str, Mapping[str, float]], series: LongSeries, size: int, count: int) -> str:
    unit = f" {series.target.unit}".rstrip()
    said = [f"{series.ahead} {one['ahead']:.4g}{unit}, running free {one['free']:.4g}{unit}" for one in found.values()]
    names = [METHODS[name][0] if name else "the network" for name in found]
    errors = "; ".join(f"{name}: {words}" for name, words in zip(names, said, strict=True))
    shown = f"The first {count:,} of {size:,}" if count < size else f"The {count:,}"
    return f"{shown} test steps of {series.target.name}. Errors (RMSE): {errors}."


def draw_parts(values: np.ndarray, steps: int, series: LongSeries) -> go.Figure:
    """Draw a whole series, its training and its test part.

    Args:
        values: Some of its steps, evenly spread, (n,).
        steps: How many it has.
        series: Its description.
    """
    every = max(1, -(-steps // len(values)))
    cut = -(-series.first_test // every)
    clock = replace(series.clock, every=series.clock.every * every)
    figure = drawn_series(series, 0, values[:0])
    add_line(figure, clock, 0, values[: cut + 1], "training", BLUE, width=1.5)
    add_line(figure, clock, cut, values[cut:], "test", ORANGE, width=1.5)
    return figure.update_layout({"height": 260, "margin": {"b": 84}})


def draw_ahead(series: LongSeries, known: np.ndarray, clock: Clock, said: np.ndarray) -> go.Figure:
    """Draw the end of a series, and what is forecast after it.

    Args:
        series: Its description.
        known: The values so far, (n,).
        clock: When they were measured.
        said: The values that are forecast, (steps,).
    """
    shown = known[-max(2 * series.features.length, 2 * len(said)) :]
    own = replace(series, clock=clock)
    figure = drawn_series(own, len(known), shown)
    add_line(figure, clock, len(known) - 1, np.concatenate([known[-1:], said]), "forecast", VERMILION)
    return figure.update_layout({"height": 340, "margin": {"b": 84}})
