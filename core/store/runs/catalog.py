"""The catalogue of runs: find them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy import Engine

from core.errors import RunError
from core.store.records import LOCAL, SERVER, Run, Status
from core.store.schema import runs

UNDO_S = 10.0  # time to restore a deleted run


@dataclass(frozen=True)
class Term:
    """A search word, found in a run's name, note or tags, or in the title of its data or family.

    Args:
        word: The word, in any case.
        datasets, families: Ids of those with the word in their titles, which are not in the database.
    """

    word: str
    datasets: Sequence[str] = ()
    families: Sequence[str] = ()


class Which(TypedDict, total=False):
    """A selection of runs.

    Args:
        owners: Only runs of these owners; None for all.
        others_than: No runs of these owners.
        kind: Only tasks of this kind; None for all.
        status: Only runs in these states; None for all.
        dataset: Only runs on this data set; None for all.
        group: Only runs of this group; None for all.
        published: Only published runs.
        subject: Only tasks of this subject; None for all.
        origins: Only runs of these origins; None for all.
        listed_for: Only this owner's runs, published ones and those of the command line; None for all.
        undoable: Include deleted runs that can still be restored.
        search: Only runs that match all of these words.
    """

    owners: Iterable[str] | None
    others_than: Iterable[str]
    kind: str | None
    status: Iterable[Status] | None
    dataset: str | None
    group: str | None
    published: bool
    subject: str | None
    origins: Iterable[str] | None
    listed_for: str | None
    undoable: bool
    search: Iterable[Term]


class RunCatalog:
    """The stored tasks.

    Args:
        engine: The store's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, run_id: str) -> Run:
        """Return a run.

        Raises:
            RunError: There is no such run, or it was deleted.
        """
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.id == run_id)).one_or_none()
        if row is None:
            raise RunError(f"there is no run {run_id!r}", fix="Check the link, or list the runs.")
        if row.deleted is not None:
            raise RunError(f"run {run_id} was deleted")
        return Run.from_row(row)

    def list(
        self, *, starred_first: bool = False, offset: int = 0, limit: int = 100, **which: Unpack[Which]
    ) -> list[Run]:
        """Return runs, newest first.

        Args:
            starred_first: Whether starred runs come first.
            offset: Number of runs to skip.
            limit: Most runs to return.
            which: The selection; by default all training tasks.
        """
        order = [runs.c.starred.desc()] if starred_first else []
        query = sa.select(runs).where(*_conditions(**which))
        query = query.order_by(*order, runs.c.created.desc(), runs.c.id.desc()).limit(limit).offset(offset)
        with self._engine.connect() as connection:
            return [Run.from_row(row) for row in connection.execute(query)]

    def count(self, **which: Unpack[Which]) -> int:
        """Return the number of runs in a selection."""
        query = sa.select(sa.func.count()).select_from(runs).where(*_conditions(**which))
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def stamp(self) -> tuple[int, int]:
        """Return two numbers of which one changes whenever a task is added, changed or removed."""
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(runs.c.heartbeat), 0)).select_from(runs)
        with self._engine.connect() as connection:
            count, beats = connection.execute(query).one()
        return int(count), int(beats)

    def tags_of(self, owner: str) -> Sequence[str]:
        """Return the tags of an owner's runs, each once, sorted."""
        query = sa.select(runs.c.tags).where(runs.c.owner == owner, runs.c.tags != "").distinct()
        with self._engine.connect() as connection:
            return sorted({tag for tags in connection.execute(query).scalars() for tag in tags.split(",")})

    def beats(self) -> dict[str, int]:
        """Return the heartbeat of every task by id, including deleted ones that still have a row."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(runs.c.id, runs.c.heartbeat))
            return {row.id: row.heartbeat for row in rows}

    def late(self, now: float) -> Sequence[str]:
        """Return the ids of deleted runs that can no longer be restored."""
        with self._engine.connect() as connection:
            return connection.execute(sa.select(runs.c.id).where(runs.c.deleted <= now - UNDO_S)).scalars().all()

    def may(self, run: Run, actor: str) -> bool:
        """Return whether an actor may stop, resume or change a run."""
        return actor in (run.owner, LOCAL, SERVER)


def _conditions(
    *,
    owners: Iterable[str] | None = None,
    others_than: Iterable[str] = (),
    kind: str | None = "train",
    status: Iterable[Status] | None = None,
    dataset: str | None = None,
    group: str | None = None,
    published: bool = False,
    subject: str | None = None,
    origins: Iterable[str] | None = None,
    listed_for: str | None = None,
    undoable: bool = False,
    search: Iterable[Term] = (),
) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the conditions of a selection."""
    yield runs.c.owner.not_in(list(others_than))
    yield sa.or_(runs.c.deleted.is_(None), is_undoable() if undoable else sa.false())
    if owners is not None:
        yield runs.c.owner.in_(list(owners))
    if kind is not None:
        yield runs.c.kind == kind
    if status is not None:
        yield runs.c.status.in_(list(status))
    if dataset is not None:
        yield runs.c.dataset == dataset
    if group is not None:
        yield runs.c.group == group
    if published:
        yield runs.c.published
    if subject is not None:
        yield runs.c.subject == subject
    if origins is not None:
        yield runs.c.origin.in_(list(origins))
    if listed_for is not None:
        yield sa.or_(runs.c.owner.in_([listed_for, LOCAL]), runs.c.published)
    for term in search:
        said = [column.icontains(term.word, autoescape=True) for column in (runs.c.name, runs.c.note, runs.c.tags)]
        yield sa.or_(*said, runs.c.dataset.in_(term.datasets), runs.c.family.in_(term.families))


def is_undoable() -> sa.ColumnElement[bool]:
    """Return the condition that a deleted run can still be restored."""
    return runs.c.deleted > time.time() - UNDO_S
