"""Tables, texts and sounds that people bring: read and described now, for the model families that will use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.datasets.archives.zips import short
from core.datasets.dataset import Progress
from core.errors import DatasetError

ZIP = "upload.zip"
MOST_LISTED = 100  # of each list of what was found


def only_file(place: Path) -> Path:
    """Return the one file of an upload.

    Raises:
        DatasetError: There are more, or none.
    """
    files = [path for path in place.iterdir() if path.is_file()]
    if len(files) != 1:
        raise DatasetError("the upload is not complete", expected="one file", received=f"{len(files)} files")
    return files[0]


def _table(place: Path, options: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    from core.datasets.tables.files import read_table
    from core.datasets.tables.tables import check_target, describe_table

    progress("reading the table", 0.1)
    frame = read_table(only_file(place), options["name"])
    progress("looking at its columns", 0.6)
    found = asdict(describe_table(frame, options.get("kinds")))
    target = options.get("target")
    if not target:
        return {**found, "target": None}
    kinds = {column["name"]: column["kind"] for column in found["columns"]}
    as_kind: Any = options.get("as_kind") or ("number" if kinds.get(target) == "number" else "category")
    checked = asdict(check_target(frame, target, as_kind))
    checked["classes"] = [(short(name), count) for name, count in checked["classes"]]
    return {**found, "target": _cut(checked)}


def _text(place: Path, options: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    from core.datasets.texts.texts import describe_text, read_text

    progress("reading the text", 0.1)
    return asdict(describe_text(read_text(only_file(place), options["name"])))


def _sounds(place: Path, options: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    from core.datasets.sounds.sounds import check_sounds

    progress("listening", 0.1)
    archive = place / ZIP
    return _cut(asdict(check_sounds(archive if archive.exists() else place)))


def _cut(found: dict[str, Any]) -> dict[str, Any]:
    """Keep as much of each list as a page shows, and its full length."""
    counts = {f"{name}_count": len(value) for name, value in found.items() if isinstance(value, tuple | list)}
    cut = {name: value[:MOST_LISTED] if isinstance(value, tuple | list) else value for name, value in found.items()}
    return {**cut, **counts}


# Kind -> what is known of the raw files, as JSON.
CHECKS: dict[str, Callable[[Path, Mapping[str, Any], Progress], dict[str, Any]]] = {
    "table": _table,
    "text": _text,
    "sounds": _sounds,
}
