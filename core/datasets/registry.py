"""The registry of data sets. To add one, write one file in a folder beside this and one line in `DATASETS`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from core.datasets import access
from core.datasets.data_folder import PREFIX, datasets_in
from core.datasets.dataset import Dataset, prepared_folder
from core.datasets.own import as_dataset, carried, own
from core.datasets.points.labelled import LABELLED
from core.datasets.points.points import POINTS
from core.datasets.public.cifar import CIFAR10, CIFAR100
from core.datasets.public.digits import DIGITS_8X8
from core.datasets.public.fashion import FASHION_MNIST
from core.datasets.public.mnist import MNIST, MNIST_5K
from core.datasets.public.plays import FIRST_NAMES, SHAKESPEARE, SHAKESPEARE_PIECES
from core.datasets.public.reviews import REVIEWS_IN_SIGNS, REVIEWS_IN_WORDS
from core.datasets.public.surnames import SURNAMES
from core.datasets.public.tables import TABLES
from core.datasets.series.generated import ADDING, SINES
from core.datasets.series.measured import MEASURED
from core.datasets.series.mnist1d import MNIST1D
from core.datasets.sounds.fsdd import FSDD
from core.datasets.spec import DataSpec
from core.datasets.texts.generated import TASKS
from core.datasets.texts.invented import FAMILY_NAMES
from core.datasets.texts.names import NAMES
from core.datasets.texts.pairs.dates import DATES
from core.datasets.texts.pairs.tasks import PAIRED
from core.datasets.texts.written import PYTHON_DOCS
from core.errors import DatasetError, NotAllowedError
from core.settings import Settings

DEFAULT_DATASET = MNIST_5K.id

DATASETS: dict[str, Dataset] = {
    dataset.id: dataset
    for dataset in (
        *(MNIST_5K, DIGITS_8X8, MNIST, FASHION_MNIST, CIFAR10, CIFAR100),
        *(*TABLES, *LABELLED, *POINTS),
        *(
            PYTHON_DOCS,
            SHAKESPEARE,
            SHAKESPEARE_PIECES,
            FIRST_NAMES,
            FAMILY_NAMES,
            NAMES,
            SURNAMES,
            REVIEWS_IN_WORDS,
            REVIEWS_IN_SIGNS,
        ),
        *(*TASKS, DATES, *PAIRED, MNIST1D, *MEASURED, SINES, ADDING, *FSDD),
    )
}


def list_datasets(settings: Settings, actor: str | None = None) -> dict[str, Dataset]:
    """Return the data sets that a visitor may see: registered, from the data folder, own and published.

    Args:
        settings: Settings of this installation.
        actor: Hash of the visitor's key; None for the data that everyone may see.
    """
    known = frozenset(file.name for dataset in DATASETS.values() for file in dataset.files)
    fixed = {
        key: as_learned(settings, dataset) for key, dataset in DATASETS.items() if _is_within_reach(settings, dataset)
    }
    found = {**fixed, **datasets_in(settings, known), **access.datasets(settings, actor)}
    titles: Counter[str] = Counter()
    for key, dataset in found.items():  # titles must differ, since a list of choices shows nothing else
        titles[dataset.title] += 1
        if titles[dataset.title] > 1:
            found[key] = replace(dataset, title=f"{dataset.title} ({titles[dataset.title]})")
    return found


def as_learned(settings: Settings, dataset: Dataset) -> Dataset:
    """Return a data set with the spec that was learned when it was prepared, if it is one of those."""
    if dataset.learn is None:
        return dataset
    path = prepared_folder(settings, dataset.id) / "about.json"
    try:
        return replace(dataset, spec=_spec_in(path, path.stat().st_mtime_ns))
    except (OSError, ValueError, KeyError, TypeError):
        return dataset


@lru_cache(maxsize=20)
def _spec_in(path: Path, changed_ns: int) -> DataSpec:
    return DataSpec.from_dict(json.loads(path.read_text())["spec"])


def _is_within_reach(settings: Settings, dataset: Dataset) -> bool:
    """Return whether all its files can be downloaded, or are here."""
    return all(file.url or (settings.data_dir / file.name).is_file() for file in dataset.files)


def usable(settings: Settings, actor: str | None = None) -> dict[str, Dataset]:
    """Return the data sets of `list_datasets` that have no problem."""
    return {key: dataset for key, dataset in list_datasets(settings, actor).items() if not dataset.problem}


def find_dataset(settings: Settings, dataset_id: str) -> Dataset:
    """Return the data set with that id, whoever owns it.

    Raises:
        DatasetError: There is none; the message lists the data sets that everyone may use.
    """
    if dataset_id in DATASETS:
        return as_learned(settings, DATASETS[dataset_id])
    if not dataset_id:
        raise access.not_here()
    if carried.is_carried(dataset_id):
        return carried.find(settings, dataset_id)
    if own.is_own(dataset_id):
        return as_dataset.find(settings, dataset_id)
    everybodys = list_datasets(settings) if dataset_id.startswith(PREFIX) else DATASETS
    if dataset_id not in everybodys:
        known = ", ".join(everybodys)
        raise DatasetError(f"there is no data set {dataset_id!r}", expected=f"one of {known}")
    return everybodys[dataset_id]


def why_not(settings: Settings, dataset_id: str, actor: str) -> str:
    """Return in one sentence why a visitor cannot train on a data set; empty if they can."""
    try:
        access.check_may_see(settings, dataset_id, actor)
        return find_dataset(settings, dataset_id).problem
    except (DatasetError, NotAllowedError) as error:
        return str(error)[0].upper() + str(error)[1:]
