"""What simple methods reach on a data set, computed once by a task and kept beside its arrays."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from core.datasets.access import check_may_see
from core.datasets.dataset import prepared_folder
from core.datasets.prepared import open_prepared
from core.errors import DatasetError
from core.jobs.submit import ensure_once
from core.settings import Settings
from core.store import Run, Store

KIND = "baselines"
FILE = "baselines.json"
NAMES = {
    "majority": "the most common class",
    "centroid": "nearest centroid",
    "logistic": "logistic regression",
    "tree": "decision tree",
    "boosting": "gradient boosting",
    "bayes": "naive Bayes on n-grams",
    "mean": "always predicting the mean",
    "linear": "linear regression",
    "persistence": "the last value again",
    "seasonal": "the value one period before",
    "uniform": "every character alike",
    "1gram": "how common a character is",
    "3gram": "counting after two characters",
    "5gram": "counting after four characters",
    "copy": "repeating the question",
    "commonest": "the commonest character at each place",
}


@dataclass(frozen=True)
class Baselines:
    """What simple methods reach on the test examples of a data set.

    Args:
        version: Version of the data.
        results: By method, results under the keys of a run's summary, such as `test_accuracy_last`.
        rows, of_rows: Training examples learned from, and all of them.
        numbers, of_numbers: Numbers of an example that were looked at, and all of them.
        skipped: Methods that were left out since time was up.
    """

    version: str
    results: dict[str, dict[str, float]]
    rows: int
    of_rows: int
    numbers: int
    of_numbers: int
    skipped: tuple[str, ...] = ()

    def save(self, folder: Path) -> None:
        """Write them beside the arrays of their data, all or nothing."""
        part = folder / f"{FILE}.part"
        part.write_text(json.dumps(asdict(self)))
        part.replace(folder / FILE)


def read_baselines(settings: Settings, dataset_id: str, actor: str) -> Baselines | None:
    """Return the baselines of a data set as it is now; None if they were not measured yet.

    Raises:
        NotAllowedError: The actor may not see the data.
        DatasetError: It is not prepared, or no longer exists.
    """
    check_may_see(settings, dataset_id, actor)
    version = open_prepared(settings, dataset_id).version
    try:
        values = json.loads((prepared_folder(settings, dataset_id) / FILE).read_text())
        found = Baselines(**{**values, "skipped": tuple(values["skipped"])})
    except (OSError, ValueError, KeyError, TypeError):  # missing, or written by another version: measure again
        return None
    return found if found.version == version else None


def ensure_baselines(store: Store, dataset_id: str, actor: str) -> Run | None:
    """Queue the measurement of baselines unless it is done, queued or running.

    Returns:
        The task to wait for, or one that has just failed; None if they exist, or never will: nothing is predicted.

    Raises:
        NotAllowedError: The actor may not see the data.
        DatasetError: It is not prepared, or no longer exists.
    """
    if read_baselines(store.settings, dataset_id, actor) is not None:
        return None
    if not has_baselines(store.settings, dataset_id):
        return None
    return ensure_once(store, KIND, dataset_id, f"Baselines of {dataset_id}")


def has_baselines(settings: Settings, dataset_id: str) -> bool:
    """Return whether simple methods can be measured: the data is prepared, and there is something to predict."""
    try:
        return open_prepared(settings, dataset_id).spec.target.is_predicted
    except DatasetError:
        return False
