"""What the owners of runs may change: rename, annotate, tag, star, publish, delete and restore them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy import Engine

from core.errors import NotAllowedError, RunError
from core.figures.colours import RUNS
from core.store.records import ALIVE, LOCAL, SERVER, Run
from core.store.runs.catalog import RunCatalog, is_undoable
from core.store.schema import runs

LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG = 120, 2000, 30  # characters
MOST_TAGS = 10  # of a run
NEXT = runs.c.heartbeat + 1  # grows with each change: of two copies of a row, the higher one is newer


class RunChanges(RunCatalog):
    """The stored tasks, and what their owners may change.

    All changes raise NotAllowedError for anyone but the owner, and RunError if there is no such run.

    Args:
        engine: The store's database.
        note: Called with each changed task, to copy it to its folder.
    """

    def __init__(self, engine: Engine, note: Callable[[Run], None] = lambda run: None) -> None:
        super().__init__(engine)
        self._note = note

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
        if not self._changed(run_id, actor, is_undoable(), deleted=None):
            with self._engine.connect() as connection:
                owner = connection.execute(sa.select(runs.c.owner).where(runs.c.id == run_id)).scalar()
            if owner is not None and actor not in (owner, LOCAL, SERVER):
                raise NotAllowedError(f"only its owner can restore run {run_id}")
            raise RunError(f"run {run_id} cannot be restored", fix="It is gone for good, or was not deleted.")

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
