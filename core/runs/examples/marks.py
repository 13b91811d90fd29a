"""Marks on the examples of data: whoever may see them may mark them, for themselves alone."""

from __future__ import annotations

from collections.abc import Sequence
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
from core.store.runs.changes import LONGEST_NAME

CORRECTED = ", corrected"  # after the name of the run whose training data was corrected


@dataclass(frozen=True)
class DataVersion:
    """A version of a data set, whose examples are marked.

    Args:
        dataset: Id of the data set.
        version: Hash of its arrays; None if it is not known.
    """

    dataset: str
    version: str | None


def data_of(run: Run) -> DataVersion:
    """Return what a run learned from."""
    return DataVersion(run.dataset, run.dataset_version)


def marks_of(store: Store, data: DataVersion, part: Part, actor: str) -> list[Mark]:
    """Return an actor's marks, by row; none if they may not see the data."""
    if data.version is None or not may_see(store.settings, data.dataset, actor):
        return []
    return store.marks.of(actor, data.dataset, data.version, part)


def mark_example(store: Store, data: DataVersion, part: Part, mark: Mark, actor: str) -> None:
    """Mark an example as mislabelled: with its right class, or as belonging to none.

    Raises:
        NotAllowedError: The data is private and somebody else's.
        DatasetError: The data is gone or another version, has no such row or class, or has that class already.
    """
    known = _opened(store, data, actor)
    labels = known.y_train if part == "train" else known.y_test
    if not 0 <= mark.row < len(labels):
        raise DatasetError(f"there is no {part} example {mark.row}", expected=f"a row below {len(labels):,}")
    if mark.right is not None and not 0 <= mark.right < known.spec.num_classes:
        raise DatasetError(
            "there is no such class", expected=f"one below {known.spec.num_classes}", received=str(mark.right)
        )
    if mark.right == int(labels[mark.row]):
        raise DatasetError("this is the class that the example has", fix="Choose another one, or take the mark away.")
    store.marks.set(actor, data.dataset, known.version, part, mark)


def unmark_example(store: Store, data: DataVersion, part: Part, row: int, actor: str) -> None:
    """Take an actor's mark from an example, if there is one."""
    if data.version is not None:
        store.marks.clear(actor, data.dataset, data.version, part, row)


def corrections_of(store: Store, data: DataVersion, actor: str, known: Sequence[Correction] = ()) -> str:
    """Return an actor's marks on training examples as the setting `corrections`.

    Args:
        store: The store.
        data: What is marked.
        actor: Whose marks count.
        known: Corrections that a run has already; where both speak of an example, the mark counts.

    Raises:
        NotAllowedError: The data is private and somebody else's.
        DatasetError: The data is gone, or another version.
        ConfigError: There are too many.
    """
    labels = _opened(store, data, actor).y_train
    marked = [Correction(one.row, int(labels[one.row]), one.right) for one in marks_of(store, data, "train", actor)]
    rows = {one.row for one in marked}
    return write_corrections([*marked, *(one for one in known if one.row not in rows)])


def retrain(store: Store, run: Run, actor: str) -> Run:
    """Queue a run with the settings of another, on training data corrected by an actor's marks.

    The corrections are a setting of the new run: marks that change later change no run.

    Raises:
        NotAllowedError: The data is private and somebody else's.
        DatasetError: The data is gone or another version, or nothing is marked.
        ConfigError: The corrections are too many, or impossible with the other settings.
        LimitError: This visitor has too many waiting runs or too much training.
    """
    text = corrections_of(store, data_of(run), actor, settings_of(run).config.corrected)
    known = settings_of(run, {"corrections": text})
    if not text or known.config == settings_of(run).config:
        raise DatasetError("nothing is marked that this run has not learned already", fix="Mark training examples.")
    name = f"{run.name.removesuffix(CORRECTED)[: LONGEST_NAME - len(CORRECTED)]}{CORRECTED}"
    return submit_training(
        store,
        known.family,
        known.config,
        run.dataset,
        actor,
        preset=known.preset,
        name=name,
        once=True,
        derived_from=run.id,
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


def _opened(store: Store, data: DataVersion, actor: str) -> Prepared:
    """Open data for an actor who marks it: only as themselves, never by a link to a run."""
    check_may_see(store.settings, data.dataset, actor)
    known = open_prepared(store.settings, data.dataset)
    if known.version != data.version:
        raise DatasetError(
            "the data has changed since",
            expected=f"version {data.version}",
            received=known.version,
            fix="Train on it as it is now.",
        )
    if not known.spec.classes:
        raise DatasetError("examples of this data have no class to correct", expected="data with classes")
    return known
