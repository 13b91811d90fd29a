"""What the networks of a run see or make, as far as somebody may see it."""

from __future__ import annotations

from core.errors import ArtifactError
from core.export.report import page
from core.export.report.results import spec_of, why_hidden
from core.families import find_family
from core.figures.pictures import Picture, Plot, Text
from core.runs.predict import answering_step
from core.runs.visible import snapshot_seen, views_seen
from core.store import Run, Store

MOST = 36  # pictures of a view


def pictures(store: Store, run: Run, actor: str, level: int = 3) -> str:
    """Return the views of the snapshot that answers for a run: best by validation, or else last.

    Args:
        store: Store of the run.
        run: A training run.
        actor: Who asks; what they may not see is left out.
        level: Of the headings.
    """
    spec, family = spec_of(store, run), find_family(str(run.family))
    if spec is None or not store.metrics.snapshots(run.id):
        return page.paragraph(why_hidden(store, run, actor), "quiet")
    step, parts = answering_step(store, run), []
    for view in views_seen(store.settings, family, run.dataset, actor).values():
        try:
            shown = view.draw(snapshot_seen(store, run, step, view, actor), spec)[:MOST]
        except ArtifactError:  # its file is gone or damaged
            continue
        if shown:
            parts += [page.heading(view.title, level), page.paragraph(view.sentence, "quiet")]
            parts += [page.paragraph(one.text, "written") for one in shown if isinstance(one, Text)]
            parts += [page.chart(one.figure, one.text) for one in shown if isinstance(one, Plot)]
            parts.append(page.pictures([one for one in shown if isinstance(one, Picture)], view.width))
    return "".join(parts) + page.paragraph(why_hidden(store, run, actor), "quiet")
