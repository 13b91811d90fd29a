"""The `prepare` task: turn a data set's raw files into arrays. No TensorFlow."""

from __future__ import annotations

from core.datasets import prepare
from core.datasets.own.build import build
from core.datasets.own.own import is_own
from core.datasets.prepared import is_prepared
from core.jobs.work import Outcome, Work
from core.store import Status


def prepare_dataset(work: Work) -> Outcome:
    """Prepare the run's data set."""
    work.progress(phase="preparing the data", share=0.0)
    dataset = work.run.dataset
    is_to_be_read = bool(work.run.config) or not is_prepared(work.settings, dataset)  # or read again with other options
    if is_own(dataset) and is_to_be_read:
        version = build(work.settings, dataset, work.tell, work.run.config or None)
    else:
        version = prepare(work.settings, dataset, work.tell)
    return Outcome(Status.SUCCEEDED, {"dataset_version": version})
