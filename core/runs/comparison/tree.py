"""Runs as a tree: what came from what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.runs.comparison.settings import changed, settings_of_runs
from core.settings import Settings
from core.steering.record import CONTINUED
from core.store import Run

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Branch:
    """A line of the tree: a run, or the group of a sweep whose first settings came from no run.

    Args:
        id: Id of the run or the group.
        depth: Distance from its root.
        origin: Id of the run it came from; None of a root.
        count: Number of runs in the group; 0 for a run.
    """

    id: str
    depth: int
    origin: str | None = None
    count: int = 0


def tree_of(table: pd.DataFrame, kept: Collection[str]) -> list[Branch]:
    """Return the lines of a tree from top to bottom, the tree with the newest run first.

    Args:
        table: From `run_table`: all runs, newest first.
        kept: Ids of the runs wanted; those they came from are added.
    """
    origins = _origins(table)
    wanted = _with_origins(kept, origins)
    children: dict[str | None, list[str]] = defaultdict(list)
    for one in reversed(table.index):
        if one in wanted:
            children[origins[one]].append(one)
    groups = {one for one in origins.values() if one is not None} - set(table.index)
    lines, left = [], [(one, 0) for one in _roots(table, wanted, origins)][::-1]
    while left:
        one, depth = left.pop()
        below = children[one]
        origin = origins.get(one) if origins.get(one) not in groups else None
        lines.append(Branch(one, depth, origin, len(below) if one in groups else 0))
        left += [(child, depth + 1) for child in reversed(below)]
    return lines


def _origins(table: pd.DataFrame) -> dict[str, str | None]:
    """Return what each run came from: a listed run older than it, else the group of its sweep."""
    created = dict(zip(table.index, table["created"], strict=True))
    found: dict[str, str | None] = {}
    for run, origin, group in zip(table.index, table["came_from"], table["group"], strict=True):
        is_older = origin in created and (created[origin], origin) < (created[run], run)
        found[run] = origin if is_older else group if isinstance(group, str) else None
    return found


def _with_origins(kept: Collection[str], origins: dict[str, str | None]) -> set[str]:
    wanted: set[str] = set()
    for one in kept:
        above: str | None = one
        while above is not None and above not in wanted:
            wanted.add(above)
            above = origins.get(above)
    return wanted


def _roots(table: pd.DataFrame, wanted: set[str], origins: dict[str, str | None]) -> list[str]:
    """Return the roots of the wanted runs, that of the newest first."""
    found: dict[str, None] = {}
    roots: dict[str, str] = {}
    for one in reversed(table.index):  # a run comes after what it came from
        origin = origins[one]
        roots[one] = one if origin is None else roots.get(origin, origin)
    for one in table.index:
        if one in wanted:
            found.setdefault(roots[one])
    return list(found)


def how_it_came(settings: Settings, origin: Run, run: Run) -> str:
    """Say in a few words how a run came from another, and what was changed.

    Args:
        settings: Settings of this installation.
        origin: The run it came from.
        run: The run.
    """
    changes = changed(settings_of_runs(settings, [origin, run]))
    if run.parent == origin.id:
        how = "continued" if run.steered.start == CONTINUED else "trained on"
        return f"{how} from step {run.branch_step or 0:,}: {changes}"
    return changes
