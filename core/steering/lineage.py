"""What a run that goes on from another had behind it, and what was done to it, in words."""

from __future__ import annotations

from collections.abc import Iterator

from core.analysis.marks import Mark
from core.config import Config
from core.errors import RunError
from core.steering.dials import dials_of, values_at
from core.steering.record import CONTINUED, Edit
from core.store import Run, Store

FEW = 3  # edited weights that a mark names


def ancestors(store: Store, run: Run) -> list[tuple[Run, int]]:
    """Return the runs whose curves a run draws on, the oldest first, each with its last step that counts."""
    found: list[tuple[Run, int]] = []
    while run.first_step and run.parent is not None:
        try:
            parent = store.runs.get(run.parent)
        except RunError:  # it was deleted
            break
        found.append((parent, run.first_step))
        run = parent
    return found[::-1]


def steering_marks(run: Run, config: Config, parent: str) -> Iterator[Mark]:
    """Yield where a run starts in another, and what was changed while it trained.

    Args:
        run: The run.
        config: The settings that it began with.
        parent: Name of the run that it starts from; empty if that is gone.
    """
    steered = run.steered
    if steered.start:
        verb = "continues" if steered.start == CONTINUED else "branches off"
        told = [f"{verb} {parent or 'a run that is deleted'}", *_said(steered.edits)]
        told += [f"{', '.join(steered.frozen)} frozen"] if steered.frozen else []
        yield Mark(run.first_step, "; ".join(told))
    dials = dials_of(config)
    for place, change in enumerate(steered.changes):
        before = values_at(config, steered.changes[:place])[change.name]
        if change.step > run.first_step or not steered.start:  # earlier ones are its parent's
            yield Mark(change.step, f"{dials[change.name].label.lower()} {before:g} → {change.value:g}")


def _said(edits: tuple[Edit, ...]) -> list[str]:
    told = [f"{edit.tensor}{list(edit.index)} set to {edit.value:g}" for edit in edits[:FEW]]
    return told + ([f"{len(edits) - FEW} more weights edited"] if len(edits) > FEW else [])
