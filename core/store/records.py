"""Tasks and their states: the records shared by the store, workers and pages."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.steering.record import Steering

LOCAL = "local"  # the command line
SERVER = "server"  # the server itself
LOGGED = "logged"  # origin of a run that another program trains
IMPORTED = "imported"  # origin of a run from another Glassbox
NOT_APPLIED = -1  # `applied_step` of a control that came too late

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32


class Status(StrEnum):
    """The state of a task."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    STOPPED = "stopped"
    FAILED = "failed"
    DIVERGED = "diverged"
    LOST = "lost"

    @property
    def is_final(self) -> bool:
        """Whether the task has ended."""
        return self not in ALIVE


ALIVE = frozenset({Status.QUEUED, Status.RUNNING, Status.PAUSED})
HELD = (Status.RUNNING,)

# From -> to. No other move is possible.
MOVES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.STOPPED, Status.FAILED, Status.LOST}),
    Status.RUNNING: frozenset(set(Status) - {Status.RUNNING}),  # to queued: it gives way
    Status.PAUSED: frozenset({Status.QUEUED, Status.STOPPED}),
    Status.STOPPED: frozenset({Status.QUEUED}),
    Status.LOST: frozenset({Status.QUEUED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.DIVERGED: frozenset(),
}


def sources(target: Status) -> list[Status]:
    """Return the states that can move to `target`."""
    return [old for old, news in MOVES.items() if target in news]


@dataclass(frozen=True)
class Run:
    """One row of `runs`; see `docs/contracts.md` for its columns."""

    id: str
    kind: str
    name: str
    family: str | None
    preset: str | None
    dataset: str
    dataset_version: str | None
    split_seed: int | None
    config: dict[str, Any]
    status: Status
    owner: str
    after: str | None
    parent: str | None
    branch_step: int | None
    group: str | None
    generation: int
    priority: int
    host: str | None
    slot: str | None
    pid: int | None
    lease: str | None
    device: str | None
    created: float
    started: float | None
    finished: float | None
    heartbeat: int
    progress: dict[str, Any]
    summary: dict[str, Any]
    note: str
    starred: bool
    published: bool
    error: str
    deleted: float | None = None
    subject: str | None = None
    tags: str = ""
    colour: str = ""
    origin: str = ""
    derived_from: str | None = None
    steering: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_row(cls, row: Any) -> Run:
        """Create a run from a database row."""
        values = dict(row._mapping)
        return cls(**{**values, "status": Status(values["status"])})

    @property
    def steered(self) -> Steering:
        """How it starts from its parent, and what was changed while it trained."""
        return Steering.from_dict(self.steering)

    @property
    def first_step(self) -> int:
        """The number of updates from which it counts on: those of its parent, or none."""
        return (self.branch_step or 0) if self.steering.get("start") else 0

    @property
    def tag_names(self) -> list[str]:
        """Its tags."""
        return self.tags.split(",") if self.tags else []

    @property
    def share_done(self) -> float:
        """The share of its training that is done, 0 to 1: of its updates, or of its time budget if that is more."""
        updates = self.progress.get("step", 0) / (self.progress.get("total_steps") or 1)
        return float(self.progress.get("done", min(1.0, updates)))

    @property
    def is_held(self) -> bool:
        """Whether a worker holds it."""
        return self.status in HELD


@dataclass(frozen=True)
class NewRun:
    """The values of a task to submit."""

    kind: str
    dataset: str
    owner: str
    name: str
    family: str | None = None
    preset: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    dataset_version: str | None = None
    split_seed: int | None = None
    after: str | None = None
    parent: str | None = None  # the run whose networks it starts from
    branch_step: int | None = None  # after that many updates of the parent
    derived_from: str | None = None  # the run whose settings it started from
    group: str | None = None  # runs that are queued, followed and stopped together
    priority: int = 0
    subject: str | None = None  # at most one task per kind and subject is queued or running
    steering: dict[str, Any] = field(default_factory=dict)  # see `Steering`
    progress: dict[str, Any] = field(default_factory=dict)  # what is done before it begins


@dataclass(frozen=True)
class NewGuess:
    """What is expected of a run that is about to be queued.

    Args:
        key: The result in question.
        value: The expected value; None if a rival is named.
        rival: Id of the run that it is held against.
        wins: Whether the new run is expected to beat the rival, or the rival it.
    """

    key: str
    value: float | None = None
    rival: str | None = None
    wins: bool = True


@dataclass(frozen=True)
class Guess:
    """One row of `guesses`: `run` reaches `value`, or beats `rival`."""

    id: int
    run: str
    rival: str | None
    owner: str
    key: str
    value: float | None
    created: float


@dataclass(frozen=True)
class Control:
    """A request to a run; `applied_step` is None until the worker has applied it."""

    id: int
    run: str
    kind: str
    payload: dict[str, Any]
    by: str
    created: float
    applied_step: int | None
    result: str | None


def hash_key(key: str) -> str:
    """Return the owner of a browser's secret key: its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_id(now: float | None = None) -> str:
    """Return a run id: 9 characters of time, so that ids sort by time, and 80 random bits.

    Args:
        now: Unix time in seconds; None for the current time.
    """
    millis = int((time.time() if now is None else now) * 1000)
    stamp = "".join(_ALPHABET[millis >> shift & 31] for shift in range(40, -1, -5))
    return stamp + "".join(secrets.choice(_ALPHABET) for _ in range(16))
