"""Views of the table of runs that visitors have named, each kept as the link that opens it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Engine

from core.errors import RunError
from core.store.runs.changes import checked
from core.store.schema import views

LAST = ""  # name of the view that a visitor saw last
LONGEST_VIEW_NAME, LONGEST_LINK, MOST_VIEWS = 60, 4000, 50


class Views:
    """The table of named views.

    Args:
        engine: The store's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, owner: str) -> dict[str, str]:
        """Return the links of an owner's views by name, the view seen last too."""
        query = sa.select(views).where(views.c.owner == owner).order_by(sa.func.lower(views.c.name))
        with self._engine.connect() as connection:
            return {row.name: row.link for row in connection.execute(query)}

    def keep(self, owner: str, name: str, link: str) -> None:
        """Keep a view; one of the same name is replaced.

        Raises:
            RunError: The name is empty, or it, the link or the number of views is too large.
        """
        name = checked("a view's name", " ".join(name.split()), LONGEST_VIEW_NAME, 1)
        if len({*self.all(owner), name} - {LAST}) > MOST_VIEWS:
            raise RunError("there are too many views", expected=f"at most {MOST_VIEWS}", fix="Delete one first.")
        self._keep(owner, name, link)

    def keep_last(self, owner: str, link: str) -> None:
        """Keep what an owner sees now, for their next visit.

        Raises:
            RunError: The link is too long.
        """
        self._keep(owner, LAST, link)

    def delete(self, owner: str, name: str) -> None:
        """Delete a view, if there is one of that name."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(views).where(views.c.owner == owner, views.c.name == name))

    def _keep(self, owner: str, name: str, link: str) -> None:
        link = checked("a view's link", link, LONGEST_LINK)
        known = sa.update(views).where(views.c.owner == owner, views.c.name == name).values(link=link)
        with self._engine.begin() as connection:
            if connection.execute(known).rowcount == 0:
                connection.execute(sa.insert(views).values(owner=owner, name=name, link=link))
