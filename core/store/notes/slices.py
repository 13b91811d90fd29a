"""Groups of test examples that visitors have named, to follow their score in every run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Engine

from core.errors import DatasetError
from core.store.records import LOCAL, SERVER
from core.store.runs.changes import checked
from core.store.schema import slices

LONGEST_SLICE_NAME, LONGEST_SOURCE = 60, 200  # characters
MOST_SLICES = 50  # of an owner on a data set


@dataclass(frozen=True)
class Slice:
    """A named group of test examples.

    Args:
        owner: Who named it.
        name: Its name.
        source: How its examples were found, in a few words.
        shift: How they are disturbed, a key of `TEST_SHIFTS`; empty: as the run was tested.
        rows: Rows of the test data, ascending.
    """

    owner: str
    name: str
    source: str
    shift: str
    rows: tuple[int, ...]


class Slices:
    """The table of slices. Who may name one is decided in `core/runs/examples/slices.py`.

    Args:
        engine: The store's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, actor: str, dataset: str, version: str) -> list[Slice]:
        """Return an actor's slices of a version of a data set, the oldest first; the command line has everybody's."""
        known = [slices.c.dataset == dataset, slices.c.version == version]
        mine = [] if actor in (LOCAL, SERVER) else [slices.c.owner == actor]
        query = sa.select(slices).where(*known, *mine).order_by(slices.c.created, slices.c.name)
        with self._engine.connect() as connection:
            rows = connection.execute(query)
            return [Slice(row.owner, row.name, row.source, row.shift, tuple(row.rows)) for row in rows]

    def keep(
        self, owner: str, dataset: str, version: str, name: str, rows: Sequence[int], *, source: str, shift: str
    ) -> Slice:
        """Keep a slice; one of the same name is replaced.

        Raises:
            RunError: The name is empty, or it or the source is too long.
            DatasetError: There are too many slices.
        """
        name = checked("a group's name", " ".join(name.split()), LONGEST_SLICE_NAME, 1)
        source = checked("what is said of a group", " ".join(source.split()), LONGEST_SOURCE)
        found = Slice(owner, name, source, shift, tuple(sorted({int(row) for row in rows})))
        values = {**vars(found), "rows": list(found.rows), "dataset": dataset, "version": version}
        with self._engine.begin() as connection:
            connection.execute(sa.delete(slices).where(*_where(owner, dataset, version), slices.c.name == name))
            count = sa.select(sa.func.count()).select_from(slices).where(*_where(owner, dataset, version))
            if connection.execute(count).scalar_one() >= MOST_SLICES:
                raise DatasetError(
                    "there are too many groups", expected=f"at most {MOST_SLICES}", fix="Delete one first."
                )
            connection.execute(sa.insert(slices).values(**values, created=time.time()))
        return found

    def delete(self, owner: str, dataset: str, version: str, name: str) -> None:
        """Delete a slice, if there is one of that name."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(slices).where(*_where(owner, dataset, version), slices.c.name == name))

    def forget(self, dataset: str) -> None:
        """Delete everybody's slices of data that is deleted."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(slices).where(slices.c.dataset == dataset))


def _where(owner: str, dataset: str, version: str) -> tuple[sa.ColumnElement[bool], ...]:
    return slices.c.owner == owner, slices.c.dataset == dataset, slices.c.version == version
