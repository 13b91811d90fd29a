"""Draw a curve small enough for one line of a list."""

from __future__ import annotations

from collections.abc import Sequence

from core.figures.colours import TRAINING

WIDTH, HEIGHT, EDGE = 96, 32, 2


def draw_sparkline(points: Sequence[tuple[int, float]], what: str) -> str:
    """Draw shares as SVG, from 0 at the bottom to 1 at the top.

    Args:
        points: Pairs of step and share.
        what: Name of the shares, for the alternative text.
    """
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" role="img"'
    floor = f'<path d="M{EDGE} {HEIGHT - 1}H{WIDTH - EDGE}" stroke="currentColor" stroke-opacity="0.25"/>'
    if not points:
        return f'{head} aria-label="{what}: nothing yet">{floor}</svg>'
    first, last = points[0][0], points[-1][0]
    scale = (WIDTH - 2 * EDGE) / max(1, last - first)
    drawn = " ".join(f"{EDGE + (step - first) * scale:.1f},{_height(share):.1f}" for step, share in points)
    words = f"{what}, from {points[0][1]:.0%} to {points[-1][1]:.0%}"
    line = f'<polyline points="{drawn}" fill="none" stroke="{TRAINING}" stroke-width="1.5" stroke-linejoin="round"/>'
    return f'{head} aria-label="{words}">{floor}{line}</svg>'


def _height(share: float) -> float:
    return HEIGHT - EDGE - min(1.0, max(0.0, share)) * (HEIGHT - 2 * EDGE)
