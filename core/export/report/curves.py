"""The curves of runs as live charts."""

from __future__ import annotations

from collections.abc import Sequence

from core.export.report import page
from core.families.charts import stride_of
from core.figures.colours import colours_of
from core.figures.comparison.curves import described, draw_curves
from core.runs.notebook.curves import Curves, read_curves
from core.store import Run, Store

_BUTTONS = """<div class="axes" role="group" aria-label="Horizontal axis">
<button type="button" value="step" aria-pressed="true">Steps</button>
<button type="button" value="epoch" aria-pressed="false">Epochs</button>
<button type="button" value="seconds" aria-pressed="false">Seconds</button></div>
"""


def curves(store: Store, runs: Sequence[Run], names: Sequence[str] = ()) -> str:
    """Return a chart for each kind of metric, with a line for each metric of each run.

    Args:
        store: Store of the runs.
        runs: The runs, at most 12.
        names: A short name of each, for the legend; empty for a single run.
    """
    return charts(read_curves(store, runs), colours_of([run.colour for run in runs]), names, which_steps(runs))


def which_steps(runs: Sequence[Run]) -> str:
    """Return which steps of runs are drawn."""
    which = max(stride_of(run) for run in runs)
    said = "Every step is drawn" if which == 1 else f"One step in {which:,} is drawn"
    return f"{said}: raw numbers, no smoothing."


def charts(drawn: Sequence[Curves], colours: Sequence[str], names: Sequence[str], note: str) -> str:
    """Return charts that were read, and a choice of their horizontal axis.

    Args:
        drawn: The charts.
        colours, names: Of each run; no names for a single one.
        note: Which points are drawn.
    """
    if not drawn:
        return page.paragraph("Nothing was measured.", "quiet")
    shown = (page.chart(draw_curves(one, colours, names), described(one, names), one.title) for one in drawn)
    return f'{_BUTTONS}<div class="plots">{"".join(shown)}</div>\n' + page.paragraph(note, "quiet")
