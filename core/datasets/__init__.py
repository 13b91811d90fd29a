"""Data sets: the registry, and the prepared arrays that workers and pages read."""

from core.datasets.dataset import Dataset
from core.datasets.prepared import Prepared, open_prepared, open_whole, prepare, state_of
from core.datasets.registry import DATASETS, DEFAULT_DATASET, find_dataset, list_datasets, usable, why_not
from core.datasets.spec import DataSpec

__all__ = [
    "DATASETS",
    "DEFAULT_DATASET",
    "DataSpec",
    "Dataset",
    "Prepared",
    "find_dataset",
    "list_datasets",
    "open_prepared",
    "open_whole",
    "prepare",
    "state_of",
    "usable",
    "why_not",
]
