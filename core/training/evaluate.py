"""The end of a run: the file that is kept, measured on the test data."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from core.datasets import Prepared
from core.jobs.work import Work
from core.models.network import in_float32
from core.training import checkpoint
from core.training.step import TestResult, Trainee


def finish(work: Work, trainee: Trainee, data: Prepared) -> dict[str, Any]:
    """Save the network in float32, test that same network, and save its answers.

    Returns:
        Entries for the run's summary.
    """
    network = in_float32(trainee.network, trainee.specs, data.spec)
    last = trainee.test(network)
    _save_model(work, network)
    best = _best(work, trainee, data)
    predictions = {"ids": np.arange(len(data.y_test)), "y_true": np.asarray(data.y_test)}
    predictions["probabilities_last"] = last.outputs
    summary: dict[str, Any] = {f"test_{name}_last": round(value, 6) for name, value in last.numbers.items()}
    summary.update({f"test_{name}_best": None for name in last.numbers})
    if best is not None:
        predictions["probabilities_best"] = best.outputs
        summary.update({f"test_{name}_best": round(value, 6) for name, value in best.numbers.items()})
    work.files.save_predictions(predictions)
    return {**summary, "test_size": len(data.y_test)}


def _best(work: Work, trainee: Trainee, data: Prepared) -> TestResult | None:
    if checkpoint.load_best(work, trainee) is None:
        return None
    return trainee.test(in_float32(trainee.network, trainee.specs, data.spec))


def _save_model(work: Work, network: keras.Model) -> None:
    with work.files.replacing(work.files.model) as temporary:
        network.save(temporary)
