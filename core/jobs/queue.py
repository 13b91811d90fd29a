"""What a run has to wait for: how many are before it, and about how long that takes."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.datasets import find_dataset
from core.errors import GlassboxError
from core.estimate import Load, estimate, load_of
from core.families import find_family
from core.settings import Settings, this_host
from core.store import Run, Status, Store
from core.store.records import ALIVE, HELD

PAST = 20  # runs that say how fast this server is
MOST_ALIVE = 500  # runs that are looked at; a longer queue is not worth a closer word


@dataclass(frozen=True)
class Wait:
    """What comes before a run.

    Args:
        ahead: How many runs must end before it starts.
        seconds: About how long that takes.
    """

    ahead: int
    seconds: float


@dataclass(frozen=True)
class Queue:
    """The training runs that are not over, in the order in which they start, and the seconds that each still takes."""

    runs: Sequence[Run]
    left_s: Sequence[float]
    slots: int

    def wait(self, run: Run | None = None) -> Wait:
        """Return what a waiting run waits for; without one, a run that was submitted now."""
        places = [place for place, other in enumerate(self.runs) if run is not None and other.id == run.id]
        least = min(0, run.priority) if run is not None else 0  # what gives way to others holds nobody up
        end = places[0] if places else len(self.runs)
        before = [s for other, s in zip(self.runs[:end], self.left_s[:end], strict=True) if other.priority >= least]
        ahead = max(0, len(before) + 1 - self.slots)
        return Wait(ahead, sum(before) / self.slots if ahead else 0.0)


def read_queue(store: Store) -> Queue:
    """Return who trains and who waits now."""
    alive = store.runs.list(status=ALIVE, limit=MOST_ALIVE)
    alive.sort(key=lambda run: (run.status not in HELD, -run.priority, run.created, run.id))
    past = store.runs.list(status=[Status.SUCCEEDED, Status.STOPPED], limit=PAST) if alive else []
    past = [run for run in past if run.host == this_host()]
    return Queue(alive, [_left_s(run, past, store.settings) for run in alive], store.settings.slots)


def _left_s(run: Run, past: Sequence[Run], settings: Settings) -> float:
    """Return about how many seconds a run still takes."""
    if run.status in HELD and run.progress.get("left_s") is not None:
        return float(run.progress["left_s"])
    load = _load(settings, run.family or "", run.dataset, json.dumps(run.config, sort_keys=True))
    if load is None:
        return 0.0
    passed = time.time() - run.started if run.status in HELD and run.started else 0.0
    return max(0.0, estimate(load, past, settings).seconds - passed)


@lru_cache(maxsize=256)
def _load(settings: Settings, family_id: str, dataset_id: str, config: str) -> Load | None:
    try:
        family, spec = find_family(family_id), find_dataset(settings, dataset_id).spec
        return load_of(family, family.config_type.from_dict(json.loads(config)), spec)
    except GlassboxError:  # of another version, or its data has gone
        return None
