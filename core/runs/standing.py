"""What the runs of a group reach on the same test examples, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from core.analysis.classifier.classification import wilson_interval
from core.analysis.number.intervals import error_intervals
from core.errors import ArtifactError
from core.families import find_family
from core.runs.group import Group
from core.store import Run, Store


@dataclass(frozen=True)
class Standing:
    """The result of a run.

    Args:
        run: The run.
        name: Its kind of network and its preset.
        said: Its main result in words; empty before there is one.
        value: That result; None before there is one.
        low, high: Its 95 % interval, by the luck of the test examples; None where there is none.
    """

    run: Run
    name: str
    said: str
    value: float | None
    low: float | None
    high: float | None


def standings_of(store: Store, group: Group) -> list[Standing]:
    """Return the results of a group's runs, in the order of its ranking once all have ended, until then as queued.

    Args:
        store: Store of the runs.
        group: Runs of different presets on the same data.
    """
    is_over = group.done == len(group.runs)
    return [_standing(store, group.runs[place]) for place in (group.ranking if is_over else range(len(group.runs)))]


def preset_name(run: Run) -> str:
    """Return a run's kind of network and its preset, such as `Family: Preset`."""
    family = find_family(str(run.family))
    preset = family.presets.get(run.preset or "")
    return f"{family.title}: {preset.title if preset else run.name}"


def _standing(store: Store, run: Run) -> Standing:
    result = find_family(str(run.family)).result(run.summary)
    value = run.summary.get(result.key)
    said = "" if value is None else result.say(value)
    low, high = _interval(store, run) if value is not None else (None, None)
    return Standing(run, preset_name(run), said, value, low, high)


def _interval(store: Store, run: Run) -> tuple[float | None, float | None]:
    """Return the interval of a run's accuracy or R² on the test examples."""
    try:
        answers = store.files(run.id).load_predictions()
    except ArtifactError:  # what generates examples answers none
        return None, None
    truth = answers["y_true"]
    if "probabilities_last" in answers:
        return wilson_interval(int((answers["probabilities_last"].argmax(1) == truth).sum()), len(truth))
    r2 = error_intervals(truth, answers["values_last"].reshape(len(truth))).r2
    return r2.low, r2.high
