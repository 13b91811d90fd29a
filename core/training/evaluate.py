"""Save and evaluate the trained network at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from core.datasets import Prepared
from core.datasets.corruptions import shifted_images
from core.errors import ArtifactError
from core.jobs.work import Work
from core.models.network import plain_copy
from core.training import checkpoint
from core.training.measure import measure

if TYPE_CHECKING:
    from core.training.supervised import Supervised

Given = dict[str, tuple[np.ndarray, np.ndarray]]  # examples or features, and targets
CHECKED = 8  # test examples that the whole network answers too


def finish(work: Work, trainee: Supervised, data: Prepared) -> dict[str, object]:
    """Save the network in float32, test that copy, and save its predictions.

    Returns:
        Entries for the run's summary.
    """
    network = plain_copy(trainee.network, trainee.specs, data.spec)
    _save_model(work, network)
    given = trainee.evaluate_on(network)
    last = _Measured(trainee, network, given)
    _check_whole(trainee, network, data, last.test.outputs)
    best = _best(work, trainee, data, given)
    predictions = {"ids": np.arange(len(data.y_test)), "y_true": np.asarray(data.y_test)}
    predictions[f"{trainee.objective.stored_as}_last"] = last.test.outputs
    if best is not None:
        predictions[f"{trainee.objective.stored_as}_best"] = best.test.outputs
    work.files.save_predictions(predictions)
    sizes = {"test_size": len(data.y_test), "train_size": len(last.train.outputs)}
    return {
        **last.summary("last"),
        **(best or last).summary("best", known=best is not None),
        **_baselines(trainee),
        **sizes,
    }


def _baselines(trainee: Supervised) -> dict[str, float]:
    """Return baseline entries such as `test_rmse_mean`; {} for classifiers."""
    return {
        f"test_{name}_{which}": _short(value)
        for which, numbers in trainee.baselines().items()
        for name, value in numbers.items()
    }


class _Measured:
    """Results of a network on test, training and validation data."""

    def __init__(self, trainee: Supervised, network: keras.Model, given: Given) -> None:
        reader = trainee.reader_of(network)
        self._results = {part: measure(reader, trainee.objective, x, y) for part, (x, y) in given.items() if len(y)}
        self.test, self.train = self._results["test"], self._results["train"]

    def summary(self, which: str, *, known: bool = True) -> dict[str, object]:
        """Return entries such as `test_accuracy_last`; all None if not `known`."""
        return {
            f"{part}_{name}_{which}": _short(value) if known else None
            for part, result in self._results.items()
            for name, value in result.numbers.items()
        }


def _short(value: float) -> float:
    """Round to six significant digits, as values may have any scale."""
    return float(f"{value:.6g}")


def _check_whole(trainee: Supervised, network: keras.Model, data: Prepared, answers: np.ndarray) -> None:
    """Check on a few test examples that the whole network answers as its last layers do from features.

    Raises:
        ArtifactError: It does not.
    """
    x = shifted_images(data.x_test[:CHECKED], trainee.config.test_shift)
    found = measure(network, trainee.objective, x, np.asarray(data.y_test[:CHECKED])).outputs
    expected = answers[:CHECKED]
    if not np.allclose(found, expected, rtol=0, atol=0.01 * np.nan_to_num(np.abs(expected)).max(), equal_nan=True):
        raise ArtifactError("the saved network is not the one that was measured", fix="Train it again.")


def _best(work: Work, trainee: Supervised, data: Prepared, given: Given) -> _Measured | None:
    if checkpoint.load_best(work, trainee) is None:
        return None
    return _Measured(trainee, plain_copy(trainee.network, trainee.specs, data.spec), given)


def _save_model(work: Work, network: keras.Model) -> None:
    with work.files.replacing(work.files.model) as temporary:
        network.save(temporary)
