"""Times during which workers held training runs; they count for the owner even after a run is deleted."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from core.store.schema import stints

KEPT_S = 3600.0  # after a stint's end; limits cover the last hour only


def begin_stint(connection: Connection, run_id: str, owner: str) -> None:
    """Record that a worker has claimed a training run, and delete old stints."""
    now = time.time()
    connection.execute(sa.delete(stints).where(stints.c.ended < now - KEPT_S))
    connection.execute(sa.insert(stints).values(run=run_id, owner=owner, began=now))


def end_stint(connection: Connection, run_id: str) -> None:
    """Record that no worker holds a run any more."""
    here = stints.c.run == run_id, stints.c.ended.is_(None)
    connection.execute(sa.update(stints).where(*here).values(ended=time.time()))


def seconds_since(engine: Engine, owner: str, begin: float) -> float:
    """Return the seconds that an owner's runs trained since Unix time `begin`, at most an hour ago."""
    query = sa.select(stints.c.began, sa.func.coalesce(stints.c.ended, time.time()).label("ended"))
    with engine.connect() as connection:
        rows = connection.execute(query.where(stints.c.owner == owner)).all()
    return sum(max(0.0, float(row.ended) - max(begin, float(row.began))) for row in rows)
