"""The curve that shows what a finding says."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.analysis.curves.series import series
from core.analysis.finding import Finding
from core.figures.colours import BLUE, ORANGE
from core.figures.names import as_text
from core.store.metrics import Point

HEIGHT = 240
TITLES = {"loss": "training loss", "val_loss": "validation loss", "gradient_norm": "gradient norm"}
WIDE = 100.0  # largest value over the median beyond which the axis is logarithmic


def draw_evidence(points: Sequence[Point], finding: Finding) -> go.Figure:
    """Draw the curve of a finding with the step that it names; the training loss beside that of validation.

    Args:
        points: The metrics of its run by step.
        finding: One with a `metric`.
    """
    names = ["val_loss", "loss"] if finding.metric == "val_loss" else [finding.metric]
    figure = go.Figure()
    for name, colour in zip(names, (ORANGE, BLUE), strict=False):
        found = series(points, name)
        title = as_text(TITLES.get(name, name))
        smooth = found.smooth if name != finding.metric else found.values
        figure.add_scatter(x=found.steps, y=smooth, name=title, mode="lines", line={"color": colour, "width": 1.8})
    if finding.step is not None:
        figure.add_vline(x=finding.step, line={"dash": "dash", "width": 1})
    values = series(points, finding.metric).values
    is_wide = len(values) and values.min() > 0 and values.max() > WIDE * float(sorted(values)[len(values) // 2])
    figure.update_xaxes(title_text="step (update)", zeroline=False)
    figure.update_yaxes(
        title_text="loss" if len(names) > 1 else as_text(TITLES.get(finding.metric, finding.metric)), zeroline=False
    )
    figure.update_yaxes(type="log" if is_wide else "linear")
    margin = {"l": 56, "r": 12, "t": 12, "b": 44}
    return figure.update_layout(height=HEIGHT, margin=margin, showlegend=len(names) > 1, legend={"orientation": "h"})
