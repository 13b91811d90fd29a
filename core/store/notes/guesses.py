"""What visitors expected of their runs; a guess is queued with its run and never changes."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from core.store.records import Guess, NewGuess
from core.store.schema import guesses

MOST_LISTED = 500  # newest guesses of an owner


class Guesses:
    """The table of guesses.

    Args:
        engine: The store's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def about(self, run_id: str) -> list[Guess]:
        """Return the guesses about a run, also as the rival of another, oldest first."""
        return self._read(sa.or_(guesses.c.run == run_id, guesses.c.rival == run_id), guesses.c.id)

    def of(self, owner: str) -> list[Guess]:
        """Return an owner's guesses, newest first."""
        return self._read(guesses.c.owner == owner, guesses.c.id.desc())

    def _read(self, which: sa.ColumnElement[bool], order: sa.ColumnElement[int]) -> list[Guess]:
        query = sa.select(guesses).where(which).order_by(order).limit(MOST_LISTED)
        with self._engine.connect() as connection:
            return [Guess(**row._mapping) for row in connection.execute(query)]


def add_guesses(connection: Connection, run_id: str, owner: str, news: Sequence[NewGuess], now: float) -> None:
    """Store guesses about a run, in the transaction that queues it."""
    rows = [
        {
            "run": new.rival if new.rival and not new.wins else run_id,  # the one that is expected to win
            "rival": None if new.rival is None else new.rival if new.wins else run_id,
            "owner": owner,
            "key": new.key,
            "value": new.value,
            "created": now,
        }
        for new in news
    ]
    if rows:
        connection.execute(sa.insert(guesses), rows)
