"""Present a visitor's data as a data set, with the reason if a network cannot learn from it yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from core.datasets.arrays.program import program_of
from core.datasets.dataset import Arrays, Dataset, Progress, prepared_folder
from core.datasets.features import Image, Tokens
from core.datasets.images.photos import Shaping
from core.datasets.own.own import BRING_AGAIN, Card, raw, read_card
from core.datasets.series.long import is_long
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.datasets.texts.tokens import CHARACTER
from core.errors import DatasetError
from core.settings import Settings

ADDED, NOT_STATED = "Added to this server by a visitor", "not stated; ask its owner"  # source and licence by default


def find(settings: Settings, dataset_id: str) -> Dataset:
    """Return a visitor's data as a data set, whoever owns it.

    Raises:
        DatasetError: There is no such data, or its card is damaged.
    """
    return as_dataset(settings, read_card(settings, dataset_id))


def as_dataset(settings: Settings, card: Card) -> Dataset:
    """Return the data set that a card describes."""
    spec = _spec(settings, card)
    shares = "The files' own split" if card.split_seed is None else f"Our split, seed {card.split_seed}"
    if spec and is_long(spec):
        shares = "In the order of time, the last fifth for testing"
    shares += ", bursts kept whole" if card.notes.get("bursts") else ""
    return Dataset(
        id=card.id,
        title=card.title,
        spec=spec or DataSpec(Image(28, 28, 1), Classes(("?", "??")), 0, 0),
        split=f"{shares}: {spec.train_size:,} training {spec.kind}, {spec.test_size:,} test {spec.kind}."
        if spec
        else "",
        source=card.notes.get("source", ADDED),
        licence=card.notes.get("licence", NOT_STATED),
        load=_load,
        program=_program(card, spec) if spec else "",
        split_seed=card.split_seed,
        problem=_problem(settings, card, spec),
        owner=card.owner,
        is_centred=bool(card.options.get("is_centred")),
        shaping=Shaping.from_options(card.options) if "fit" in card.options else None,
    )


def _program(card: Card, spec: DataSpec) -> str:
    """Return lines that load the arrays; with the vocabulary of texts, but not with words of private ones."""
    program, features = program_of(f"{card.id}.npz", spec), spec.features
    if isinstance(features, Tokens) and (features.unit == CHARACTER or card.published):
        program += f"VOCABULARY = {list(features.vocabulary)!r}  # {features.unit}s by index; 0: padding, and unknown\n"
    return program


def awaits_target(settings: Settings, card: Card) -> bool:
    """Return whether accepted data needs only a target before a network can learn from it.

    Older versions only described tables: such a table has no arrays, but still has its raw file.
    """
    is_kept = card.accepted and not card.deleted and raw(settings, card.id).is_dir()
    return is_kept and card.data_kind.has_target and _spec(settings, card) is None


def _problem(settings: Settings, card: Card, spec: DataSpec | None) -> str:
    if card.deleted:
        return "This data was deleted. Choose other data."
    if awaits_target(settings, card):
        return "This data has no target to predict yet. Choose one on the Data page, or choose other data."
    if spec is None and card.accepted and not card.data_kind.has_target and raw(settings, card.id).is_dir():
        return f"An older version only described this data. {BRING_AGAIN}"
    if spec is None and card.accepted:
        return f"The arrays of this data are damaged or missing. {BRING_AGAIN}"
    if spec is None:
        return "This data is not ready yet. Wait for it on the Data page, or choose other data."
    return "" if card.accepted else "This data is not accepted yet. Accept it on the Data page, or choose other data."


def _spec(settings: Settings, card: Card) -> DataSpec | None:
    try:
        info = json.loads((prepared_folder(settings, card.id) / "about.json").read_text())
        return DataSpec.from_dict(info["spec"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    raise DatasetError("the arrays of this data are damaged or missing, and so are its raw files", fix=BRING_AGAIN)
