"""What a run did from random weights on, with the runs that it goes on from: what a printed program can do again."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from core.config import Config
from core.errors import RunError
from core.families import config_of
from core.steering.dials import dials_of, settings_at, values_at
from core.steering.record import CONTINUED, STATE, ByHand, Change
from core.store import Run, Store


@dataclass(frozen=True)
class Story:
    """Settings from random weights on, and what was done by hand."""

    config: Config
    by_hand: ByHand


def story_of(store: Store, run: Run) -> Story | None:
    """Return the story of a run; None if it started from weights alone, or with what no single training has.

    Args:
        store: Store of the run.
        run: A training run.
    """
    steered, config = run.steered, config_of(run)
    if run.branch_step is None:
        return None if steered.frozen or steered.edits else Story(config, ByHand(steered.changes))
    if steered.start not in (CONTINUED, STATE) or steered.frozen or run.parent is None:
        return None
    try:
        before = story_of(store, store.runs.get(run.parent))
    except RunError:  # it was deleted
        return None
    return None if before is None else _gone_on(before, run, config)


def _gone_on(before: Story, run: Run, config: Config) -> Story | None:
    """Return the story of a run that goes on from another's."""
    step, steered = run.first_step, run.steered
    edits = (*(pair for pair in before.by_hand.edits if pair[0] < step), *((step, edit) for edit in steered.edits))
    changes = tuple(one for one in before.by_hand.changes if one.step <= step)
    if steered.start == CONTINUED:
        begun, changes = config, steered.changes
    else:
        begun = _as_long(before.config, config)
        now, asked = values_at(begun, changes), values_at(config, ())
        changes += tuple(Change(step, name, value) for name, value in asked.items() if now.get(name) != value)
        changes += steered.changes
    if any(one.name not in dials_of(begun) for one in changes) or begun.depends_on_length:
        return None
    then = settings_at(begun, [one for one in changes if one.step <= step])
    is_whole = then == settings_at(config, steered.changes, step)
    return Story(begun, ByHand(changes, edits)) if is_whole else None


def _as_long(config: Config, other: Config) -> Config:
    """Return settings for a run that is as long as another."""
    return dataclasses.replace(config, **{name: getattr(other, name) for name in config.lengths})
