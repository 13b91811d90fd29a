"""The catalogue of runs: find, rename, annotate, star, publish, delete and restore them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy import Engine

from core.errors import NotAllowedError, RunError
from core.figures.colours import RUNS
from core.store.records import ALIVE, LOCAL, SERVER, Run, Status
from core.store.schema import runs

UNDO_S = 10.0  # time to restore a deleted run
LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG = 120, 2000, 30  # characters
MOST_TAGS = 10  # of a run
NEXT = runs.c.heartbeat + 1  # grows with each change: of two copies of a row, the higher one is newer


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
    listed_for: str | None
    undoable: bool
    search: Iterable[Term]


class RunCatalog:
    """The stored tasks, and what their owners may change.

    Args:
        engine: The store's database.
        note: Called with each changed task, to copy it to its folder.
    """

    def __init__(self, engine: Engine, note: Callable[[Run], None] = lambda run: None) -> None:
        self._engine, self._note = engine, note

    # Reading

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

    def may(self, run: Run, actor: str) -> bool:
        """Return whether an actor may stop, resume or change a run."""
        return actor in (run.owner, LOCAL, SERVER)

    # Changing; all of these raise NotAllowedError for anyone but the owner, and RunError if there is no such run

    def rename(self, run_id: str, name: str, actor: str) -> None:
        """Rename a run.

        Raises:
            RunError: The name is empty or too long.
        """
        self._change(run_id, actor, "rename", name=checked("a run's name", " ".join(name.split()), LONGEST_NAME, 1))

    def annotate(self, run_id: str, note: str, actor: str) -> None:
        """Set the note of a run; an empty one removes it.

        Raises:
            RunError: The note is too long.
        """
        self._change(run_id, actor, "annotate", note=checked("a note", note.strip(), LONGEST_NOTE))

    def tag(self, run_id: str, tags: Iterable[str], actor: str) -> None:
        """Set the tags of a run, in their order; none removes them.

        Raises:
            RunError: A tag is too long or has a comma, or there are too many.
        """
        self._change(run_id, actor, "tag", tags=checked_tags(tags))

    def colour(self, run_id: str, colour: str, actor: str) -> None:
        """Set the colour of a run's lines, one of `RUNS`; an empty one lets each chart choose.

        Raises:
            RunError: There is no such colour.
        """
        if colour not in ("", *RUNS):
            raise RunError("a run cannot have this colour", expected=f"one of {', '.join(RUNS)}", received=colour)
        self._change(run_id, actor, "colour", colour=colour)

    def star(self, run_id: str, on: bool, actor: str) -> None:
        """Star a run, or remove its star."""
        self._change(run_id, actor, "star", starred=on)

    def publish(self, run_id: str, on: bool, actor: str) -> None:
        """Publish a run, or withdraw it."""
        self._change(run_id, actor, "publish", published=on)

    def delete(self, run_id: str, actor: str) -> None:
        """Delete a run; within `UNDO_S` it can be restored.

        Raises:
            RunError: It has not ended.
        """
        over = runs.c.status.not_in(ALIVE)
        if not self._changed(run_id, actor, runs.c.deleted.is_(None), over, deleted=time.time()):
            run = self._owned(run_id, actor, "delete")
            raise RunError(f"run {run_id} has not ended", received=run.status, fix="Stop it first.")

    def undelete(self, run_id: str, actor: str) -> None:
        """Restore a deleted run.

        Raises:
            RunError: It is too late.
        """
        if not self._changed(run_id, actor, _is_undoable(), deleted=None):
            with self._engine.connect() as connection:
                owner = connection.execute(sa.select(runs.c.owner).where(runs.c.id == run_id)).scalar()
            if owner is not None and actor not in (owner, LOCAL, SERVER):
                raise NotAllowedError(f"only its owner can restore run {run_id}")
            raise RunError(f"run {run_id} cannot be restored", fix="It is gone for good, or was not deleted.")

    def late(self, now: float) -> Sequence[str]:
        """Return the ids of deleted runs that can no longer be restored."""
        with self._engine.connect() as connection:
            return connection.execute(sa.select(runs.c.id).where(runs.c.deleted <= now - UNDO_S)).scalars().all()

    def forget(self, gone: Sequence[str]) -> None:
        """Remove rows for good; foreign keys remove those of other tables."""
        with self._engine.begin() as connection:
            for pointer in (runs.c.after, runs.c.parent):
                connection.execute(sa.update(runs).where(pointer.in_(gone)).values({pointer: None}))
            connection.execute(sa.delete(runs).where(runs.c.id.in_(gone)))

    def _change(self, run_id: str, actor: str, verb: str, **values: object) -> None:
        if not self._changed(run_id, actor, runs.c.deleted.is_(None), **values):
            self._owned(run_id, actor, verb)

    def _changed(self, run_id: str, actor: str, *conditions: sa.ColumnElement[bool], **values: object) -> bool:
        """Change a run, in one statement, if the actor owns it and the conditions hold."""
        mine = sa.true() if actor in (LOCAL, SERVER) else runs.c.owner == actor
        change = sa.update(runs).where(runs.c.id == run_id, mine, *conditions).values(heartbeat=NEXT, **values)
        with self._engine.begin() as connection:
            row = connection.execute(change.returning(*runs.c)).first()
        if row is not None:
            self._note(Run.from_row(row))
        return row is not None

    def _owned(self, run_id: str, actor: str, verb: str) -> Run:
        run = self.get(run_id)
        if not self.may(run, actor):
            raise NotAllowedError(f"only its owner can {verb} run {run_id}")
        return run


def checked(what: str, text: str, most: int, least: int = 0) -> str:
    """Return a user's text if its length is allowed.

    Raises:
        RunError: It is too long or too short; text without a printable character counts as empty.
    """
    length = len(text) if any(sign.isprintable() for sign in text) else 0
    if not least <= length <= most:
        expected = f"{least} to {most:,} characters" if least else f"at most {most:,} characters"
        raise RunError(f"{what} has the wrong length", expected=expected, received=f"{length:,}")
    return text


def checked_tags(tags: Iterable[str]) -> str:
    """Return tags as they are stored: each once, separated by commas.

    Raises:
        RunError: A tag is too long or has a comma, or there are too many.
    """
    kept: dict[str, str] = {}
    for tag in filter(None, (" ".join(tag.split()) for tag in tags)):
        kept.setdefault(tag.casefold(), tag)
        checked("a tag", tag, LONGEST_TAG, 1)
        if "," in tag:
            raise RunError("a tag cannot have a comma", received=tag, fix="Make two tags of it.")
    if len(kept) > MOST_TAGS:
        raise RunError("a run has too many tags", expected=f"at most {MOST_TAGS}", received=str(len(kept)))
    return ",".join(kept.values())


def _conditions(
    *,
    owners: Iterable[str] | None = None,
    others_than: Iterable[str] = (),
    kind: str | None = "train",
    status: Iterable[Status] | None = None,
    dataset: str | None = None,
    group: str | None = None,
    published: bool = False,
    listed_for: str | None = None,
    undoable: bool = False,
    search: Iterable[Term] = (),
) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the conditions of a selection."""
    yield runs.c.owner.not_in(list(others_than))
    yield sa.or_(runs.c.deleted.is_(None), _is_undoable() if undoable else sa.false())
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
    if listed_for is not None:
        yield sa.or_(runs.c.owner.in_([listed_for, LOCAL]), runs.c.published)
    for term in search:
        said = [column.icontains(term.word, autoescape=True) for column in (runs.c.name, runs.c.note, runs.c.tags)]
        yield sa.or_(*said, runs.c.dataset.in_(term.datasets), runs.c.family.in_(term.families))


def _is_undoable() -> sa.ColumnElement[bool]:
    return runs.c.deleted > time.time() - UNDO_S
