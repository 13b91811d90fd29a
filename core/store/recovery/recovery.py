"""Restore runs from their folders when the database lacks them or has an older state.

Unreadable folders and files are not deleted but moved to `lost+found`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine

from core.errors import ArtifactError
from core.store.artifacts import RunFiles
from core.store.metrics import Metrics
from core.store.records import Run
from core.store.recovery.keeping import RECORD, keep_numbers, read_numbers, read_record, take_back
from core.store.runs.catalog import RunCatalog
from core.store.schema import runs

LOST_AND_FOUND = "lost+found"
ORPHAN_S = 60.0  # an unknown folder stays this long, since it may still be written


@dataclass
class Recovered:
    """The result of a recovery.

    Args:
        back: Ids of runs that were restored, or brought to a newer state.
        aside: New paths of unreadable folders and copies of numbers.
    """

    back: list[str] = field(default_factory=list)
    aside: list[Path] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.back or self.aside)

    def __str__(self) -> str:
        said = [f"{len(self.back)} runs restored from their folders"] if self.back else []
        said += [f"unreadable files moved to {place}" for place in self.aside]
        return "; ".join(said)


def bring_back(engine: Engine, home: Path, *, unknown_only: bool = False) -> Recovered:
    """Restore the runs below `home` that the database lacks or has in an older state.

    Runs with newer rows and runs deleted by users stay as they are. A run with unreadable numbers is restored without
    them.

    Args:
        engine: The database.
        home: The home folder.
        unknown_only: Whether to skip runs that the database knows.
    """
    known, found = RunCatalog(engine).beats(), Recovered()
    asked = [files for files in _folders(home) if not (unknown_only and files.folder.name in known)]
    records = [(files, run) for files in asked if (run := read_record(files)) is not None]
    newer = [(files, run) for files, run in records if known.get(run.id, -1) < run.heartbeat]
    for files, run in sorted(newer, key=lambda pair: pair[1].id):  # parents before children
        if run.deleted is not None and run.id not in known:
            continue
        with engine.begin() as connection:
            is_back = take_back(connection, files, run)
        if is_back:
            found.back.append(run.id)
            found.aside += _odd_numbers(files, home)
    return found


def _odd_numbers(files: RunFiles, home: Path) -> list[Path]:
    """Move an unreadable copy of numbers to `lost+found`, and return its new path."""
    if not files.numbers.exists():
        return []
    try:
        read_numbers(files)
    except ArtifactError:
        return [set_aside(files.numbers, home, f"{files.folder.name}-{files.numbers.name}")]
    return []


def tidy(engine: Engine, home: Path, now: float) -> Recovered:
    """Restore runs, update the copies of all others, and remove folders without a run.

    Args:
        engine: The database.
        home: The home folder.
        now: Unix time in seconds.
    """
    found = bring_back(engine, home)
    with engine.connect() as connection:
        known = {row.id: Run.from_row(row) for row in connection.execute(sa.select(runs))}
    for files in list(_folders(home)):
        run = known.get(files.folder.name)
        if run is not None:
            _mend(engine, files, run)
        elif _age(files, now) > ORPHAN_S and (place := _clear(files, home)):
            found.aside.append(place)
    return found


def _mend(engine: Engine, files: RunFiles, run: Run) -> None:
    """Update the copies of a run, which another version or a full disk may have left outdated."""
    if run.deleted is not None:
        return
    record = read_record(files)
    if record is None or record.heartbeat < run.heartbeat:
        with suppress(OSError):  # a full disk
            files.write_json(RECORD, vars(run))
    keep_numbers(Metrics(engine), files, run)


def _clear(files: RunFiles, home: Path) -> Path | None:
    """Remove the folder of a deleted run or an empty one; move any other to `lost+found` and return its path."""
    record = read_record(files)
    if (record is not None and record.deleted is not None) or not files.is_worth_keeping():
        files.remove()
        return None
    return set_aside(files.folder, home)


def set_aside(path: Path, home: Path, name: str = "") -> Path:
    """Move a file or folder to `lost+found`, with a number after its name if that is taken; return its new path.

    Args:
        path: The file or folder.
        home: The home folder.
        name: Its new name; empty to keep its own.
    """
    name = name or path.name
    place = home / LOST_AND_FOUND / name
    place.parent.mkdir(exist_ok=True)
    number = 1
    while place.exists():
        place, number = place.with_name(f"{name}-{number}"), number + 1
    os.replace(path, place)
    return place


def _folders(home: Path) -> Iterator[RunFiles]:
    return (RunFiles(path) for path in sorted((home / "runs").glob("*")) if path.is_dir())


def _age(files: RunFiles, now: float) -> float:
    try:
        return now - files.folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
