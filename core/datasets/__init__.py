"""Data sets: what there is, and the prepared arrays that workers and pages read."""

from core.datasets.prepared import Prepared, open_prepared, prepare
from core.datasets.registry import DATASETS, Dataset, find_dataset
from core.datasets.spec import DataSpec

__all__ = ["DATASETS", "DataSpec", "Dataset", "Prepared", "find_dataset", "open_prepared", "prepare"]
