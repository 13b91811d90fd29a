"""The report of a comparison."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from core.analysis.classifier.classification import Answers
from core.datasets import DataSpec
from core.datasets.corruptions import shifted_images
from core.datasets.prepared import is_prepared
from core.errors import ArtifactError
from core.export.report import page
from core.export.report.curves import charts, which_steps
from core.export.report.pictures import pictures
from core.export.report.results import answers, spec_of, why_hidden
from core.export.report.run import about, details
from core.figures.colours import colours_of
from core.figures.names import BELOW
from core.figures.pictures import grey_picture
from core.names import shortened
from core.runs.comparison import Comparison, compare, letter
from core.runs.notebook.record import Record, record_of
from core.runs.visible import open_seen
from core.store import Run, Store

IMAGES, WIDTH = 12, 84  # images of a group, and their CSS pixels


def comparison_report(store: Store, run_ids: Sequence[str], actor: str, *, note: str = "") -> str:
    """Return a comparison of runs as one HTML file.

    Args:
        store: Store of the runs.
        run_ids: Ids of 2 to 12 training runs; the others are compared with the first.
        actor: Who asks; what they may not see is left out.
        note: Somebody's words about it.

    Raises:
        RunError: As `compare`.
    """
    found = compare(store, run_ids, actor)
    record = record_of(store, found)
    parts = [*record_parts(record, note, which_steps(found.runs)), disagreements(store, found, actor)]
    for name, run in zip(record.names, found.runs, strict=True):
        parts += run_parts(store, name, run, actor)
    return page.document("A comparison of runs", parts)


def record_parts(record: Record, note: str, drawn: str, gone: Collection[str] = (), level: int = 2) -> list[str]:
    """Return what was known of a comparison.

    Args:
        record: What was known.
        note: Somebody's words about it.
        drawn: Which points of the curves are drawn.
        gone: Ids of the runs that were deleted since.
        level: Of its headings.
    """
    names, colours = record.names, colours_of([run.colour for run in record.runs])
    said = [f"{run.name}: {run.result}" + (", deleted since" if run.id in gone else "") for run in record.runs]
    return [
        page.paragraph(record.sentence, "lead"),
        page.chips(zip(colours, names, said, strict=True)),
        *_verdicts(record),
        page.paragraph(note),
        page.heading("What differs", level),
        page.table([(row.label, *row.said) for row in record.rows], ["", *names]),
        page.heading("Curves", level),
        charts(record.charts, colours, names, drawn),
    ]


def run_parts(store: Store, name: str, run: Run, actor: str) -> list[str]:
    """Return a run of a comparison: what it is, its answers and pictures, settings and program.

    Args:
        store: Store of the run.
        name: Its letter.
        run: The run.
        actor: Who asks; what they may not see is left out.
    """
    inside = answers(store, run, actor) + pictures(store, run, actor)
    return [
        page.heading(f"{name}: {run.name}"),
        page.paragraph(about(store, run), "quiet"),
        page.paragraph(run.note),
        page.folded("Its answers and pictures", inside) if inside else "",
        *details(store, run),
    ]


def _verdicts(record: Record) -> list[str]:
    many = len(record.verdicts) > 1
    said = [
        page.paragraph((f"{name} against A. " if many else "") + verdict.sentence)
        for name, verdict in zip(record.names[1:], record.verdicts, strict=True)
    ]
    if record.consulted > 1:
        words = f"{record.consulted:,} networks have been measured on these test examples. The more there are, the "
        said.append(page.paragraph(f"{words}more the best of them owes to luck.", "quiet"))
    return said


def disagreements(store: Store, found: Comparison, actor: str) -> str:
    """Return the test examples about which the first two classifiers that can be compared disagree."""
    place = next((place for place, pair in enumerate(found.pairs, 1) if pair.tally is not None), None)
    if place is None:
        return ""
    runs, both = (found.runs[0], found.runs[place]), ("A", letter(place))
    try:
        first, second = (_answers(store, run) for run in runs)
    except ArtifactError:  # deleted since
        return ""
    groups = {
        f"{both[0]} right, {both[1]} wrong": first.is_right & ~second.is_right,
        f"{both[1]} right, {both[0]} wrong": second.is_right & ~first.is_right,
        "Both wrong": ~first.is_right & ~second.is_right,
    }
    counts = page.table([(title, f"{int(rows.sum()):,}") for title, rows in groups.items()])
    parts = [page.heading("On the same test examples"), counts]
    spec, hidden = spec_of(store, runs[0]), why_hidden(store, runs[0], actor)
    if spec is None or hidden or not (spec.is_image and is_prepared(store.settings, runs[0].dataset)):
        return "".join(parts) + page.paragraph(hidden, "quiet")
    examples = open_seen(store.settings, runs[0].dataset, actor).x_test
    for title, rows in groups.items():
        if rows.any():
            chosen = np.flatnonzero(rows)[:IMAGES]
            parts += [page.heading(title, 3), _gallery(examples, chosen, (first, second), both, spec, runs[0])]
    return "".join(parts)


def _answers(store: Store, run: Run) -> Answers:
    found = store.files(run.id).load_predictions()
    return Answers(found["ids"], found["y_true"], found["probabilities_last"])


def _gallery(
    examples: np.ndarray,
    rows: np.ndarray,
    answers_of: tuple[Answers, Answers],
    both: tuple[str, str],
    spec: DataSpec,
    run: Run,
) -> str:
    """Return test images, each with what both networks said."""
    shift, classes = run.config.get("test_shift", "none"), [shortened(name, BELOW) for name in spec.classes]
    first, second = answers_of
    shown, below = [], []
    for row in rows:
        index = int(first.ids[row])
        image = shifted_images(examples[index][None], shift, index)[0]
        said = f"{both[0]} {classes[first.said[row]]}, {both[1]} {classes[second.said[row]]}"
        below.append(f"{said}\nis {classes[first.y_true[row]]}")
        shown.append(grey_picture(image, f"test image {index}: {below[-1].replace(chr(10), ', ')}"))
    return page.pictures(shown, WIDTH, below)
