"""A table as the version before left it that learned from none: accepted, described, its raw file kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.settings import Settings

ROWS = "".join(f"{150 + n % 13},{'mf'[n % 2]}\n" for n in range(20))


def _column(name: str, kind: str, distinct: int, low: float | None, high: float | None) -> dict[str, Any]:
    said = {"name": name, "kind": kind, "missing": 0, "distinct": distinct, "examples": ["150", "151"]}
    return {**said, "low": low, "high": high}


def older_table(settings: Settings, owner: str = "ann", **options: Any) -> str:
    """Write what that version left of a table whose owner had accepted it; return its id."""
    place = settings.home / "own" / "own_00older00table00"
    (place / "raw").mkdir(parents=True)
    (place / "raw" / "upload.csv").write_text("height,sex\n" + ROWS)
    columns = [_column("height", "number", 13, 150.0, 162.0), _column("sex", "category", 2, None, None)]
    notes = {"rows": 20, "duplicates": 0, "columns": columns, "target": None}
    card = {"id": place.name, "owner": owner, "title": "People", "kind": "table", "created": 1.75e9, "accepted": True}
    card |= {"options": {"name": "people.csv", **options}, "description": "", "published": False, "deleted": False}
    (place / "card.json").write_text(json.dumps({**card, "notes": notes}))
    return place.name
