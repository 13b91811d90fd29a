"""The report of a comparison."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.analysis.classifier.classification import Answers
from core.datasets import DataSpec
from core.datasets.corruptions import shifted_images
from core.datasets.prepared import is_prepared
from core.errors import ArtifactError
from core.export.report import page
from core.export.report.curves import curves
from core.export.report.pictures import pictures
from core.export.report.results import answers, spec_of, why_hidden
from core.export.report.run import about, details
from core.families import find_family
from core.figures.colours import colours_of
from core.figures.names import BELOW
from core.figures.pictures import grey_picture
from core.names import shortened
from core.runs.comparison import Comparison, compare, letter
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
    return page.document("A comparison of runs", comparison_parts(store, found, actor, note=note))


def comparison_parts(store: Store, found: Comparison, actor: str, *, note: str = "") -> list[str]:
    """Return the markup of a comparison, for a `page.document` of its own or of several.

    Args:
        store: Store of the runs.
        found: The comparison.
        actor: Who asks; what they may not see is left out.
        note: Somebody's words about it.
    """
    names = [letter(place) for place in range(len(found.runs))]
    colours = colours_of([run.colour for run in found.runs])
    parts = [
        page.paragraph(found.sentence, "lead"),
        page.chips((colour, name, _said(run)) for colour, name, run in zip(colours, names, found.runs, strict=True)),
        *_verdicts(found),
        page.paragraph(note),
        page.heading("What differs"),
        _differences(found, names),
        page.heading("Curves"),
        curves(store, found.runs, names),
        _disagreements(store, found, actor),
    ]
    for name, run in zip(names, found.runs, strict=True):
        parts += [
            page.heading(f"{name}: {run.name}"),
            page.paragraph(about(store, run), "quiet"),
            page.paragraph(run.note),
        ]
        inside = answers(store, run, actor) + pictures(store, run, actor)
        parts += [page.folded("Its answers and pictures", inside) if inside else "", *details(store, run)]
    return parts


def _said(run: Run) -> str:
    result = find_family(str(run.family)).result(run.summary)
    value = run.summary.get(result.key)
    return f"{run.name}: {result.say(value) if value is not None else run.status}"


def _verdicts(found: Comparison) -> list[str]:
    many = len(found.pairs) > 1
    said = [
        page.paragraph((f"{letter(place)} against A. " if many else "") + pair.verdict.sentence)
        for place, pair in enumerate(found.pairs, 1)
    ]
    if found.consulted > 1:
        words = (
            f"{found.consulted:,} networks have been measured on these test examples. The more there are, the more the "
        )
        said.append(page.paragraph(f"{words}best of them owes to luck.", "quiet"))
    return said


def _differences(found: Comparison, names: Sequence[str]) -> str:
    rows = [(one.label, *(value or "none" for value in one.said)) for one in found.settings if one.differs]
    rows += [(one.label, *(value or "not measured" for value in one.said)) for one in found.measures]
    return page.table(rows, ["", *names])


def _disagreements(store: Store, found: Comparison, actor: str) -> str:
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
