"""The queue: submit tasks, choose the next one, claim it. Every move is one statement."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from core.errors import RunError
from core.store.notes.guesses import add_guesses
from core.store.records import ALIVE, LOGGED, NewGuess, NewRun, Run, Status, new_id
from core.store.runs.changes import NEXT, RunChanges
from core.store.runs.places import Place, in_order
from core.store.runs.stints import begin_stint, seconds_since
from core.store.schema import runs, slots, turns

# Columns of a `Place` in the order of its fields; `config` and `turn` follow.
_TOLD = ("id", "owner", "status", "priority", "created", "started", "family", "dataset", "device", "progress")


class Line(RunChanges):
    """The queue of tasks.

    The highest priority goes first; within it, the owner served least recently or never; of that owner, the oldest task
    that can start.
    """

    def submit(self, new: NewRun) -> Run:
        """Queue a task.

        Raises:
            IntegrityError: A task of that kind and subject is queued or running.
        """
        [run] = self.submit_all([new])
        return run

    def submit_all(self, news: Sequence[NewRun], guesses: Sequence[NewGuess] = ()) -> list[Run]:
        """Queue tasks, all of them or none.

        Args:
            news: The tasks.
            guesses: What the owner expects of the first one.

        Raises:
            IntegrityError: A task of that kind and subject is queued or running.
        """
        now = time.time()
        rows = [_row(new, now + place / 1000) for place, new in enumerate(news)]  # ids, which sort by time, keep it
        with self._engine.begin() as connection:
            connection.execute(sa.insert(runs), rows)
            add_guesses(connection, rows[0]["id"], news[0].owner, guesses, now)
        return [self.get(row["id"]) for row in rows]

    def log(self, new: NewRun, *, host: str, pid: int) -> Run:
        """Record a run that another program has begun to train; it takes no slot and no turn.

        Returns:
            The run, running and leased to that process.
        """
        now = time.time()
        begun: dict[str, Any] = {
            "status": Status.RUNNING,
            "started": now,
            "lease": secrets.token_hex(16),
            "origin": LOGGED,
        }
        row: dict[str, Any] = {**_row(new, now), **begun, "host": host, "pid": pid}
        with self._engine.begin() as connection:
            connection.execute(sa.insert(runs), row)
        return self._noted(row["id"])

    def submit_once(self, new: NewRun) -> Run:
        """Queue a task, or return the one of that kind and subject that is queued or running.

        Raises:
            RunError: Another task blocked it at each of three attempts, yet ended before it was found.
        """
        same = runs.c.kind == new.kind, runs.c.subject == new.subject, runs.c.status.in_(ALIVE)
        for _ in range(3):  # the blocking task may end before it is found
            try:
                return self.submit(new)
            except IntegrityError:
                with self._engine.connect() as connection:
                    row = connection.execute(sa.select(runs).where(*same)).one_or_none()
                if row is not None:
                    return Run.from_row(row)
        raise RunError(f"{new.name} could not be queued", fix="Try again.")

    def claimable(self, kind: str, *, host: str = "", slot: str = "") -> bool:
        """Return whether a task of that kind can start, in that slot if one is given."""
        taken = sa.select(slots.c.run).where(slots.c.host == host, slots.c.slot == slot)
        with self._engine.connect() as connection:
            waits = connection.execute(_could_start(kind).limit(1)).first() is not None
            return waits and connection.execute(taken).first() is None

    def claim(self, kind: str, *, host: str, slot: str, pid: int, device: str = "") -> Run | None:
        """Claim the next task and the slot, both or neither, and count a turn for its owner.

        Returns:
            The run, now running and leased to this process; None if no task can start or the slot is taken.
        """
        lease = secrets.token_hex(16)
        now = time.time()
        take = (
            sa.update(runs)
            .where(runs.c.id == _next_of(kind).scalar_subquery(), runs.c.status == Status.QUEUED)
            .values(
                status=Status.RUNNING,
                host=host,
                slot=slot,
                pid=pid,
                device=device,
                lease=lease,
                started=sa.func.coalesce(runs.c.started, now),
                finished=None,
                heartbeat=NEXT,
            )
            .returning(runs.c.id, runs.c.owner)
        )
        try:
            with self._engine.begin() as connection:
                taken = connection.execute(take).one_or_none()
                if taken is None:
                    return None
                connection.execute(sa.insert(slots).values(host=host, slot=slot, run=taken.id))
                if kind == "train":
                    _serve(connection, taken.owner)
                    begin_stint(connection, taken.id, taken.owner)
        except IntegrityError:  # the slot is taken; the move was rolled back with it
            return None
        return self._noted(taken.id)

    def line(self) -> list[Place]:
        """Return the training runs here that train, then those that wait in the order in which they start."""
        query = (
            sa.select(*(runs.c[name] for name in _TOLD), sa.cast(runs.c.config, sa.Text).label("config"))
            .add_columns(sa.func.coalesce(turns.c.turn, 0).label("turn"))
            .outerjoin(turns, turns.c.owner == runs.c.owner)
            .where(runs.c.kind == "train", runs.c.status.in_([Status.QUEUED, Status.RUNNING]), runs.c.origin != LOGGED)
            .order_by(runs.c.created, runs.c.id)
        )
        with self._engine.connect() as connection:
            return in_order([Place(*row) for row in connection.execute(query)])

    def turns(self) -> dict[str, int]:
        """Return the number of each owner's last turn; owners never served are absent."""
        with self._engine.connect() as connection:
            return {row.owner: row.turn for row in connection.execute(sa.select(turns))}

    def trained_s(self, owner: str, begin: float) -> float:
        """Return the seconds that an owner's runs, deleted ones included, trained since Unix time `begin`."""
        return seconds_since(self._engine, owner, begin)

    def _noted(self, run_id: str) -> Run:
        run = self.get(run_id)
        self._note(run)
        return run

    def _should_start_before(self, run: Run) -> bool:
        """Return whether a task of its kind with a higher priority can start now."""
        query = _could_start(run.kind).where(runs.c.priority > run.priority).limit(1)
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None


