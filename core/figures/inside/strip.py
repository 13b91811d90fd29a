"""The answers of a network to one example at all saved moments, as a strip: time goes to the right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import cycle

import numpy as np
import plotly.graph_objects as go

from core.figures.colours import BLUE, QUIET, RUNS, VALIDATION, VERMILION, VIRIDIS, rgb
from core.figures.names import ON_AXIS
from core.names import shortened

MOST_ROWS = 10  # classes; of more, those that were ever most probable
MOST_TICKS = 6
HEIGHT = 260  # pixels of the chart of a number


def shown_classes(probabilities: np.ndarray, truth: int | None) -> list[int]:
    """Return the classes that are drawn, ascending: the most probable ones at any moment, and the true one."""
    order = np.argsort(-probabilities.max(axis=0), kind="stable")[:MOST_ROWS]
    found = [int(label) for label in order]
    if truth is not None and truth not in found:
        found[-1] = truth
    return sorted(found)


def strip(
    steps: Sequence[int], probabilities: np.ndarray, classes: Sequence[str], *, truth: int | None, chosen: int
) -> str:
    """Return the strip as HTML: a row for each class, a column for each saved moment.

    Args:
        steps: Steps of the saved moments, ascending.
        probabilities: Answers at these, float (moments, classes).
        classes: Names of the classes.
        truth: The true class; None if it is not known.
        chosen: The step that the page looks at, which is marked.
    """
    rows = shown_classes(probabilities, truth)
    said = probabilities.argmax(axis=1)
    lines = [_line(label, steps, probabilities[:, label], said, classes, truth, chosen) for label in rows]
    right = "" if truth is None else _right(steps, said == truth, chosen)
    left_out = f" Showing {len(rows)} of {len(classes)} classes." if len(rows) < len(classes) else ""
    words = escape(f"Probability of each class at {len(steps)} saved moments.{left_out}", quote=True)
    scale = ", ".join(VIRIDIS)
    return (
        f"{STYLE}<div class='strip' role='img' aria-label='{words}'>"
        f"<div class='cells' style='grid-template-columns: auto repeat({len(steps)}, minmax(0, 1fr))'>"
        f"{''.join(lines)}{right}{_ticks(steps, chosen)}</div>"
        f"<p>0 % <span style='background: linear-gradient(to right, {scale})'></span> 100 % probability; "
        f"● is the answer.{escape(left_out)}</p></div>"
    )


def _line(
    label: int,
    steps: Sequence[int],
    shares: np.ndarray,
    said: np.ndarray,
    classes: Sequence[str],
    truth: int | None,
    chosen: int,
) -> str:
    name = escape(shortened(classes[label], ON_AXIS))
    head = f"<b>{name} ✓</b>" if label == truth else f"<span>{name}</span>"
    cells = "".join(
        f"<i{_now(step, chosen)} style='{_paint(float(share))}' title='{_said(step, classes[label], float(share))}'>"
        f"{'●' if answer == label else ''}</i>"
        for step, share, answer in zip(steps, shares, said, strict=True)
    )
    return head + cells


def _right(steps: Sequence[int], is_right: np.ndarray, chosen: int) -> str:
    """Return the row that says when the answer is right; wrong moments are hatched."""
    cells = "".join(
        f"<i{_now(step, chosen)} class='{'right' if one else 'wrong'}' title='step {step:,}: "
        f"{'right' if one else 'wrong'}'></i>"
        for step, one in zip(steps, is_right, strict=True)
    )
    return f"<span>right</span>{cells}"


def _ticks(steps: Sequence[int], chosen: int) -> str:
    """Return the axis: a few steps by name, each at the left of its column, and the one that is looked at."""
    places = sorted({int(place) for place in np.linspace(0, len(steps) - 1, min(MOST_TICKS, len(steps))).round()})
    ends = [*places[1:], len(steps)]
    cells = "".join(
        f"<em style='grid-column: {place + 2} / {end + 2}'>{steps[place]:,}</em>"
        for place, end in zip(places, ends, strict=True)
    )
    return f"<span>step</span>{cells}"


def _now(step: int, chosen: int) -> str:
    return " data-now" if step == chosen else ""


def _said(step: int, name: str, share: float) -> str:
    return escape(f"step {step:,}: {name}, {100 * share:.1f} %", quote=True)


def _paint(share: float) -> str:
    stops = np.array([rgb(colour) for colour in VIRIDIS], np.float64)
    at = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    mixed = [round(float(np.interp(at, np.arange(len(stops)), stops[:, channel]))) for channel in range(3)]
    return f"background: rgb({', '.join(map(str, mixed))}); color: {'#1B2430' if share > 0.6 else '#FFFFFF'}"


STYLE = f"""<style>.strip .cells {{ display: grid; gap: 1px 0; align-items: stretch;
  font-variant-numeric: tabular-nums; font-size: 0.85rem; }}
.strip .cells > span, .strip .cells > b {{ padding-right: 0.5rem; text-align: right; white-space: nowrap;
  line-height: 22px; }}
.strip i {{ height: 22px; font-style: normal; font-size: 9px; line-height: 22px; text-align: center;
  overflow: hidden; }}
.strip i[data-now] {{ box-shadow: inset 2px 0 0 currentColor, inset -2px 0 0 currentColor; }}
.strip i.right, .strip i.wrong {{ height: 12px; align-self: center; color: inherit; }}
.strip i.right {{ background: {BLUE}; }}
.strip i.wrong {{ background: repeating-linear-gradient(135deg, {VERMILION} 0 3px, transparent 3px 6px); }}
.strip em {{ font-style: normal; overflow: visible; white-space: nowrap; padding-left: 1px; min-width: 0; }}
.strip p {{ margin: 0.35rem 0 0; font-size: 0.85rem; opacity: 0.85; }}
.strip p span {{ display: inline-block; width: 72px; height: 10px; border-radius: 2px; }}</style>"""


def draw_value(steps: Sequence[int], values: np.ndarray, title: str, *, truth: float | None, chosen: int) -> go.Figure:
    """Draw a number that a network said of one example at all saved moments, and the true one if it is known."""
    lines = [go.Scatter(x=list(steps), y=values, name="said", mode="lines+markers", line={"color": BLUE})]
    if truth is not None:
        ends, dashed = [steps[0], steps[-1]], {"color": VALIDATION, "dash": "dash"}
        lines.append(go.Scatter(x=ends, y=[truth, truth], name="true", mode="lines", line=dashed))
    figure = go.Figure(lines)
    figure.add_vline(x=chosen, line={"color": QUIET, "width": 2})
    figure.update_xaxes(title_text="step").update_yaxes(title_text=title, automargin=True)
    return figure.update_layout(height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"orientation": "h"})


def draw_values(steps: Sequence[int], values: np.ndarray, names: Sequence[str], *, chosen: int) -> go.Figure:
    """Draw the numbers of a row that a network made at all saved moments, (moments, n), a line for each."""
    figure = go.Figure()
    for name, colour, line in zip(names, cycle(RUNS), values.T, strict=False):
        figure.add_scatter(x=list(steps), y=line, name=name, mode="lines+markers", line={"color": colour})
    figure.add_vline(x=chosen, line={"color": QUIET, "width": 2})
    figure.update_xaxes(title_text="step").update_yaxes(title_text="value", automargin=True)
    return figure.update_layout(height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"orientation": "h"})
