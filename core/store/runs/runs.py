"""The table of tasks: their life cycle, and who may do what. Every move is one statement."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from core.errors import RunError
from core.store.records import HELD, NOT_APPLIED, Control, Run, Status, sources
from core.store.runs.catalog import NEXT
from core.store.runs.line import Line
from core.store.runs.stints import end_stint
from core.store.schema import controls, runs, slots

ENDED = (Status.FAILED, Status.DIVERGED)  # for good
RESUMABLE = (Status.STOPPED, Status.LOST)
_NEEDED = runs.alias()  # what another task waits for


class Runs(Line):
    """The table of tasks."""

    # Moving

    def move(self, run_id: str, target: Status, *, lease: str | None = None, **changes: object) -> Run | None:
        """Move a run to another state if it is in one that allows it.

        Args:
            run_id: The run.
            target: The new state.
            lease: Only if the run is still leased so; a worker gives its own.
            changes: Other columns to set with it.

        Returns:
            The moved run; None if somebody else moved it first.
        """
        with self._engine.begin() as connection:
            moved = _move(connection, run_id, target, lease, changes, sources(target))
        return self._noted(run_id) if moved else None

    def resume(self, run_id: str, actor: str, *, after: str | None = None) -> Run:
        """Queue a stopped or lost run again; it goes on from its last checkpoint.

        Args:
            run_id: The run.
            actor: Who asks.
            after: The task that it waits for; what it waited for before is over.

        Raises:
            NotAllowedError: The actor does not own it.
            RunError: It is in another state, or another task of its kind and subject waits or runs.
        """
        run = self._owned(run_id, actor, "resume")
        kept = {name: value for name, value in run.summary.items() if name == "first_metric_s"}
        changes = {"error": "", "summary": kept, "after": after}
        try:
            with self._engine.begin() as connection:
                moved = _move(connection, run_id, Status.QUEUED, None, changes, RESUMABLE)
        except IntegrityError as error:
            raise RunError(
                f"run {run_id} cannot be resumed: another task does the same", received=run.status
            ) from error
        if not moved:
            raise RunError(f"run {run_id} cannot be resumed", expected="a stopped or lost run", received=run.status)
        return self._noted(run_id)

    def stop(self, run_id: str, actor: str) -> Run:
        """Ask a run to stop; one that waits in the queue stops at once.

        Raises:
            NotAllowedError: The actor does not own it.
            RunError: It has already ended.
        """
        run = self._owned(run_id, actor, "stop")
        with self._engine.begin() as connection:
            waiting = sa.and_(runs.c.id == run_id, runs.c.status == Status.QUEUED)
            done = sa.update(runs).where(waiting).values(status=Status.STOPPED, finished=time.time(), heartbeat=NEXT)
            if connection.execute(done.returning(runs.c.id)).first() is None:
                if self._in(connection, run_id, HELD) is None:
                    raise RunError(f"run {run_id} has already ended", received=run.status)
                _ask(connection, run_id, "stop", {}, actor)
        return self._noted(run_id)

    def stop_waiting(self, owner: str) -> int:
        """Take all training runs of an owner out of the queue, and return how many; those at work go on."""
        mine = runs.c.owner == owner, runs.c.kind == "train", runs.c.status == Status.QUEUED
        stop = sa.update(runs).where(*mine).values(status=Status.STOPPED, finished=time.time(), heartbeat=NEXT)
        with self._engine.begin() as connection:
            stopped = [Run.from_row(row) for row in connection.execute(stop.returning(*runs.c))]
        for run in stopped:
            self._note(run)
        return len(stopped)

    # The worker's side

    def beat(self, run_id: str, lease: str) -> bool:
        """Show that the worker lives; False if the run is no longer its own."""
        beat = _held(run_id, lease).values(heartbeat=NEXT)
        with self._engine.begin() as connection:
            return connection.execute(beat.returning(runs.c.id)).first() is not None

    def report(self, run_id: str, lease: str, **changes: object) -> bool:
        """Set columns such as `progress`; False if the run is no longer the worker's own."""
        with self._engine.begin() as connection:
            change = _held(run_id, lease).values(**changes)
            return connection.execute(change.returning(runs.c.id)).first() is not None

    def should_give_way(self, run: Run) -> bool:
        """Return whether a run of a priority below 0 keeps one that could start from its place."""
        return run.priority < 0 and self._should_start_before(run)

    def pending(self, run_id: str) -> Sequence[Control]:
        """Return the controls that the worker has not heeded yet, oldest first."""
        return self._controls(controls.c.run == run_id, controls.c.applied_step.is_(None))

    def controls(self, run_id: str) -> Sequence[Control]:
        """Return all that was asked of a run, oldest first."""
        return self._controls(controls.c.run == run_id)

    def acknowledge(self, control: Control, step: int, result: str = "") -> None:
        """Record at which step a control took effect."""
        done = sa.update(controls).where(controls.c.id == control.id)
        with self._engine.begin() as connection:
            connection.execute(done.values(applied_step=step, result=result))

    # The foreman's side

    def end_orphans(self) -> None:
        """End queued tasks whose `after` task ended without success.

        What failed, failed for a reason that stays, and so do those who wait for it. A run that waits for what was
        stopped or lost is lost: its owner can resume it. Nobody resumes a judging.
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
        connection.execute(late.values(applied_step=NOT_APPLIED, result="the run had ended"))
    return moved is not None


def _ask(connection: Connection, run_id: str, kind: str, payload: Mapping[str, object], actor: str) -> None:
    row = {"run": run_id, "kind": kind, "payload": payload, "by": actor, "created": time.time()}
    connection.execute(sa.insert(controls).values(**row))
