"""A backup of a home: one ZIP file of all that cannot be made anew, and a home made of it.

Fetched data, and what is prepared of it, are left out: they are fetched and made again. The arrays of own data are its
only copy. The database is copied while it is in use, and before the files, so a run that trains meanwhile may lose its
last moments, and is resumed from an earlier one.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.datasets.own.own import is_own
from core.disk import IS_FULL, PART, WHAT_TO_DO, is_about_room, replacing
from core.errors import StoreError
from core.private import OTHERS
from core.store.database import database_of
from core.store.recovery.recovery import LOST_AND_FOUND
from core.store.schema import HEAD

TAKEN = ("runs", "own", "collected", "sweeps", LOST_AND_FOUND)  # folders of a home
PREPARED = "prepared"  # of which those of own data are taken
ABOUT = "glassbox-backup.json"
FORMAT = 1


@dataclass(frozen=True)
class Backup:
    """What a backup holds.

    Args:
        files: Their number, the database included.
        bytes: Their size, unpacked.
        runs: Runs of all kinds with a folder.
    """

    files: int
    bytes: int
    runs: int


def back_up(home: Path, path: Path) -> Backup:
    """Write a backup, whole or not at all; the home may be in use.

    Args:
        home: The home.
        path: The ZIP file to write.

    Raises:
        StoreError: There is no store in this home, the file exists already, or it cannot be written.
    """
    if not database_of(home).is_file():
        raise StoreError(f"there is nothing to back up in {home}", fix="Set GLASSBOX_HOME to the folder in use.")
    if path.exists():
        raise StoreError(f"there is already a file {path}", fix="Choose another name, or remove it.")
    try:
        with replacing(path) as place, zipfile.ZipFile(place, "w", strict_timestamps=False) as archive:
            archive.writestr(ABOUT, json.dumps({"format": FORMAT, "schema": HEAD}))
            _add_database(archive, home, place.parent)
            for file in _files(home):
                with suppress(FileNotFoundError):  # its run was deleted, or the file replaced, since it was listed
                    archive.write(file, file.relative_to(home).as_posix())
    except OSError as error:
        raise _unwritable(error, f"the backup {path} cannot be written") from error
    path.chmod(path.stat().st_mode & ~OTHERS)  # it has everybody's data
    with zipfile.ZipFile(path) as archive:
        return _told(archive)


def restore(home: Path, path: Path) -> Backup:
    """Make a home of a backup, whole or not at all.

    Args:
        home: Its folder, which must not exist yet, or be empty.
        path: The ZIP file.

    Raises:
        StoreError: The home is in use, or the file is no backup, damaged, of a newer Glassbox, or does not fit.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise StoreError(f"the home {home} is not empty", fix="Set GLASSBOX_HOME to a new folder; nothing was changed.")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=PART, dir=home.parent))  # readable by its owner only
        try:
            with zipfile.ZipFile(path) as archive:
                _check(archive, path)
                archive.extractall(place)
                told = _told(archive)
            (place / ABOUT).unlink()
            _check_database(database_of(place), path)
            os.replace(place, home)
        finally:
            shutil.rmtree(place, ignore_errors=True)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise StoreError(f"{path} is no backup, or is damaged", expected="a file of `python -m core backup`") from error
    except FileNotFoundError as error:
        raise StoreError(f"there is no file {path}") from error
    except OSError as error:
        raise _unwritable(error, f"the home {home} cannot be written") from error
    return told


def _add_database(archive: zipfile.ZipFile, home: Path, folder: Path) -> None:
    """Add a copy of the database as it is at one moment, with what its log holds."""
    copy = folder / "copy.db"
    with closing(sqlite3.connect(database_of(home))) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    archive.write(copy, database_of(home).name, zipfile.ZIP_DEFLATED)
    copy.unlink()


def _files(home: Path) -> Iterator[Path]:
    own = (f"{PREPARED}/{path.name}" for path in sorted((home / PREPARED).glob("*")) if is_own(path.name))
    for folder in (*TAKEN, *own):
        for place, folders, names in os.walk(home / folder):
            folders[:] = sorted(name for name in folders if not name.startswith(PART))
            yield from (Path(place, name) for name in sorted(names))


def _check(archive: zipfile.ZipFile, path: Path) -> None:
    """Check that a file is a backup that this version can read, and names nothing outside the home."""
    names = archive.namelist()
    database = database_of(Path()).name
    parts = [PurePosixPath(name).parts for name in names if name not in (ABOUT, database)]
    is_known = all(one and _is_taken(one) and ".." not in one for one in parts)
    if ABOUT not in names or database not in names or not is_known:
        raise zipfile.BadZipFile
    try:
        about = json.loads(archive.read(ABOUT))
        made = int(about["format"]), str(about["schema"])
    except (ValueError, KeyError, TypeError) as error:
        raise zipfile.BadZipFile from error
    if made[0] > FORMAT or made[1] > HEAD:
        raise StoreError(
            f"a newer Glassbox made {path}", expected=f"schema {HEAD}", received=made[1], fix="Update Glassbox first."
        )


def _is_taken(parts: Sequence[str]) -> bool:
    return parts[0] in TAKEN or (parts[0] == PREPARED and len(parts) > 2 and is_own(parts[1]))


def _check_database(path: Path, backup: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            is_sound = connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        is_sound = False
    if not is_sound:
        raise StoreError(f"the database in {backup} is damaged", fix="Use another backup.")


def _told(archive: zipfile.ZipFile) -> Backup:
    found = [info for info in archive.infolist() if info.filename != ABOUT]
    runs = {info.filename.split("/")[1] for info in found if info.filename.startswith(f"{TAKEN[0]}/")}
    return Backup(len(found), sum(info.file_size for info in found), len(runs))


def _unwritable(error: OSError, what: str) -> StoreError:
    if is_about_room(error):
        return StoreError(IS_FULL, fix=WHAT_TO_DO)
    return StoreError(what, received=str(error.strerror or error))
