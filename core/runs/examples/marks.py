"""Marks on the examples of a run's data: whoever may see them may mark them, for themselves alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.config import Correction, write_corrections
from core.datasets.access import check_may_see, may_see
from core.datasets.prepared import Prepared, open_prepared
from core.errors import DatasetError
from core.jobs.submit import submit_training
from core.runs.run_settings import settings_of
from core.store import Run, Store
from core.store.notes.marks import Mark, Part


def marks_of(store: Store, run: Run, part: Part, actor: str) -> list[Mark]:
    """Return an actor's marks on the data of a run, by row; none if they may not see the data."""
    if run.dataset_version is None or not may_see(store.settings, run.dataset, actor):
        return []
    return store.marks.of(actor, run.dataset, run.dataset_version, part)


def mark_example(store: Store, run: Run, part: Part, mark: Mark, actor: str) -> None:
    """Mark an example as mislabelled: with its right class, or as belonging to none.

    Raises:
        NotAllowedError: The data is private and somebody else's.
        DatasetError: The data is gone or another version, has no such row or class, or has that class already.
    """
    data = _opened(store, run, actor)
    labels = data.y_train if part == "train" else data.y_test
    if not 0 <= mark.row < len(labels):
        raise DatasetError(f"there is no {part} example {mark.row}", expected=f"a row below {len(labels):,}")
    if mark.right is not None and not 0 <= mark.right < data.spec.num_classes:
        raise DatasetError(
            "there is no such class", expected=f"one below {data.spec.num_classes}", received=str(mark.right)
        )
    if mark.right == int(labels[mark.row]):
        raise DatasetError("this is the class that the example has", fix="Choose another one, or take the mark away.")
    store.marks.set(actor, run.dataset, data.version, part, mark)


def unmark_example(store: Store, run: Run, part: Part, row: int, actor: str) -> None:
    """Take an actor's mark from an example, if there is one."""
    if run.dataset_version is not None:
        store.marks.clear(actor, run.dataset, run.dataset_version, part, row)


def corrections_of(store: Store, run: Run, actor: str) -> str:
    """Return an actor's marks on training examples as the setting `corrections`, with those of the run itself.

    Where both speak of an example, the mark counts.

    Raises:
        NotAllowedError: The data is private and somebody else's.
        DatasetError: The data is gone, or another version.
        ConfigError: There are too many.
    """
    labels = _opened(store, run, actor).y_train
    marked = [Correction(one.row, int(labels[one.row]), one.right) for one in marks_of(store, run, "train", actor)]
    rows = {one.row for one in marked}
    kept = [one for one in settings_of(run).config.corrected if one.row not in rows]
    return write_corrections([*marked, *kept])


def retrain(store: Store, run: Run, actor: str) -> Run:
    """Queue a run with the settings of another, on training data corrected by an actor's marks.

    The corrections are a setting of the new run: marks that change later change no run.

    Raises:
        NotAllowedError: The data is private and somebody else's.
        DatasetError: The data is gone or another version, or nothing is marked.
        ConfigError: The corrections are too many, or impossible with the other settings.
        LimitError: This visitor has too many waiting runs or too much training.
    """
    text = corrections_of(store, run, actor)
    known = settings_of(run, {"corrections": text})
    if not text or known.config == settings_of(run).config:
        raise DatasetError("nothing is marked that this run has not learned already", fix="Mark training examples.")
    return submit_training(
        store, known.family, known.config, run.dataset, actor, preset=known.preset, once=True, derived_from=run.id
    )


@dataclass(frozen=True)
class WithoutMarked:
    """What a run's score would be without the test examples that somebody has marked.

    Args:
        marked: Number of marked examples.
        accuracy: Share of right answers to the others; None if all are marked.
    """

    marked: int
    accuracy: float | None


def without_marked(ids: np.ndarray, is_right: np.ndarray, marks: list[Mark]) -> WithoutMarked:
    """Return the accuracy without marked test examples; the score of record stays as it is.

    Args:
        ids: Rows of the test data, int (n,).
        is_right: Whether the answer to each is right, bool (n,).
        marks: Marks on test examples.
    """
    is_marked = np.isin(ids, [mark.row for mark in marks])
    others = is_right[~is_marked]
    return WithoutMarked(int(is_marked.sum()), float(others.mean()) if len(others) else None)


def _opened(store: Store, run: Run, actor: str) -> Prepared:
    """Open the data of a run for an actor who marks it: only as themselves, never by a link to the run."""
    check_may_see(store.settings, run.dataset, actor)
    data = open_prepared(store.settings, run.dataset)
    if data.version != run.dataset_version:
        raise DatasetError(
            "the data has changed since this run",
            expected=f"version {run.dataset_version}",
            received=data.version,
            fix="Train on it as it is now.",
        )
    if not data.spec.classes:
        raise DatasetError("examples of this data have no class to correct", expected="data with classes")
    return data
