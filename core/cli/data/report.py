"""What the commands print about data."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.datasets import Dataset, list_datasets, open_prepared, state_of
from core.datasets.own import own
from core.datasets.own.as_dataset import find
from core.datasets.prepared import is_prepared
from core.datasets.targets import count_labels
from core.settings import Settings


def about(settings: Settings, data: own.Card | Dataset) -> dict[str, Any]:
    """Return the findings about data, under the same keys for every kind.

    Returns:
        `id`, `kind`, `classes` (name -> training and test examples) or, for a table with a number to predict,
        `target`; `left_out` (`name` and `why` of each file or column) and `notes` (sentences).
    """
    if isinstance(data, Dataset):
        kind, classes = data.spec.kind, _counted(settings, data)
        return {"id": data.id, "kind": kind, "classes": classes, "left_out": [], "notes": [data.split]}
    found = data.notes
    left_out = [{"name": name, "why": why} for name, why in found.get("skipped", [])]
    head = {"id": data.id, "kind": data.kind}
    tail = {"left_out": left_out, "notes": _sentences(data)}
    target = found.get("target") or {}
    if target.get("kind") == "number":
        return {**head, "target": {key: target[key] for key in ("column", "low", "high")}, **tail}
    if not data.data_kind.is_learned:
        return {**head, "classes": dict((target or found).get("classes", [])), **tail}
    dataset = find(settings, data.id)
    return {**head, "classes": _counted(settings, dataset) if dataset.spec.train_size else {}, **tail}


def _counted(settings: Settings, dataset: Dataset) -> dict[str, int | None]:
    """Return the number of examples of each class; None before they are counted."""
    classes = dataset.spec.classes
    if not classes:
        return {}
    if not is_prepared(settings, dataset.id):
        return dict.fromkeys(classes)
    prepared = open_prepared(settings, dataset.id)
    counts = count_labels(np.concatenate([prepared.y_train, prepared.y_test]), dataset.spec.num_classes)
    return dict(zip(classes, counts, strict=True))


def _sentences(card: own.Card) -> list[str]:
    """Return the remarks from reading the files, as the page words them."""
    found, said = card.notes, list(card.notes.get("said", []))
    if found.get("near_duplicates"):
        said.append(f"{found['near_duplicates']:,} images nearly repeat another; the split keeps such images together.")
    if (count := found.get("skipped_count", 0)) > len(found.get("skipped", [])):
        said.append(f"{count:,} were left out; the first {len(found['skipped']):,} are listed.")
    return said + card.data_kind.remarks(found)


def rows_of(settings: Settings) -> list[dict[str, object]]:
    """Return a row for each data set, including uploads of others: the command line sees all."""
    others = {card.id: card for card in own.cards(settings) if card.accepted and not card.deleted}
    listed = {
        **list_datasets(settings),
        **{i: find(settings, i) for i, c in others.items() if c.data_kind.is_learned},
    }
    rows = [_row(settings, dataset) for dataset in listed.values()]
    described = (card for card in others.values() if not card.data_kind.is_learned)
    return rows + [
        {"dataset": c.id, "title": c.title, "kind": c.kind, "licence": c.notes.get("licence", ""), "state": "described"}
        for c in described
    ]


def _row(settings: Settings, dataset: Dataset) -> dict[str, object]:
    return {
        "dataset": dataset.id,
        "title": dataset.title,
        "kind": dataset.spec.kind,
        "train": dataset.spec.train_size,
        "test": dataset.spec.test_size,
        "licence": dataset.licence,
        "state": state_of(settings, dataset),
    }


def in_lines(found: dict[str, Any]) -> str:
    """Return the findings of `about` as text."""
    lines = [f"{key:<10} {found[key]}" for key in found if key not in ("classes", "left_out", "notes", "target")]
    if "target" in found:
        target = found["target"]
        lines.append(f"{'target':<10} {target['column']}, a number from {target['low']:g} to {target['high']:g}")
    for name, count in found.get("classes", {}).items():
        lines.append(f"{'class':<10} {name}" + (f"  {count:,}" if count is not None else ""))
    lines += [f"{'left out':<10} {file['name']}: {file['why']}" for file in found["left_out"]]
    return "\n".join([*lines, *(f"{'note':<10} {sentence}" for sentence in found["notes"])])
