"""The `prepare` task: a data set's raw files become arrays. No TensorFlow."""

from __future__ import annotations

from core.datasets import prepare
from core.jobs.work import Outcome, Work
from core.store import Status


def prepare_dataset(work: Work) -> Outcome:
    """Prepare the run's data set."""
    work.progress(phase="preparing the data")
    version = prepare(work.settings, work.run.dataset)
    return Outcome(Status.SUCCEEDED, {"dataset_version": version})
