"""Examples that visitors have marked as mislabelled, each with its right class, or as belonging to none."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import Engine

from core.errors import DatasetError
from core.store.schema import marks

Part = Literal["train", "test"]
MOST_MARKS = 5_000  # of an owner on a part of a data set


@dataclass(frozen=True)
class Mark:
    """What somebody says of an example.

    Args:
        row: Its row in its part of the data.
        right: Its right class; None if it belongs to none.
    """

    row: int
    right: int | None


class Marks:
    """The table of marks. Who may mark is decided in `core/runs/examples/marks.py`.

    Args:
        engine: The store's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, owner: str, dataset: str, version: str, part: Part) -> list[Mark]:
        """Return an owner's marks on a part of a version of a data set, by row."""
        query = sa.select(marks.c.row, marks.c.label).where(*_where(owner, dataset, version, part))
        with self._engine.connect() as connection:
            return [Mark(row.row, row.label) for row in connection.execute(query.order_by(marks.c.row))]

    def set(self, owner: str, dataset: str, version: str, part: Part, mark: Mark) -> None:
        """Mark an example; a former mark of the same owner is replaced.

        Raises:
            DatasetError: There are too many marks.
        """
        where = (*_where(owner, dataset, version, part), marks.c.row == mark.row)
        values = {"label": mark.right, "created": time.time()}
        new = {"owner": owner, "dataset": dataset, "version": version, "part": part, "row": mark.row, **values}
        with self._engine.begin() as connection:
            if connection.execute(sa.update(marks).where(*where).values(**values)).rowcount:
                return
            connection.execute(sa.insert(marks).values(new))
            count = sa.select(sa.func.count()).select_from(marks).where(*_where(owner, dataset, version, part))
            if connection.execute(count).scalar_one() > MOST_MARKS:
                connection.rollback()
                raise DatasetError(
                    "there are too many marks", expected=f"at most {MOST_MARKS:,}", fix="Correct the data itself."
                )

    def clear(self, owner: str, dataset: str, version: str, part: Part, row: int) -> None:
        """Take a mark away, if there is one."""
        where = (*_where(owner, dataset, version, part), marks.c.row == row)
        with self._engine.begin() as connection:
            connection.execute(sa.delete(marks).where(*where))

    def forget(self, dataset: str) -> None:
        """Delete everybody's marks on data that is deleted."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(marks).where(marks.c.dataset == dataset))


def _where(owner: str, dataset: str, version: str, part: Part) -> tuple[sa.ColumnElement[bool], ...]:
    one = marks.c
    return one.owner == owner, one.dataset == dataset, one.version == version, one.part == part
