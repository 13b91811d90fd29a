"""The `prepare` task: a data set's raw files become arrays. No TensorFlow."""

from __future__ import annotations

import time

from core.datasets import prepare
from core.jobs.work import Outcome, Work
from core.store import Status

SAY_S = 0.25  # no more often


def prepare_dataset(work: Work) -> Outcome:
    """Prepare the run's data set."""
    work.progress(phase="preparing the data")
    said = 0.0

    def progress(words: str, share: float) -> None:
        nonlocal said
        if time.monotonic() - said > SAY_S:
            said = time.monotonic()
            work.progress(phase=words, share=round(share, 3))

    version = prepare(work.settings, work.run.dataset, progress)
    return Outcome(Status.SUCCEEDED, {"dataset_version": version})
