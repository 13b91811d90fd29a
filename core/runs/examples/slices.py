"""Named groups of test examples, and what each run scores on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.datasets.access import check_may_see, may_see
from core.datasets.corruptions import TEST_SHIFTS
from core.datasets.prepared import open_prepared
from core.errors import ArtifactError, DatasetError
from core.runs.examples.moments import Tell, answers_to_shifted, ask_shifted, sampled
from core.store import Run, Store
from core.store.notes.slices import Slice

ACCURACY, RMSE = "accuracy", "rmse"
# Of a group that the answers of a run decided.
BY_ANSWERS = (
    "This run's answers chose them, so by chance alone other runs score differently on them: compare other runs with "
    "each other, or name a group by what it shows."
)


@dataclass(frozen=True)
class SliceScore:
    """What a run scores on a group of test examples.

    Args:
        slice: The group.
        measure: `accuracy` or `rmse`.
        value: The score; None if it is not known: the run was not tested, or not yet on disturbed examples.
        rest: The score on all other test examples, undisturbed; None if there are none.
        asked: How many of its examples the score is of: fewer than all where a large network is asked about disturbed
            ones.
    """

    slice: Slice
    measure: str
    value: float | None
    rest: float | None
    asked: int

    @property
    def is_sample(self) -> bool:
        """Whether the score is of some of its examples, evenly spread."""
        return self.asked < len(self.slice.rows)


def name_group(
    store: Store, run: Run, name: str, rows: Sequence[int], actor: str, *, source: str, shift: str = ""
) -> Slice:
    """Name a group of test examples of a run's data, so that every run on that data shows its score.

    Args:
        store: The store.
        run: A run on the data.
        name: Its name; a group of the same name and owner is replaced.
        rows: Rows of the test data.
        actor: Who names it, and sees it.
        source: How the examples were found, in a few words.
        shift: A key of `TEST_SHIFTS`, to disturb the examples; empty: as runs were tested.

    Raises:
        NotAllowedError: The data is private and somebody else's.
        DatasetError: The data is gone or another version, the group is empty or has a row that the data lacks, or there
            are too many groups.
        RunError: The name is empty or too long.
    """
    check_may_see(store.settings, run.dataset, actor)
    data = open_prepared(store.settings, run.dataset)
    if data.version != run.dataset_version:
        raise DatasetError("the data has changed since this run", fix="Train on it as it is now.")
    if not len(rows) or min(rows) < 0 or max(rows) >= len(data.y_test):
        raise DatasetError("this is no group of test examples", expected=f"rows from 0 to {len(data.y_test) - 1:,}")
    if shift and (shift not in TEST_SHIFTS or not data.spec.is_image):
        raise DatasetError("these examples cannot be disturbed so", expected=", ".join(TEST_SHIFTS), received=shift)
    return store.slices.keep(actor, run.dataset, data.version, name, rows, source=source, shift=shift)


def delete_group(store: Store, run: Run, name: str, actor: str) -> None:
    """Delete an actor's group, if there is one of that name."""
    if run.dataset_version is not None:
        store.slices.delete(actor, run.dataset, run.dataset_version, name)


def slices_of(store: Store, run: Run, actor: str) -> list[Slice]:
    """Return an actor's groups on the data of a run, the oldest first; none if they may not see the data.

    The command line has everybody's.
    """
    if run.dataset_version is None or not may_see(store.settings, run.dataset, actor):
        return []
    return store.slices.of(actor, run.dataset, run.dataset_version)


def slice_scores(store: Store, run: Run, actor: str, which: str = "last") -> list[SliceScore]:
    """Return what a run scores on each of an actor's groups.

    Args:
        store: The store.
        run: A run.
        actor: Who asks.
        which: Its `last` network, or its `best` one by validation.
    """
    groups = slices_of(store, run, actor)
    if not groups:
        return []
    try:
        answers = store.files(run.id).load_predictions()
    except ArtifactError:
        answers = {}
    return [_score(store, run, group, answers, which) for group in groups]


