"""The report of findings: what was known when they were kept, and of a single one what there is now."""

from __future__ import annotations

import time

from core.export.report import page
from core.export.report.comparison import disagreements, record_parts, run_parts
from core.runs.comparison import compare
from core.runs.notebook.findings import left_of
from core.runs.notebook.record import record_from
from core.store import Store
from core.store.notes.findings import Finding

_POINTS = "Some points of each line were kept, evenly spread: raw numbers, no smoothing."


def finding_report(store: Store, finding_id: str, actor: str) -> str:
    """Return a finding as one HTML file.

    Args:
        store: Store of the finding.
        finding_id: Its id.
        actor: Who asks; what they may not see of its runs is left out.

    Raises:
        RunError: There is no such finding of theirs.
    """
    finding = store.findings.get(finding_id, actor)
    record = record_from(finding.record)
    left, parts = left_of(store, record), _parts(store, finding, 2)
    if len(left) == len(record.runs):
        parts.append(disagreements(store, compare(store, list(left), actor), actor))
    for name, then in zip(record.names, record.runs, strict=True):
        parts += run_parts(store, name, left[then.id], actor) if then.id in left else []
    return page.document("A finding", parts)


def notebook_report(store: Store, actor: str) -> str:
    """Return all findings of an actor as one HTML file, the newest first, as they were kept."""
    parts = []
    for number, finding in enumerate(found := store.findings.list(actor)):
        parts += [page.heading(f"Finding {len(found) - number}"), *_parts(store, finding, 3)]
    return page.document("Notebook of findings", parts or [page.paragraph("Nothing has been kept yet.")])


def _parts(store: Store, finding: Finding, level: int) -> list[str]:
    record, when = record_from(finding.record), time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(finding.created))
    gone = {run.id for run in record.runs} - left_of(store, record).keys()
    return [
        page.paragraph(f"Kept {when}, as known then", "quiet"),
        *record_parts(record, finding.note, _POINTS, gone, level),
    ]
