"""Live training runs, and the order in which the queued ones start."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.store.records import Status


@dataclass(frozen=True)
class Place:
    """A live training run in the queue.

    Args:
        turn: Number of its owner's last turn, which grows with every claim; 0 for an owner never served.
        config: Its settings as JSON text.
    """

    id: str
    owner: str
    status: Status
    priority: int
    created: float
    started: float | None
    family: str | None
    dataset: str
    device: str | None
    progress: dict[str, Any]
    config: str
    turn: int

    @property
    def waits(self) -> bool:
        """Whether no worker holds it."""
        return self.status == Status.QUEUED


def in_order(places: Iterable[Place]) -> list[Place]:
    """Sort live runs: the running ones, then the queued ones in the order they start if no more are submitted.

    The highest priority goes first; then the owner served least recently; then the oldest run. So owners of one
    priority take turns.
    """
    line = sorted(places, key=lambda place: (place.waits, -place.priority, place.created, place.id))
    ordered = [place for place in line if not place.waits]
    turns = {place.owner: place.turn for place in line}
    levels: dict[int, dict[str, deque[Place]]] = defaultdict(lambda: defaultdict(deque))
    for place in line[len(ordered) :]:
        levels[place.priority][place.owner].append(place)
    last = max(turns.values(), default=0)
    for owners in levels.values():
        heads = [(turns[owner], own[0].created, own[0].id, owner) for owner, own in owners.items()]
        heapq.heapify(heads)
        while heads:
            *_, owner = heapq.heappop(heads)
            ordered.append(owners[owner].popleft())
            turns[owner] = last = last + 1
            if own := owners[owner]:
                heapq.heappush(heads, (turns[owner], own[0].created, own[0].id, owner))
    return ordered
