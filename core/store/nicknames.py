"""Nicknames of owners; an owner without one is anonymous."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Engine

from core.store.runs.changes import checked
from core.store.schema import people

LONGEST_NICKNAME = 40


class People:
    """The table of nicknames.

    Args:
        engine: The store's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def nickname(self, owner: str) -> str:
        """Return an owner's nickname; empty if they have none."""
        query = sa.select(people.c.nickname).where(people.c.owner == owner)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() or ""

    def nicknames(self) -> dict[str, str]:
        """Return all nicknames by owner."""
        with self._engine.connect() as connection:
            return {row.owner: row.nickname for row in connection.execute(sa.select(people))}

    def call(self, owner: str, text: str) -> None:
        """Set an owner's nickname; an empty text removes it.

        Raises:
            RunError: It is too long.
        """
        nickname = checked("a nickname", " ".join(text.split()), LONGEST_NICKNAME)
        known = sa.update(people).where(people.c.owner == owner).values(nickname=nickname)
        with self._engine.begin() as connection:
            if connection.execute(known).rowcount == 0:
                connection.execute(sa.insert(people).values(owner=owner, nickname=nickname))
