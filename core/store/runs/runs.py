"""The table of tasks: life cycle and permissions. Every move is one statement."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from core.errors import NotAllowedError, RunError
from core.store.records import HELD, NOT_APPLIED, Control, Run, Status, sources
from core.store.runs.changes import NEXT
from core.store.runs.line import Line
from core.store.runs.stints import end_stint
from core.store.schema import controls, runs, slots

ENDED = (Status.FAILED, Status.DIVERGED)  # cannot be resumed
MOST_OF_GROUP = 1000  # runs
RESUMABLE = (Status.STOPPED, Status.LOST)
_GOES_ON = (*RESUMABLE, Status.PAUSED)
_NEEDED = runs.alias()  # what another task waits for


class Runs(Line):
    """The table of tasks."""

    # Moving

    def move(self, run_id: str, target: Status, *, lease: str | None = None, **changes: object) -> Run | None:
        """Move a run to another state if its current state allows it.

        Args:
            run_id: The run.
            target: The new state.
            lease: Move only if the run still has this lease; a worker passes its own.
            changes: Other columns to set.

        Returns:
            The moved run; None if another process moved it first.
        """
        with self._engine.begin() as connection:
            moved = _move(connection, run_id, target, lease, changes, sources(target))
        return self._noted(run_id) if moved else None

    def resume(
        self, run_id: str, actor: str, *, after: str | None = None, step: Mapping[str, object] | None = None
    ) -> Run:
        """Queue a paused, stopped or lost run again; it continues from its last checkpoint.

        Args:
            run_id: The run.
            actor: Who asks.
            after: The task to wait for, in place of an earlier one.
            step: After how many `updates` or `epochs` it pauses again; None for not at all.

        Raises:
            NotAllowedError: The actor does not own it.
            RunError: It is in another state, or another task of its kind and subject is queued or running.
        """
        run = self._owned(run_id, actor, "resume")
        kept = {name: value for name, value in run.summary.items() if name == "first_metric_s"}
        changes = {"error": "", "summary": kept, "after": after}
        try:
            with self._engine.begin() as connection:
                moved = _move(connection, run_id, Status.QUEUED, None, changes, _GOES_ON)
                if moved and step:
                    _ask(connection, run_id, "step", step, actor)
        except IntegrityError as error:
            raise RunError(
                f"run {run_id} cannot be resumed: another task does the same", received=run.status
            ) from error
        if not moved:
            expected = "a paused, stopped or lost run"
            raise RunError(f"run {run_id} cannot be resumed", expected=expected, received=run.status)
        return self._noted(run_id)

    def ask(self, run_id: str, actor: str, kind: str, payload: Mapping[str, object] | None = None) -> Control:
        """Ask a run that trains for something.

        Args:
            run_id: The run.
            actor: Who asks.
            kind: `pause`, `step` or `set`.
            payload: What it needs besides.

        Raises:
            NotAllowedError: The actor does not own it.
            RunError: It does not train now.
        """
        run = self._owned(run_id, actor, "steer")
        with self._engine.begin() as connection:
            if self._in(connection, run_id, HELD) is None:
                raise RunError(f"run {run_id} does not train now", expected="a running run", received=run.status)
            asked = _ask(connection, run_id, kind, payload or {}, actor)
        return self._controls(controls.c.id == asked)[0]

    def steer_paused(self, run: Run, actor: str, steering: Mapping[str, object]) -> bool:
        """Record what was changed in a paused run; return whether it still was paused and as it is given here.

        Raises:
            NotAllowedError: The actor does not own it.
        """
        self._owned(run.id, actor, "steer")
        same = runs.c.id == run.id, runs.c.status == Status.PAUSED, runs.c.heartbeat == run.heartbeat
        change = sa.update(runs).where(*same).values(steering=steering, heartbeat=NEXT)
        with self._engine.begin() as connection:
            done = connection.execute(change.returning(runs.c.id)).first()
        if done is not None:
            self._noted(run.id)
        return done is not None

    def stop(self, run_id: str, actor: str) -> Run:
        """Ask a run to stop; a queued or paused one stops at once.

        Raises:
            NotAllowedError: The actor does not own it.
            RunError: It has already ended.
        """
        run = self._owned(run_id, actor, "stop")
        with self._engine.begin() as connection:
            waiting = sa.and_(runs.c.id == run_id, runs.c.status.in_([Status.QUEUED, Status.PAUSED]))
            done = sa.update(runs).where(waiting).values(status=Status.STOPPED, finished=time.time(), heartbeat=NEXT)
            if connection.execute(done.returning(runs.c.id)).first() is None:
                if self._in(connection, run_id, HELD) is None:
                    raise RunError(f"run {run_id} has already ended", received=run.status)
                _ask(connection, run_id, "stop", {}, actor)
        return self._noted(run_id)

    def stop_waiting(self, owner: str) -> int:
        """Stop all queued training runs of an owner, and return their number; running ones continue."""
        mine = runs.c.owner == owner, runs.c.kind == "train", runs.c.status == Status.QUEUED
        stop = sa.update(runs).where(*mine).values(status=Status.STOPPED, finished=time.time(), heartbeat=NEXT)
        with self._engine.begin() as connection:
            stopped = [Run.from_row(row) for row in connection.execute(stop.returning(*runs.c))]
        for run in stopped:
            self._note(run)
        return len(stopped)

    def stop_group(self, group: str, actor: str) -> int:
        """Stop all runs of a group, as `stop` does; return the number of those that had not ended.

        Raises:
            NotAllowedError: The actor does not own them.
            RunError: There is no such group.
        """
        members = self.list(group=group, limit=MOST_OF_GROUP)
        if not members:
            raise RunError(f"there is no group {group!r}", fix="Check the link, or list the runs.")
        if not all(self.may(run, actor) for run in members):
            raise NotAllowedError(f"only its owner can stop group {group}")
        alive = 0
        for run in members:
            with suppress(RunError):  # it has ended
                self.stop(run.id, actor)
                alive += 1
        return alive

    # The worker's side

    def beat(self, run_id: str, lease: str) -> bool:
        """Record a heartbeat; return False if the lease is lost."""
        beat = _held(run_id, lease).values(heartbeat=NEXT)
        with self._engine.begin() as connection:
            return connection.execute(beat.returning(runs.c.id)).first() is not None

    def report(self, run_id: str, lease: str, **changes: object) -> bool:
        """Set columns such as `progress`; return False if the lease is lost."""
        with self._engine.begin() as connection:
            change = _held(run_id, lease).values(**changes)
            return connection.execute(change.returning(runs.c.id)).first() is not None

    def should_give_way(self, run: Run) -> bool:
        """Return whether a run of a priority below 0 blocks another that can start."""
        return run.priority < 0 and self._should_start_before(run)

    def pending(self, run_id: str) -> Sequence[Control]:
        """Return the controls that the worker has not applied yet, oldest first."""
        return self._controls(controls.c.run == run_id, controls.c.applied_step.is_(None))

    def controls(self, run_id: str) -> Sequence[Control]:
        """Return all controls of a run, oldest first."""
        return self._controls(controls.c.run == run_id)

    def acknowledge(self, control: Control, step: int, result: str = "") -> None:
        """Record the step at which a control took effect."""
        done = sa.update(controls).where(controls.c.id == control.id)
        with self._engine.begin() as connection:
            connection.execute(done.values(applied_step=step, result=result))

    # The foreman's side

    def end_orphans(self) -> None:
        """End queued tasks whose `after` task ended without success.

        If that task failed, its reason persists, so the waiting task fails too. If it was stopped or lost, a waiting
        training run is lost, so that its owner can resume it; other tasks fail.
        """
        query = (
            sa.select(runs.c.id, runs.c.kind, _NEEDED.c.name, _NEEDED.c.status, _NEEDED.c.error)
            .join(_NEEDED, runs.c.after == _NEEDED.c.id)
            .where(runs.c.status == Status.QUEUED, _NEEDED.c.status.in_([*ENDED, *RESUMABLE]))
        )
        with self._engine.connect() as connection:
            orphans = connection.execute(query).all()
        for run_id, kind, name, status, error in orphans:
            text = f"{name}: {status}. {error}".strip()
            if status in RESUMABLE and kind == "train":
                self.move(run_id, Status.LOST, error=f"{text} Resume to try again.")
            else:
                self.move(run_id, Status.FAILED, error=text)

    def _in(self, connection: Connection, run_id: str, states: Iterable[Status]) -> sa.Row[tuple[str]] | None:
        query = sa.select(runs.c.id).where(runs.c.id == run_id, runs.c.status.in_(list(states)))
        return connection.execute(query).first()

    def _controls(self, *conditions: sa.ColumnElement[bool]) -> Sequence[Control]:
        query = sa.select(controls).where(*conditions).order_by(controls.c.id)
        with self._engine.connect() as connection:
            return [Control(**row._mapping) for row in connection.execute(query)]


def _held(run_id: str, lease: str) -> sa.Update:
    return sa.update(runs).where(runs.c.id == run_id, runs.c.lease == lease, runs.c.status.in_(HELD))


def _move(
    connection: Connection,
    run_id: str,
    target: Status,
    lease: str | None,
    changes: Mapping[str, object],
    allowed: Iterable[Status],
) -> bool:
    here = runs.c.status.in_(list(allowed)), runs.c.deleted.is_(None)
    statement = sa.update(runs).where(runs.c.id == run_id, *here)
    if lease is not None:
        statement = statement.where(runs.c.lease == lease)
    ended = {"finished": time.time() if target.is_final else None}
    if target not in HELD:
        ended["lease"] = None
    changes = {**ended, "heartbeat": NEXT, **changes}
    moved = connection.execute(statement.values(status=target, **changes).returning(runs.c.id)).first()
    if moved is not None and target not in HELD:
        connection.execute(sa.delete(slots).where(slots.c.run == run_id))
        end_stint(connection, run_id)
        late = sa.update(controls).where(controls.c.run == run_id, controls.c.applied_step.is_(None))
        connection.execute(late.values(applied_step=NOT_APPLIED, result="the run had ended or paused"))
    return moved is not None


def _ask(connection: Connection, run_id: str, kind: str, payload: Mapping[str, object], actor: str) -> int:
    row = {"run": run_id, "kind": kind, "payload": payload, "by": actor, "created": time.time()}
    made = connection.execute(sa.insert(controls).values(**row).returning(controls.c.id))
    return int(made.scalar_one())