def ask_missing(store: Store, run: Run, actor: str, which: str = "last", tell: Tell = lambda share: None) -> bool:
    """Ask for a run's answers to disturbed examples that its groups need; return whether any were missing.

    `tell` is told the share that is done, 0 to 1.

    Raises:
        GlassboxError: As `ask_shifted`.
    """
    missing = [
        (group.shift, rows)
        for group in slices_of(store, run, actor)
        if group.shift and not _are_known(rows := sampled(store, run, group.rows), store, run, group.shift, which)
    ]
    for place, (shift, rows) in enumerate(missing):
        ask_shifted(store, run, shift, which, actor, rows, _within(tell, place, len(missing)))
    return bool(missing)


def _within(tell: Tell, place: int, count: int) -> Tell:
    """Return what tells the share of the whole, from within one of its parts."""
    return lambda share: tell((place + share) / count)


def _are_known(rows: np.ndarray, store: Store, run: Run, shift: str, which: str) -> bool:
    return bool(np.isin(rows, answers_to_shifted(store, run, shift, which).get("ids", [])).all())


def pick_rows(
    answers: Mapping[str, np.ndarray],
    which: str = "last",
    *,
    truth: int | None = None,
    said: int | None = None,
    is_right: bool | None = None,
    marked: Sequence[int] | None = None,
) -> np.ndarray:
    """Return the rows of the test data that meet all conditions, int (n,).

    Args:
        answers: As in `predictions.npz`, of a classifier where a condition is about classes.
        which: Whose answers count: those of the `last` or of the `best` network.
        truth: The true class.
        said: The predicted class.
        is_right: Whether the answer is right.
        marked: Rows to choose from.

    Raises:
        DatasetError: A condition is about the predicted class, and there is none.
    """
    ids, chosen = answers["ids"], np.ones(len(answers["ids"]), bool)
    if truth is not None:
        chosen &= answers["y_true"] == truth
    if said is not None or is_right is not None:
        if f"probabilities_{which}" not in answers:
            raise DatasetError("these answers are no classes", expected="a classifier", fix="Choose by rows instead.")
        predicted = answers[f"probabilities_{which}"].argmax(1)
        chosen &= (said is None) | (predicted == said)
        chosen &= (is_right is None) | ((predicted == answers["y_true"]) == is_right)
    if marked is not None:
        chosen &= np.isin(ids, marked)
    return ids[chosen]


def _score(store: Store, run: Run, group: Slice, answers: Mapping[str, np.ndarray], which: str) -> SliceScore:
    measure, errors = errors_of(answers, which)
    if errors is None:
        return SliceScore(group, measure, None, None, 0)
    is_in = np.isin(answers["ids"], group.rows)
    rest = score(measure, errors[~is_in])
    if not group.shift:
        return SliceScore(group, measure, score(measure, errors[is_in]), rest, len(group.rows))
    rows, disturbed = sampled(store, run, group.rows), answers_to_shifted(store, run, group.shift, which)
    is_in, errors = np.isin(disturbed.get("ids", []), rows), errors_of(disturbed, which)[1]
    value = score(measure, errors[is_in]) if errors is not None and is_in.sum() == len(rows) else None
    return SliceScore(group, measure, value, rest, len(rows))


def errors_of(answers: Mapping[str, np.ndarray], which: str) -> tuple[str, np.ndarray | None]:
    """Return the measure of answers, and each example's part of it: whether it is right, or its squared error."""
    if f"probabilities_{which}" in answers:
        return ACCURACY, answers[f"probabilities_{which}"].argmax(1) == answers["y_true"]
    if f"values_{which}" in answers:
        values = answers[f"values_{which}"].reshape(len(answers["y_true"]))
        return RMSE, np.square(values - answers["y_true"], dtype=np.float64)
    return ACCURACY, None


def score(measure: str, parts: np.ndarray) -> float | None:
    """Return the score of some examples from `errors_of`; None of no examples."""
    if not len(parts):
        return None
    mean = float(np.mean(parts))
    return mean if measure == ACCURACY else float(np.sqrt(mean))


def named_scores(found: Sequence[SliceScore]) -> dict[str, dict[str, float | None]]:
    """Return scores for JSON: `slice_accuracy` or `slice_rmse`, by the name of the group.

    Groups of several owners may have one name; the first keeps it, and the others get a number.
    """
    named: dict[str, dict[str, float | None]] = {}
    for one in found:
        scores = named.setdefault(f"slice_{one.measure}", {})
        names = (one.slice.name, *(f"{one.slice.name} ({number})" for number in range(2, len(found) + 2)))
        scores[next(name for name in names if name not in scores)] = one.value
    return named
