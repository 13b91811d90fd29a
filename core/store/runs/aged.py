"""Which runs go because newer ones have come, and when."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Engine

from core.store.records import ALIVE, LOCAL, SERVER
from core.store.schema import runs

NOTICE_S = 24 * 3600.0  # between the moment from which it is said and the removal


def leaving(engine: Engine, kept: int | None) -> dict[str, float]:
    """Return when runs of visitors go, by id: those beyond the newest `kept` that nobody has starred.

    A run begins to leave when the run so many places newer has ended, and goes `NOTICE_S` later; a star keeps it.

    Args:
        engine: The store's database.
        kept: How many are kept; None for all.
    """
    if kept is None:
        return {}
    old = (
        sa.select(runs.c.id, runs.c.finished)
        .where(runs.c.kind == "train", runs.c.deleted.is_(None), runs.c.starred.is_(False))
        .where(runs.c.status.not_in(ALIVE), runs.c.finished.is_not(None), runs.c.owner.not_in([LOCAL, SERVER]))
        .order_by(runs.c.finished.desc(), runs.c.id.desc())
    )
    with engine.connect() as connection:
        found = connection.execute(old).all()
    return {row.id: newer.finished + NOTICE_S for newer, row in zip(found, found[kept:], strict=False)}
