"""Draw the learning rate as SVG while a form is used, in about a millisecond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.datasets.spec import DataSpec
from core.figures.colours import TRAINING
from core.schedule.rates import learning_rates

if TYPE_CHECKING:
    from core.families.supervised.config import SupervisedConfig

WIDTH, HEIGHT = 320, 96
LEFT, RIGHT, TOP, BOTTOM = 54, 8, 10, 26  # margins
POINTS = 120


def draw_schedule(config: SupervisedConfig, spec: DataSpec) -> str:
    """Draw the learning rate over the steps of a run."""
    steps = config.plan(spec).total_steps
    shown = np.unique(np.linspace(0, steps - 1, min(POINTS, steps)).round().astype(int))
    rates = learning_rates(config.schedule, config.learning_rate, steps, config.warmup, shown)
    top, right, foot = float(config.learning_rate), WIDTH - RIGHT, HEIGHT - BOTTOM
    xs = LEFT + (right - LEFT) * (shown + 1) / steps
    ys = foot - (foot - TOP) * rates / top
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip([LEFT, *xs], [ys[0], *ys], strict=True))
    words = f"Learning rate over {steps:,} steps: starts at {rates[0]:.3g}, peaks at {top:.3g}, ends at {rates[-1]:.3g}"
    quiet = 'fill="currentColor" fill-opacity="0.72" font-size="11"'
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" style="max-width: 480px" role="img" aria-label="{words}">'
        f"<title>{words}</title>"
        f'<path d="M{LEFT} {TOP}V{foot}H{right}" fill="none" stroke="currentColor" stroke-opacity="0.3"/>'
        f'<polyline points="{line}" fill="none" stroke="{TRAINING}" stroke-width="2"/>'
        f'<text x="{LEFT - 6}" y="{TOP + 4}" text-anchor="end" {quiet}>{top:.3g}</text>'
        f'<text x="{LEFT - 6}" y="{foot + 4}" text-anchor="end" {quiet}>0</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 10}" {quiet}>learning rate, step 0</text>'
        f'<text x="{right}" y="{HEIGHT - 10}" text-anchor="end" {quiet}>step {steps:,}</text>'
        "</svg>"
    )
