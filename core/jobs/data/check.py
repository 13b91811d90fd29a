"""The `check` task: find facts and faults of a data set. No TensorFlow."""

from __future__ import annotations

import numpy as np

from core.analysis.data.check import check_data
from core.datasets import open_whole
from core.datasets.dataset import prepared_folder
from core.datasets.own.built import SIZES
from core.datasets.prepared import is_prepared
from core.jobs.work import Outcome, Work
from core.store import Status


def check_dataset(work: Work) -> Outcome:
    """Check the run's data set, and save the findings beside its arrays."""
    data = open_whole(work.settings, work.run.dataset)
    place = prepared_folder(work.settings, data.id)
    sizes = {name: np.load(place / f"{name}.npy") for name in SIZES if (place / f"{name}.npy").exists()}
    found = check_data(data.x_train, data.y_train, data.x_test, data.y_test, data.spec.classes, work.tell, **sizes)
    if is_prepared(work.settings, data.id):  # otherwise it was deleted meanwhile
        found.save(place)
    return Outcome(Status.SUCCEEDED, {"dataset_version": data.version})
