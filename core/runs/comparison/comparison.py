"""Compare runs: settings that differ, results, and whether the difference of two is real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.analysis.compare.paired import Apart, Tally, accuracies_apart, errors_apart, tally
from core.analysis.compare.seeds import SeedsApart, seeds_apart
from core.errors import ArtifactError, RunError
from core.families import find_family
from core.runs.comparison.again import compare_again, is_again
from core.runs.comparison.measures import Measure, measures_of
from core.runs.comparison.settings import SEED, Setting, sentence, settings_of_runs
from core.runs.comparison.slices import slice_measures
from core.runs.comparison.verdict import Answer, Verdict, judge
from core.store import Run, Status, Store

LEAST, MOST = 2, 12  # runs side by side
LETTERS = "ABCDEFGHIJKL"  # names of as many
MOST_REPEATS = 1000  # runs looked at


@dataclass(frozen=True, eq=False)
class Pair:
    """Two runs, the second as against the first.

    Args:
        apart: Their difference on the same test examples; None if there is no such comparison.
        why_not: Why there is none; else empty.
        tally: Counts of right answers, of two classifiers.
        over_seeds: Their difference over seeds; None with fewer than two seeds of one.
        seeds: Number of seeds of each.
        verdict: What follows.
    """

    apart: Apart | None
    why_not: str
    tally: Tally | None
    over_seeds: SeedsApart | None
    seeds: tuple[int, int]
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class Comparison:
    """Some runs side by side.

    Args:
        runs: The runs, in the order they were asked for; the first is what others are compared with.
        settings: All their settings.
        measures: Their results and costs, and their scores on groups of test examples that the actor has named.
        pairs: The first with each other one.
        repeats: Of each run, the runs of its owner or of the actor with the same settings and another seed, itself
            included, one a seed: measured ones, and those that wait or train.
        consulted: Number of runs that were measured on the test examples of the first.
    """

    runs: tuple[Run, ...]
    settings: tuple[Setting, ...]
    measures: tuple[Measure, ...]
    pairs: tuple[Pair, ...]
    repeats: tuple[tuple[Run, ...], ...]
    consulted: int

    @cached_property
    def sentence(self) -> str:
        """What differs, and what came of it, in one sentence."""
        said = sentence(self.settings, len(self.runs))
        if len(self.runs) > LEAST:
            return f"{said}."
        main = {find_family(str(run.family)).result(run.summary).key for run in self.runs}
        changes = [(m.label, m.change(0, 1)) for m in self.measures if m.key in {*main, "fit_s"}]
        told = ", ".join(f"{label[0].lower()}{label[1:]} {change}" for label, change in changes if change)
        return f"{said}: {told}." if told else f"{said}."


def compare(store: Store, run_ids: Sequence[str], actor: str) -> Comparison:
    """Compare runs.

    Args:
        store: Store of the runs.
        run_ids: Ids of 2 to 12 training runs, all different.
        actor: Who asks: repeats of theirs count, as do those of a run's owner.

    Raises:
        RunError: There are too few or too many, one is named twice, does not exist, or trains nothing.
    """
    if not LEAST <= len(run_ids) <= MOST or len(set(run_ids)) < len(run_ids):
        received = f"{len(run_ids)}, {len(set(run_ids))} of them different"
        raise RunError("these runs cannot be compared", expected=f"{LEAST} to {MOST} different runs", received=received)
    runs = tuple(store.runs.get(run_id) for run_id in run_ids)
    for run in runs:
        if run.family is None:
            raise RunError(f"run {run.id} prepares data; it has no network to compare")
    settings = tuple(settings_of_runs(store.settings, runs))
    first, others = runs[0], _same_data(store, runs[0])
    repeats = tuple(_repeats(run, others, actor) for run in runs)
    pairs = tuple(
        _pair(store, (first, runs[index]), (repeats[0], repeats[index]), letter(index)) for index in range(1, len(runs))
    )
    measured = [run for run in others if find_family(str(run.family)).is_measured(run.summary)]
    measures = (*measures_of(runs), *slice_measures(store, runs, actor))
    return Comparison(runs, settings, measures, pairs, repeats, len(measured))


def repeats_of(store: Store, run: Run, actor: str) -> tuple[Run, ...]:
    """Return a run and its repeats, as in `Comparison.repeats`.

    Args:
        store: Store of the run.
        run: A training run.
        actor: Who asks.
    """
    return _repeats(run, _same_data(store, run), actor)


def _repeats(run: Run, others: Sequence[Run], actor: str) -> tuple[Run, ...]:
    found: dict[int, Run] = {}
    for other in [*others, run]:
        counts = other.id == run.id or not other.status.is_final or _is_measured(other)
        if counts and other.owner in (run.owner, actor) and (other.id == run.id or _is_repeat(run, other)):
            found[int(other.config.get(SEED, 0))] = other
    return tuple(found[seed] for seed in sorted(found))


def _is_measured(run: Run) -> bool:
    return run.status is Status.SUCCEEDED and find_family(str(run.family)).is_measured(run.summary)


def _is_repeat(run: Run, other: Run) -> bool:
    same = _setup(run) == _setup(other)
    return same and bool(run.dataset) and {**run.config, SEED: 0} == {**other.config, SEED: 0}


def _setup(run: Run) -> tuple[object, ...]:
    return run.family, run.dataset_version, run.parent, run.branch_step, run.steering


def _same_data(store: Store, run: Run) -> list[Run]:
    if not run.dataset:  # unknown, so nothing has the same
        return []
    found = store.runs.list(dataset=run.dataset, limit=MOST_REPEATS)
    return [other for other in found if other.dataset_version in (run.dataset_version, None)]


def letter(index: int) -> str:
    """Return what the run at a place of a comparison is called: A, B and so on."""
    return LETTERS[index]


def _pair(store: Store, both: tuple[Run, Run], repeats: tuple[Sequence[Run], Sequence[Run]], name: str) -> Pair:
    found = _on_the_same_examples(store, *both)
    over_seeds, seeds = _over_seeds(both, repeats)
    if is_again(*both) and all(run.status.is_final for run in both):
        verdict = Verdict(Answer.AGAIN, compare_again(store, *both).sentence)
        return Pair(found.apart, found.why_not, found.tally, over_seeds, seeds, verdict)
    say = find_family(str(both[0].family)).result(both[0].summary).apart
    verdict = judge(
        found.apart,
        over_seeds,
        seeds,
        found.unit,
        say,
        (letter(0), name),
        is_repeat=_is_repeat(*both),
        why_not=found.why_not,
    )
    return Pair(found.apart, found.why_not, found.tally, over_seeds, seeds, verdict)


@dataclass(frozen=True)
class _Found:
    apart: Apart | None = None
    why_not: str = ""
    tally: Tally | None = None
    unit: str = ""


def _on_the_same_examples(store: Store, first: Run, second: Run) -> _Found:
    """Compare two runs on the test examples that both have answered."""
    if not (first.dataset and second.dataset):
        return _Found(why_not="A logged script keeps its data to itself, so only the numbers can be compared.")
    is_same = first.dataset == second.dataset or first.dataset_version is not None  # a version is a hash of the data
    if not is_same or first.dataset_version != second.dataset_version:
        return _Found(why_not="They were tested on different data, so their results cannot be compared.")
    try:
        answers = [store.files(run.id).load_predictions() for run in (first, second)]
    except ArtifactError:
        still = "" if first.status.is_final and second.status.is_final else " One of them has not ended."
        return _Found(why_not=f"They have not both been tested, so only their numbers can be compared.{still}")
    if not np.array_equal(answers[0]["ids"], answers[1]["ids"]):
        return _Found(why_not="They were tested on different examples of this data.")
    truth = answers[0]["y_true"]
    if all("values_last" in one for one in answers):
        one, other = (answer["values_last"].reshape(len(truth)) for answer in answers)
        return _Found(errors_apart(truth, one, other), unit="rmse")
    if not all("probabilities_last" in one for one in answers):
        return _Found(why_not="They answer different questions, so their results cannot be compared.")
    right = [answer["probabilities_last"].argmax(1) == truth for answer in answers]
    counts = tally(right[0], right[1])
    return _Found(accuracies_apart(counts), tally=counts, unit="points")


def _over_seeds(
    both: tuple[Run, Run], repeats: tuple[Sequence[Run], Sequence[Run]]
) -> tuple[SeedsApart | None, tuple[int, int]]:
    """Compare the settings of two runs over their seeds."""
    key = find_family(str(both[0].family)).result(both[0].summary).key
    values = [[run.summary[key] for run in group if _is_measured(run) and key in run.summary] for group in repeats]
    seeds = (len(values[0]), len(values[1]))
    is_comparable = not _is_repeat(*both) and both[0].dataset_version == both[1].dataset_version
    return (seeds_apart(*values) if is_comparable else None), seeds
