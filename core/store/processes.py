"""The list of foremen, workers and probes, and their states."""

from __future__ import annotations

import time
from typing import TypedDict, cast

import psutil
import sqlalchemy as sa
from sqlalchemy import Engine

from core.store.schema import processes

STARTING = "starting"
READY = "ready"
BUSY = "busy"  # doing a task, then ready again
LAST_TASK = "last task"  # doing a task, then ending
AT_WORK = (BUSY, LAST_TASK)


class Process(TypedDict):
    """One row of the table."""

    host: str
    pid: int
    role: str
    slot: str
    state: str
    since: float


class Processes:
    """The table of processes.

    Args:
        engine: The store's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def register(self, *, host: str, pid: int, role: str, slot: str, state: str) -> None:
        """Record the state of a process."""
        row = {"role": role, "slot": slot, "state": state, "since": time.time()}
        here = sa.and_(processes.c.host == host, processes.c.pid == pid)
        with self._engine.begin() as connection:
            if connection.execute(sa.update(processes).where(here).values(**row)).rowcount == 0:
                connection.execute(sa.insert(processes).values(host=host, pid=pid, **row))

    def forget(self, *, host: str, pid: int) -> None:
        """Remove a process that has ended."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(processes).where(processes.c.host == host, processes.c.pid == pid))

    def is_ready(self, host: str, place: str) -> bool:
        """Return whether a living process waits for work.

        Args:
            host: Its host.
            place: First part of its slot: `probe`, or `train` for a spare.
        """
        rows = [row for row in self.of(host) if row["slot"].partition("-")[0] == place]
        return any(row["state"] == READY and psutil.pid_exists(row["pid"]) for row in rows)

    def of(self, host: str) -> list[Process]:
        """Return the listed processes of a host."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(processes).where(processes.c.host == host))
            return [cast(Process, dict(row._mapping)) for row in rows]
