"""Keep comparisons as findings, and find their runs again."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import RunError
from core.runs.comparison import compare
from core.runs.notebook.record import Record, record_of
from core.store import Run, Store
from core.store.notes.findings import Finding

MOST_POINTS = 120  # of a kept line


def keep_finding(store: Store, run_ids: Sequence[str], actor: str, note: str = "") -> Finding:
    """Keep what is known of a comparison now.

    Args:
        store: Store of the runs.
        run_ids: As `compare`.
        actor: Whose notebook it goes to.
        note: The actor's own words.

    Raises:
        RunError: As `compare`; or the note is too long, or the notebook is full.
    """
    record = record_of(store, compare(store, run_ids, actor), MOST_POINTS)
    return store.findings.keep(actor, record.sentence, run_ids, record.to_json(), note)


def left_of(store: Store, record: Record) -> dict[str, Run]:
    """Return the runs of a finding that still exist, by id, in their order."""
    found = {}
    for run in record.runs:
        try:
            found[run.id] = store.runs.get(run.id)
        except RunError:  # deleted since
            continue
    return found
