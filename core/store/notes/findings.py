"""Comparisons that visitors have kept, with what was known then."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from core.errors import RunError
from core.store.records import LOCAL, SERVER, new_id
from core.store.runs.changes import LONGEST_NOTE, checked
from core.store.schema import findings

MOST_FINDINGS = 500  # of an owner


@dataclass(frozen=True)
class Finding:
    """One row of `findings`.

    Args:
        id: Its id, which sorts by time.
        owner: Who kept it; nobody else sees it but the command line.
        created: Unix time.
        sentence: What it says.
        note: The owner's own words.
        runs: Ids of its runs, which may be gone by now.
        record: What was known then; see `core/runs/notebook/record.py`.
    """

    id: str
    owner: str
    created: float
    sentence: str
    note: str
    runs: list[str]
    record: dict[str, Any]


class Findings:
    """The table of findings.

    Args:
        engine: The store's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(
        self, owner: str, sentence: str, runs: Sequence[str], record: Mapping[str, Any], note: str = ""
    ) -> Finding:
        """Keep a finding.

        Raises:
            RunError: The note is too long, or there are too many findings.
        """
        note = checked("a note", note.strip(), LONGEST_NOTE)
        if self.count(owner) >= MOST_FINDINGS:
            raise RunError(
                "the notebook is full", expected=f"at most {MOST_FINDINGS} findings", fix="Delete one first."
            )
        now = time.time()
        found = Finding(new_id(now), owner, now, sentence, note, list(runs), dict(record))
        with self._engine.begin() as connection:
            connection.execute(sa.insert(findings).values(**vars(found)))
        return found

    def get(self, finding_id: str, actor: str) -> Finding:
        """Return a finding.

        Raises:
            RunError: There is none with this id that the actor may see.
        """
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(findings).where(findings.c.id == finding_id, _seen(actor))).first()
        if row is None:
            raise RunError(f"there is no finding {finding_id!r} of yours", fix="Open the notebook, which lists them.")
        return Finding(**row._mapping)

    def list(self, actor: str, *, offset: int = 0, limit: int = MOST_FINDINGS) -> list[Finding]:
        """Return an actor's findings, newest first; the command line has all of them."""
        query = sa.select(findings).where(_seen(actor)).order_by(findings.c.created.desc(), findings.c.id.desc())
        with self._engine.connect() as connection:
            return [Finding(**row._mapping) for row in connection.execute(query.limit(limit).offset(offset))]

    def count(self, actor: str) -> int:
        """Return the number of an actor's findings."""
        with self._engine.connect() as connection:
            query = sa.select(sa.func.count()).select_from(findings).where(_seen(actor))
            return connection.execute(query).scalar_one()

    def annotate(self, finding_id: str, note: str, actor: str) -> None:
        """Set the note of a finding; an empty one removes it.

        Raises:
            RunError: The note is too long, or there is no such finding.
        """
        note = checked("a note", note.strip(), LONGEST_NOTE)
        self._change(sa.update(findings).values(note=note), finding_id, actor)

    def delete(self, finding_id: str, actor: str) -> None:
        """Delete a finding; its runs stay.

        Raises:
            RunError: There is no such finding.
        """
        self._change(sa.delete(findings), finding_id, actor)

    def _change(self, statement: sa.Update | sa.Delete, finding_id: str, actor: str) -> None:
        with self._engine.begin() as connection:
            changed = connection.execute(statement.where(findings.c.id == finding_id, _seen(actor))).rowcount
        if not changed:
            raise RunError(f"there is no finding {finding_id!r} of yours")


def _seen(actor: str) -> sa.ColumnElement[bool]:
    return sa.true() if actor in (LOCAL, SERVER) else findings.c.owner == actor
