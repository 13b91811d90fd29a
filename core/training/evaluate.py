"""The end of a run: the file that is kept, measured on the test data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from core.datasets import Prepared
from core.jobs.work import Work
from core.models.network import plain_copy
from core.training import checkpoint

if TYPE_CHECKING:
    from core.training.classifier import Classifier

MOST_RECALLED = 2000  # training examples measured at the end: within a point of the truth, and quick


@dataclass(frozen=True)
class TestResult:
    """A network measured on examples.

    Args:
        numbers: Metrics by name.
        outputs: What it answered, one row an example.
    """

    __test__ = False  # not a test case, whatever pytest thinks of its name

    numbers: dict[str, float]
    outputs: np.ndarray


def finish(work: Work, trainee: Classifier, data: Prepared) -> dict[str, Any]:
    """Save the network in float32, test that same network, and save its answers.

    Returns:
        Entries for the run's summary.
    """
    network = plain_copy(trainee.network, trainee.specs, data.spec)
    last = _Measured(trainee, network)
    _save_model(work, network)
    best = _best(work, trainee, data)
    predictions = {"ids": np.arange(len(data.y_test)), "y_true": np.asarray(data.y_test)}
    predictions["probabilities_last"] = last.test.outputs
    if best is not None:
        predictions["probabilities_best"] = best.test.outputs
    work.files.save_predictions(predictions)
    sizes = {"test_size": len(data.y_test), "train_size": len(last.train.outputs)}
    return {**last.summary("last"), **(best or last).summary("best", known=best is not None), **sizes}


class _Measured:
    """A network measured on test data, on what it was trained with and on what was held back."""

    def __init__(self, trainee: Classifier, network: keras.Model) -> None:
        self.test, self.train, self.held = trainee.test(network), trainee.recall(network), trainee.held_back(network)

    def summary(self, which: str, *, known: bool = True) -> dict[str, Any]:
        """Return entries such as `test_accuracy_last`; each is None where it is not known."""
        parts = {"test": self.test.numbers, "train": self.train.numbers, "val": self.held.numbers if self.held else {}}
        return {
            f"{part}_{name}_{which}": round(value, 6) if known else None
            for part, numbers in parts.items()
            for name, value in numbers.items()
        }


def _best(work: Work, trainee: Classifier, data: Prepared) -> _Measured | None:
    if checkpoint.load_best(work, trainee) is None:
        return None
    return _Measured(trainee, plain_copy(trainee.network, trainee.specs, data.spec))


def _save_model(work: Work, network: keras.Model) -> None:
    with work.files.replacing(work.files.model) as temporary:
        network.save(temporary)
