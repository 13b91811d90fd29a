"""Sounds in class folders, which become spectrograms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.datasets.archives.archives import LIMITS
from core.datasets.dataset import Progress
from core.datasets.own.built import Built
from core.datasets.own.kinds.files import BRING_FOLDERS, ZIP, count_inside
from core.datasets.own.kinds.kind import DataKind
from core.datasets.sounds.sounds import MOST_S, WAVES


def read_own_sounds(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Make spectrograms of sounds.

    Args:
        place: Folder of the ZIP or of the class folders.
        options: `seed` of the split.
        progress: Receives the current step.

    Raises:
        DatasetError: Too few sounds can be read.
    """
    from core.datasets.sounds.learn import learn_sounds

    archive = place / ZIP
    return learn_sounds(archive if archive.exists() else place, options.get("seed") or 0, progress)


def _remarks(notes: Mapping[str, Any]) -> list[str]:
    if not notes.get("clipped"):
        return []
    return [f"{notes['clipped_count']:,} sounds are too loud for their format: {', '.join(notes['clipped'][:5])}."]


KIND = DataKind(
    id="sounds",
    title="Sounds",
    takes="a ZIP or a folder with a folder of sounds for each class",
    way="Sounds",
    asks="A ZIP of WAV files, with a folder for each class or names that start with the class: `cat_1.wav`.",
    limits=f"{LIMITS.least_classes} to {LIMITS.most_classes} classes, each with at least {LIMITS.least_images} sounds; "
    f"at most {LIMITS.files:,} files, {LIMITS.archive_mb} MB in total, {LIMITS.file_mb} MB and {MOST_S} s per file.",
    suffixes=(".zip",),
    folders=WAVES,
    likeness=lambda upload: count_inside(upload, WAVES),
    read=read_own_sounds,
    page="pages._ui.data.kinds.sounds:VIEW",
    remarks=_remarks,
    defaults={"seed": 0},
    memory_fix="Use fewer or shorter sounds.",
    hints=dict.fromkeys(sorted(WAVES.suffixes), BRING_FOLDERS),
)
