"""The scores of several runs on groups of test examples that somebody has named, as measures of a comparison."""

from __future__ import annotations

from collections.abc import Sequence

from core.names import points, signed
from core.runs.comparison.measures import Measure
from core.runs.examples.slices import ACCURACY, SliceScore, slice_scores
from core.store import Run, Store

SLICE = "slice_"  # begins the keys


def slice_measures(store: Store, runs: Sequence[Run], actor: str) -> list[Measure]:
    """Return what runs score on an actor's groups, those of which nothing is known left out.

    Args:
        store: Store of the runs.
        runs: The runs; one that was tested on other data has no score.
        actor: Who asks.
    """
    found = [{_identity(one): one for one in slice_scores(store, run, actor)} for run in runs]
    named = {key: one for scores in reversed(found) for key, one in scores.items()}
    measures = [_measure(one, [scores.get(key) for scores in found]) for key, one in named.items()]
    return [one for one in measures if any(value is not None for value in one.values)]


def say_score(measure: str, value: float) -> str:
    """Return a score in words: a share in percent, or an error."""
    return f"{value:.1%}".replace("%", " %") if measure == ACCURACY else f"{value:.4g}"


def _identity(one: SliceScore) -> tuple[str, str, str]:
    return one.slice.owner, one.slice.name, one.measure


def _measure(one: SliceScore, scores: Sequence[SliceScore | None]) -> Measure:
    values = tuple(None if score is None else score.value for score in scores)
    label = f"{'Accuracy' if one.measure == ACCURACY else 'RMSE'} on {one.slice.name}"
    is_sample = any(score is not None and score.value is not None and score.is_sample for score in scores)
    label += ", a sample of it" if is_sample else ""
    apart = points if one.measure == ACCURACY else (lambda value: signed(value, ".4g"))
    return Measure(f"{SLICE}{one.slice.name}", label, values, lambda value: say_score(one.measure, value), apart)
