"""What people want to be called; everybody is anonymous until they say."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Engine

from core.store.runs.catalog import checked
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
        """Return what somebody is called; empty if they have not said."""
        query = sa.select(people.c.nickname).where(people.c.owner == owner)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() or ""

    def call(self, owner: str, text: str) -> None:
        """Call somebody so from now on; an empty text makes them anonymous again.

        Raises:
            RunError: It is too long.
        """
        nickname = checked("a nickname", " ".join(text.split()), LONGEST_NICKNAME)
        known = sa.update(people).where(people.c.owner == owner).values(nickname=nickname)
        with self._engine.begin() as connection:
            if connection.execute(known).rowcount == 0:
                connection.execute(sa.insert(people).values(owner=owner, nickname=nickname))
