"""Plotly figures of a generator's quality, measured by a classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.analysis.gan.quality_report import QualityReport
from core.figures.colours import BLUE, ORANGE, QUIET
from core.figures.names import as_text, class_axis


def draw_classes(classes: Sequence[str], shares: Sequence[float], fair: Sequence[float]) -> go.Figure:
    """Draw the share of samples per class, and the expected share."""
    figure, names = go.Figure(), [as_text(name) for name in classes]
    figure.add_bar(
        name="generated",
        x=list(range(len(classes))),
        customdata=names,
        y=list(shares),
        marker={"color": BLUE},
        hovertemplate="%{customdata}: %{y:.1%} of the samples<extra></extra>",
    )
    figure.add_scatter(
        name="expected",
        x=list(range(len(classes))),
        customdata=names,
        y=list(fair),
        mode="lines+markers",
        line={"color": ORANGE, "dash": "dash", "width": 2},
        marker={"symbol": "line-ew", "size": 14, "line": {"color": ORANGE, "width": 2}},
        hovertemplate="%{customdata}: %{y:.1%} expected<extra></extra>",
    )
    figure.update_xaxes(**class_axis(classes))
    figure.update_yaxes(title_text="share", tickformat=".0%", rangemode="tozero", fixedrange=True)
    return _laid_out(figure, 260)


def draw_frechet(quality: QualityReport) -> go.Figure:
    """Draw the Fréchet distance over the steps with its intervals, and the distance between real images."""
    found = [snapshot.judgement for snapshot in quality.moments]
    figure = go.Figure()
    values = np.array([each.frechet for each in found])
    low, high = np.array([each.frechet_interval for each in found]).T
    bars = {"type": "data", "array": high - values, "arrayminus": values - low, "thickness": 1, "width": 3}
    _line(figure, quality, "generated images", values, error_y=bars)
    _floor(figure, quality, [each.frechet_floor for each in found])
    return _over_steps(figure, "Fréchet distance", is_log=True)


def draw_kernel(quality: QualityReport) -> go.Figure:
    """Draw the kernel distance over the steps, where it is above 0."""
    found = [snapshot.judgement for snapshot in quality.moments]
    figure = go.Figure()
    _line(figure, quality, "generated images", _above_0([each.kernel for each in found]))
    _floor(figure, quality, _above_0([each.kernel_floor for each in found]))
    return _over_steps(figure, "kernel distance", is_log=True)


def draw_precision_recall(quality: QualityReport) -> go.Figure:
    """Draw precision and recall over the steps."""
    found = [snapshot.judgement for snapshot in quality.moments]
    figure = go.Figure()
    _line(figure, quality, "precision", [each.precision for each in found])
    _line(figure, quality, "recall", [each.recall for each in found], second=True)
    _floor(figure, quality, [each.precision_floor for each in found])
    return _over_steps(figure, "share", is_log=False)


def draw_confidence(quality: QualityReport) -> go.Figure:
    """Draw the classifier's confidence and the share of covered classes over the steps."""
    found = [snapshot.judgement.coverage for snapshot in quality.moments]
    figure = go.Figure()
    _line(figure, quality, "confidence", [each.confidence for each in found])
    _line(figure, quality, "classes covered", [each.covered / len(each.shares) for each in found], second=True)
    _floor(figure, quality, [quality.confidence_floor] * len(found), "confidence on real images")
    return _over_steps(figure, "share", is_log=False)


def draw_over_time(
    reports: Sequence[QualityReport],
    seconds: Sequence[Mapping[int, float]],
    names: Sequence[str],
    colours: Sequence[str],
    what: str,
) -> go.Figure:
    """Draw one number of several generators over their seconds of training.

    Args:
        reports: What was measured of each.
        seconds: Of each, seconds of training by the step of a snapshot.
        names, colours: Of each.
        what: Name of the number: `frechet`, `precision` or `recall`.
    """
    figure = go.Figure()
    for report, time, name, colour in zip(reports, seconds, names, colours, strict=True):
        known = [moment for moment in report.moments if moment.step in time]
        figure.add_scatter(
            name=as_text(name),
            x=[time[moment.step] for moment in known],
            y=[getattr(moment.judgement, what) for moment in known],
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"color": colour, "size": 7},
            hovertemplate=f"{as_text(name)} after %{{x:.1f}} s: %{{y:.3~g}}<extra></extra>",
        )
    is_distance = what == "frechet"
    _over_steps(figure, "Fréchet distance" if is_distance else what, is_log=is_distance)
    return figure.update_xaxes(title_text="seconds of training")


def _line(
    figure: go.Figure,
    quality: QualityReport,
    name: str,
    values: Sequence[float] | np.ndarray,
    *,
    second: bool = False,
    **more: Any,
) -> None:
    color, dash, symbol = (ORANGE, "dash", "diamond") if second else (BLUE, "solid", "circle")
    figure.add_scatter(
        name=name,
        x=[snapshot.step for snapshot in quality.moments],
        y=np.asarray(values, float),
        mode="lines+markers",
        line={"color": color, "dash": dash, "width": 2},
        marker={"color": color, "symbol": symbol, "size": 7},
        hovertemplate=f"step %{{x:,}}: %{{y:.3~g}} {name}<extra></extra>",
        **more,
    )


def _floor(
    figure: go.Figure, quality: QualityReport, values: Sequence[float] | np.ndarray, name: str = "other real images"
) -> None:
    if np.isnan(values).all():
        return
    figure.add_scatter(
        name=name,
        x=[snapshot.step for snapshot in quality.moments],
        y=np.asarray(values, float),
        mode="lines",
        line={"color": QUIET, "dash": "dot", "width": 2},
        hovertemplate="%{y:.3~g} real images<extra></extra>",
    )


def _above_0(values: Sequence[float]) -> np.ndarray:
    return np.array([value if value > 0 else np.nan for value in values])


def _over_steps(figure: go.Figure, title: str, *, is_log: bool) -> go.Figure:
    figure.update_xaxes(title_text="step", fixedrange=True)
    if is_log:
        figure.update_yaxes(title_text=f"{title} (logarithmic)", type="log", fixedrange=True, dtick=1)
    else:
        figure.update_yaxes(title_text=title, tickformat=".0%", range=[-0.03, 1.03], fixedrange=True)
    return _laid_out(figure, 280)


def _laid_out(figure: go.Figure, height: int) -> go.Figure:
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    return figure.update_layout(height=height, margin={"l": 56, "r": 8, "t": 40, "b": 48}, legend=legend)
