"""What a run reached on unseen examples, by what its stored answers are."""

from __future__ import annotations

import numpy as np

from core.analysis.classifier.classification import Answers, wilson_interval
from core.analysis.number.intervals import error_intervals
from core.datasets import DataSpec, find_dataset
from core.datasets.access import may_see
from core.datasets.targets import Number
from core.errors import ArtifactError, DatasetError
from core.export.report import page
from core.families import find_family
from core.figures.colours import BLUE, rgb
from core.figures.number import draw_predictions, draw_residuals
from core.names import shortened
from core.runs.comparison.measures import measures_of
from core.store import Run, Store

MOST_CLASSES = 40  # with more, a matrix is too wide to read
DEEPEST = 0.55  # of a cell's colour, so that its number stays readable on light and dark
PRIVATE = "The data of this run is private, so what shows single examples is left out."
GONE = "The data of this run is no longer on this server, so what shows single examples is left out."


def spec_of(store: Store, run: Run) -> DataSpec | None:
    """Return the shape of a run's data; None if the data is gone."""
    try:
        return find_dataset(store.settings, run.dataset).spec
    except DatasetError:
        return None


def why_hidden(store: Store, run: Run, actor: str) -> str:
    """Return why an actor sees no single examples of a run's data; empty if they do."""
    if spec_of(store, run) is None:
        return GONE
    return "" if may_see(store.settings, run.dataset, actor) else PRIVATE


def headline(run: Run) -> str:
    """Return the main result, or why there is none yet."""
    result = find_family(str(run.family)).result(run.summary)
    value = run.summary.get(result.key)
    if value is None:
        why = "It ended before it could be tested." if run.status.is_final else "It has not ended yet."
        return page.paragraph(f"No result. {why}", "lead")
    return page.headline(result.title, result.say(value))


def numbers(run: Run) -> str:
    """Return the table of what was measured."""
    found = [(one.label, one.said[0]) for one in measures_of([run])]
    return page.table(found) if found else page.paragraph("Nothing was measured.", "quiet")


def answers(store: Store, run: Run, actor: str) -> str:
    """Return what follows from the run's answers to test examples; empty if it has none."""
    try:
        found = store.files(run.id).load_predictions()
    except ArtifactError:
        return ""
    spec = spec_of(store, run)
    if "probabilities_last" in found:
        return _classes(Answers(found["ids"], found["y_true"], found["probabilities_last"]), spec)
    if "values_last" in found and spec is not None and isinstance(spec.target, Number):
        truth = found["y_true"]
        return _values(truth, found["values_last"].reshape(len(truth)), spec, sees=not why_hidden(store, run, actor))
    return ""


def _classes(found: Answers, spec: DataSpec | None) -> str:
    right, total = int(found.is_right.sum()), len(found.y_true)
    (low, high), (commonest, share) = wilson_interval(right, total), found.commonest
    kind, names = ("examples", None) if spec is None else (spec.kind, spec.classes)
    count = found.probabilities.shape[1]
    classes = names if names is not None and len(names) == count else tuple(f"class {place}" for place in range(count))
    said = (
        f"{right:,} of {total:,} unseen {kind} right; its true accuracy on {kind} like these is probably "
        f"{100 * low:.1f} to {100 * high:.1f} % (95 % interval). Always predicting the most common class, "
        f"{shortened(classes[commonest])}, reaches {100 * share:.1f} %."
    )
    return page.paragraph(said) + page.heading("Confusion matrix") + _matrix(found.matrix, classes)


def _matrix(counts: np.ndarray, classes: tuple[str, ...]) -> str:
    if len(classes) > MOST_CLASSES:
        return page.paragraph(f"With {len(classes):,} classes it is too large for a report.", "quiet")
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    red, green, blue = rgb(BLUE)
    cells = [
        [
            page.cell(f"{counts[i, j]:,}", f"rgba({red},{green},{blue},{DEEPEST * shares[i, j]:.3f})")
            for j in range(len(classes))
        ]
        for i in range(len(classes))
    ]
    said = (
        "A row is the true class, a column the predicted one. The deeper the colour, the larger its share of the row."
    )
    return page.paragraph(said, "quiet") + page.grid(cells, [shortened(name, 24) for name in classes])


def _values(truth: np.ndarray, said: np.ndarray, spec: DataSpec, *, sees: bool) -> str:
    target, interval = spec.target, error_intervals(truth, said).rmse
    assert isinstance(target, Number)
    words = (
        f"Measured on {len(truth):,} unseen {spec.kind}. Its root mean squared error is probably {interval.low:.4g} to "
        f"{interval.high:.4g} {target.unit}".rstrip()
        + " (95 % interval)."
    )
    if not sees:
        return page.paragraph(words)
    charts = (
        page.chart(draw_predictions(truth, said, target), "Predicted against true values", "Predicted against true"),
        page.chart(draw_residuals(truth, said, target), "Residuals against predictions", "Residuals"),
    )
    drawn = f'<div class="plots">{"".join(charts)}</div>\n'
    return page.paragraph(words) + page.heading("Predicted and true") + drawn
