"""When workers had the training runs of each owner: what was trained counts also when its run is deleted."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from core.store.schema import stints

KEPT_S = 3600.0  # after its end; nobody asks about longer


def begin_stint(connection: Connection, run_id: str, owner: str) -> None:
    """Record that a worker has taken a training run, and forget what ended long ago."""
    now = time.time()
    connection.execute(sa.delete(stints).where(stints.c.ended < now - KEPT_S))
    connection.execute(sa.insert(stints).values(run=run_id, owner=owner, began=now))


def end_stint(connection: Connection, run_id: str) -> None:
    """Record that a run is in no worker's hands any more."""
    here = stints.c.run == run_id, stints.c.ended.is_(None)
    connection.execute(sa.update(stints).where(*here).values(ended=time.time()))


def seconds_since(engine: Engine, owner: str, begin: float) -> float:
    """Return for how many seconds an owner's runs have trained since `begin`, Unix time of the last hour."""
    query = sa.select(stints.c.began, sa.func.coalesce(stints.c.ended, time.time()).label("ended"))
    with engine.connect() as connection:
        rows = connection.execute(query.where(stints.c.owner == owner)).all()
    return sum(max(0.0, float(row.ended) - max(begin, float(row.began))) for row in rows)
