"""Data sets: what there is, and the prepared arrays that workers and pages read."""

from core.datasets.prepared import Prepared, open_prepared, prepare, usable
from core.datasets.registry import DATASETS, DEFAULT_DATASET, Dataset, find_dataset
from core.datasets.spec import DataSpec

__all__ = [
    "DATASETS",
    "DEFAULT_DATASET",
    "DataSpec",
    "Dataset",
    "Prepared",
    "find_dataset",
    "open_prepared",
    "prepare",
    "usable",
]
