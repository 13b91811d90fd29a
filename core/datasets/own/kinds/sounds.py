"""Sounds in class folders, which are only checked and described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.datasets.archives.archives import LIMITS
from core.datasets.dataset import Progress
from core.datasets.own.built import Built, cut
from core.datasets.own.kinds.files import BRING_FOLDERS, ZIP, count_inside
from core.datasets.own.kinds.kind import DataKind
from core.datasets.sounds.sounds import WAVES, check_sounds


def read_own_sounds(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Describe sounds.

    Args:
        place: Folder of the ZIP or of the class folders.
        options: Not used.
        progress: Receives the current step.

    Raises:
        DatasetError: Too few sounds can be read.
    """
    progress("reading the sounds", 0.1)
    archive = place / ZIP
    return Built({}, None, cut(asdict(check_sounds(archive if archive.exists() else place))))


def _remarks(notes: Mapping[str, Any]) -> list[str]:
    odd = [what for what in ("silent", "clipped") if notes.get(what)]
    return [f"{notes[f'{what}_count']:,} sounds are {what}: {', '.join(notes[what][:5])}." for what in odd]


KIND = DataKind(
    id="sounds",
    title="Sounds",
    takes="a ZIP or a folder with a folder of sounds for each class",
    way="Sounds",
    asks="A ZIP of WAV files, with a folder for each class or names that start with the class: `cat_1.wav`.",
    limits=f"{LIMITS.least_classes} to {LIMITS.most_classes} classes, each with at least {LIMITS.least_images} sounds; "
    f"at most {LIMITS.files:,} files, {LIMITS.archive_mb} MB in total, {LIMITS.file_mb} MB per file.",
    suffixes=(".zip",),
    folders=WAVES,
    likeness=lambda upload: count_inside(upload, WAVES),
    read=read_own_sounds,
    page="pages._ui.data.kinds.sounds:VIEW",
    remarks=_remarks,
    is_learned=False,
    keeps_raw=True,
    hints=dict.fromkeys(sorted(WAVES.suffixes), BRING_FOLDERS),
)
