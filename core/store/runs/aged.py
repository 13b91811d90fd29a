"""Which runs go because newer ones have come, and when."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from core.store.records import ALIVE, LOCAL, SERVER
from core.store.schema import runs

NOTICE_S = 24 * 3600.0  # between the moment from which it is said and the removal


def leaving(engine: Engine, kept: int | None) -> dict[str, float]:
    """Return when runs of visitors go, by id: those beyond their owner's newest `kept`.

    A run begins to leave when the run so many places newer has ended, and goes `NOTICE_S` later. What is starred or
    published stays and is not counted.

    Args:
        engine: The store's database.
        kept: How many of each owner are kept; None for all.
    """
    if kept is None:
        return {}
    old = (
        sa.select(runs.c.id, runs.c.owner, runs.c.finished)
        .where(runs.c.kind == "train", runs.c.deleted.is_(None))
        .where(runs.c.starred.is_(False), runs.c.published.is_(False))
        .where(runs.c.status.not_in(ALIVE), runs.c.finished.is_not(None), runs.c.owner.not_in([LOCAL, SERVER]))
        .order_by(runs.c.finished.desc(), runs.c.id.desc())
    )
    with engine.connect() as connection:
        rows = connection.execute(old).all()
    owned = defaultdict[str, list[Any]](list)
    for row in rows:
        owned[row.owner].append(row)
    pairs = (pair for found in owned.values() for pair in zip(found, found[kept:], strict=False))
    return {row.id: newer.finished + NOTICE_S for newer, row in pairs}
