"""Data that is not here, as far as an imported run tells of it: enough to show the run, none of its examples.

`$GLASSBOX_HOME/runs/<run>/data.json` holds its card; the data set's id is `imported_<run>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.datasets.arrays.program import program_of
from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.images.photos import Shaping
from core.datasets.spec import DataSpec
from core.errors import ArtifactError, DatasetError
from core.settings import Settings
from core.store.artifacts import RunFiles
from core.store.records import LOCAL, SERVER

FILE = "data"  # data.json
_PREFIX = "imported_"
_ABSENT = "The data of this imported run is not on this server"
_TOLD = ("title", "split", "source", "licence")
LONGEST = 2_000  # characters of one of them


def is_carried(dataset_id: str) -> bool:
    """Return whether a data set is known from an imported run only."""
    return dataset_id.startswith(_PREFIX)


def carried_id(run_id: str) -> str:
    """Return the id of the data of an imported run, if that is not here."""
    return _PREFIX + run_id


def card_of(dataset: Dataset, version: str | None, *, is_private: bool) -> dict[str, object]:
    """Return what a bundle tells of a data set: no example, nor who owns it."""
    return {
        "id": dataset.id,
        "version": version,
        "private": is_private,
        "split_seed": dataset.split_seed,
        "preparation": dataset.preparation,
        "spec": dataset.spec.to_dict(),
        **{name: getattr(dataset, name) for name in _TOLD},
    }


def carried_card(settings: Settings, dataset_id: str) -> dict[str, Any] | None:
    """Return the card of such data as the bundle had it; None for other data.

    Raises:
        DatasetError: The imported run is gone, or the card is damaged.
    """
    if not is_carried(dataset_id):
        return None
    try:
        return _files(settings, dataset_id).read_json(FILE)
    except ArtifactError as error:
        raise DatasetError(f"there is no data set {dataset_id!r}: its imported run is gone") from error


def find(settings: Settings, dataset_id: str) -> Dataset:
    """Return the data of an imported run.

    Raises:
        DatasetError: The run is gone, or the card is damaged.
    """
    card = carried_card(settings, dataset_id)
    assert card is not None
    return as_dataset(dataset_id, card)


def as_dataset(dataset_id: str, card: Mapping[str, Any]) -> Dataset:
    """Return the data set that a card describes.

    Raises:
        DatasetError: The card is damaged.
    """
    try:
        spec, prepared = DataSpec.from_dict(card["spec"]), card["preparation"]
        told = {name: card[name] for name in _TOLD}
        if not all(isinstance(text, str) and len(text) <= LONGEST for text in told.values()):
            raise ValueError
        seed = card["split_seed"]
        return Dataset(
            id=dataset_id,
            spec=spec,
            load=_load,
            program=program_of(f"{card['id']}.npz", spec),
            split_seed=None if seed is None else int(seed),
            problem=f"{_ABSENT}. Choose other data.",
            is_centred=bool(prepared["is_centred"]),
            shaping=Shaping.from_options(prepared) if "fit" in prepared else None,
            **told,
        )
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise DatasetError("the description of the data is damaged", received=str(error)[:200]) from error


def may_see(settings: Settings, dataset_id: str, actor: str | None) -> bool:
    """Return whether an actor may see what an imported run shows of its data: everyone, unless that was private."""
    try:
        is_public = (carried_card(settings, dataset_id) or {}).get("private") is False
        return is_public or actor in (LOCAL, SERVER, _files(settings, dataset_id).read_json("run").get("owner"))
    except (ArtifactError, DatasetError):
        return False


def _files(settings: Settings, dataset_id: str) -> RunFiles:
    return RunFiles(settings.home / "runs" / dataset_id.removeprefix(_PREFIX))


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    raise DatasetError(_ABSENT[0].lower() + _ABSENT[1:])
