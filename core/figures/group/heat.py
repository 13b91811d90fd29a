"""Draw the result of a grid of runs as a table whose cells are coloured: each leads to its run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

from core.figures.colours import VIRIDIS, rgb
from core.runs.group import Group, state_of
from core.store import Run

DARK = 0.45  # luminance below which white is the better ink
FULL = 0.5  # least share of the combinations that have a run, for a table


def is_grid(group: Group) -> bool:
    """Return whether two settings differ, and most combinations of their values have a run."""
    if len(group.names) != 2:
        return False
    rows, columns = (len(set(group.values(name))) for name in group.names)
    return len(group.runs) >= FULL * rows * columns


def heat_map(group: Group) -> str:
    """Return a grid of runs as HTML, with the mean of each row and column.

    Args:
        group: Runs that differ in two settings.
    """
    across, down = group.names
    config, measure = group.configs[0], group.measure
    columns, rows = ordered(group.values(across)), ordered(group.values(down))
    places = dict(zip(zip(group.values(across), group.values(down), strict=True), range(len(group.runs)), strict=True))
    values = [value for value in (measure.values if measure else ()) if value is not None]
    ends = (min(values), max(values)) if values else (0.0, 1.0)

    def cell(place: int | None) -> str:
        if place is None:
            return "<td></td>"
        run, value = group.runs[place], measure.values[place] if measure else None
        said = measure.say(value) if measure and value is not None else ""
        is_best = group.is_ranked and group.done == len(group.runs) and place == group.ranking[0]
        return _cell(run, said, "" if value is None else _colour(value, ends), is_best=is_best)

    def mean(name: str, value: Any) -> str:
        found = next((mean for one, mean, _ in group.effect(name) if one == value), None)
        return f"<td class='mean'>{escape(measure.say(found)) if measure and found is not None else ''}</td>"

    def heading(name: str, value: Any) -> str:
        return f"<th scope='{'col' if name == across else 'row'}'>{escape(config.field(name).format(value))}</th>"

    def line(row: Any) -> str:
        cells = "".join(cell(places.get((column, row))) for column in columns)
        return f"<tr>{heading(down, row)}{cells}{mean(down, row)}</tr>"

    head, lines = "".join(heading(across, value) for value in columns), "".join(map(line, rows))
    foot = "".join(mean(across, value) for value in columns)
    label = f"<th scope='col'>{escape(config.field(down).label)}</th>"
    title = f"<th colspan='{len(columns)}'>{escape(config.field(across).label)}</th>"
    return (
        f"{STYLE}<div class='heat'><table><caption>{escape(measure.label if measure else 'Result')}</caption>"
        f"<tr><td></td>{title}<td></td></tr><tr>{label}{head}<th>mean</th></tr>{lines}"
        f"<tr><th scope='row'>mean</th>{foot}<td></td></tr></table></div>"
    )


def ordered(values: Iterable[Any]) -> Sequence[Any]:
    """Return different values: numbers ascending, options in their order."""
    found = list(dict.fromkeys(values))
    return found if isinstance(found[0], str) else sorted(found)


def _cell(run: Run, said: str, colour: str, *, is_best: bool) -> str:
    link = f"{run.family}?run={run.id}"
    state = "best" if is_best else state_of(run)
    text = f"<b>{escape(said)}</b>" if said else ""
    small = f"<small>{escape(state)}</small>" if state else ""
    style = f" style='{colour}'" if colour else ""
    return f"<td><a href='{escape(link)}' target='_self' title='{escape(run.name)}'{style}>{text}{small}</a></td>"


def _colour(value: float, ends: tuple[float, float]) -> str:
    share = (value - ends[0]) / (ends[1] - ends[0]) if ends[1] > ends[0] else 1.0
    stops = np.array([rgb(colour) for colour in VIRIDIS], np.float64)
    mixed = [np.interp(share * (len(stops) - 1), np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    luminance = float(np.dot(mixed, (0.2126, 0.7152, 0.0722))) / 255
    ink = "#FFFFFF" if luminance < DARK else "#1B2430"
    return f"background: rgb({', '.join(str(round(one)) for one in mixed)}); color: {ink}"


STYLE = """<style>.heat { overflow-x: auto; }
.heat table { border-collapse: separate; border-spacing: 3px; font-variant-numeric: tabular-nums; }
.heat caption { text-align: left; font-weight: 600; padding-bottom: 0.25rem; }
.heat th { font-weight: 500; padding: 0.25rem 0.5rem; text-align: center; white-space: nowrap; }
.heat th[scope=row] { text-align: right; }
.heat td { padding: 0; text-align: center; }
.heat td.mean { padding: 0 0.5rem; opacity: 0.8; white-space: nowrap; }
.heat a { display: flex; flex-direction: column; justify-content: center; min-width: 76px; min-height: 52px;
  padding: 0 0.4rem; border-radius: 6px; background: rgb(128 128 128 / 0.14); color: inherit; text-decoration: none;
  white-space: nowrap; }
.heat a:hover, .heat a:focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
@media (max-width: 640px) { .heat a { min-width: 60px; padding: 0 0.2rem; } .heat th { padding: 0.25rem 0.2rem; }
.heat td.mean { padding: 0 0.2rem; } .heat table { font-size: 0.85rem; } }
.heat small { font-size: 0.75rem; }</style>"""