def _row(new: NewRun, now: float) -> dict[str, Any]:
    return {
        **vars(new),
        "id": new_id(now),
        "status": Status.QUEUED,
        "created": now,
        "generation": 0,
        "heartbeat": 0,
        "summary": {},
        "note": "",
        "tags": "",
        "colour": "",
        "origin": "",
        "starred": False,
        "published": False,
        "error": "",
    }


@cache  # needed ten times a second, and slower to build than to run
def _could_start(kind: str) -> sa.Select[tuple[str]]:
    """Select the ids of the queued tasks that wait only for their turn."""
    needed = runs.alias()
    met = sa.select(needed.c.id).where(needed.c.id == runs.c.after, needed.c.status == Status.SUCCEEDED)
    return (
        sa.select(runs.c.id)
        .where(runs.c.kind == kind, runs.c.status == Status.QUEUED)
        .where(sa.or_(runs.c.after.is_(None), met.exists()))
        .correlate(None)
    )


def _next_of(kind: str) -> sa.Select[tuple[str]]:
    """Select the id of the next task; `in_order` sorts all queued ones by the same rule."""
    return (
        _could_start(kind)
        .outerjoin(turns, turns.c.owner == runs.c.owner)
        .order_by(runs.c.priority.desc(), sa.func.coalesce(turns.c.turn, 0), runs.c.created, runs.c.id)
        .limit(1)
    )


def _serve(connection: Connection, owner: str) -> None:
    """Record a turn of an owner."""
    turn = sa.select(sa.func.coalesce(sa.func.max(turns.c.turn), 0) + 1).correlate(None).scalar_subquery()
    served = connection.execute(sa.update(turns).where(turns.c.owner == owner).values(turn=turn))
    if not served.rowcount:
        connection.execute(sa.insert(turns).values(owner=owner, turn=turn))
