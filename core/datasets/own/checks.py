"""Texts and sounds that people bring: read and described now, for the model families that will use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.datasets.dataset import Progress
from core.errors import DatasetError

Options = Mapping[str, Any]  # how data is to be read, as its card keeps them
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


def _text(place: Path, options: Options, progress: Progress) -> dict[str, Any]:
    from core.datasets.texts.texts import describe_text, read_text

    progress("reading the text", 0.1)
    return asdict(describe_text(read_text(only_file(place), options["name"])))


def _sounds(place: Path, options: Options, progress: Progress) -> dict[str, Any]:
    from core.datasets.sounds.sounds import check_sounds

    progress("listening", 0.1)
    archive = place / ZIP
    return cut(asdict(check_sounds(archive if archive.exists() else place)))


def cut(found: dict[str, Any]) -> dict[str, Any]:
    """Keep as much of each list as a page shows, and its full length."""
    counts = {f"{name}_count": len(value) for name, value in found.items() if isinstance(value, tuple | list)}
    cut = {name: value[:MOST_LISTED] if isinstance(value, tuple | list) else value for name, value in found.items()}
    return {**cut, **counts}


# Kind -> what is known of the raw files, as JSON.
CHECKS: dict[str, Callable[[Path, Options, Progress], dict[str, Any]]] = {
    "text": _text,
    "sounds": _sounds,
}
