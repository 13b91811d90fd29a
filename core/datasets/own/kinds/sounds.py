"""Sounds in class folders: listened to and described now, for the model families that will learn from them."""

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
        place: Where their ZIP or their class folders lie.
        options: None.
        progress: Told what is being done.

    Raises:
        DatasetError: There are too few that can be read.
    """
    progress("listening", 0.1)
    archive = place / ZIP
    return Built({}, None, cut(asdict(check_sounds(archive if archive.exists() else place))))


def _remarks(notes: Mapping[str, Any]) -> list[str]:
    odd = [what for what in ("silent", "clipped") if notes.get(what)]
    return [f"{notes[f'{what}_count']:,} sounds are {what}: {', '.join(notes[what][:5])}." for what in odd]


KIND = DataKind(
    id="sounds",
    title="Sounds",
    takes="a ZIP or a folder of class folders of sounds",
    way="Sounds",
    asks="A ZIP of WAV files: a folder for each class, or names that begin with the class: `cat_1.wav`.",
    limits=f"{LIMITS.least_classes} to {LIMITS.most_classes} classes, each with at least {LIMITS.least_images} sounds; "
    f"at most {LIMITS.files:,} files, {LIMITS.archive_mb} MB in all, {LIMITS.file_mb} MB a file.",
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
