"""Unpack a bundle that anybody may have made: each file is known by name, bounded in size, and has its hash."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.arrays import DAMAGE
from core.bundle import manifest
from core.bundle.manifest import AGAIN, Listed, Manifest, missing_file
from core.datasets.archives.zips import check_ratios, open_zip, short
from core.disk import has_room
from core.errors import BundleError, DatasetError, StoreError
from core.store.artifacts import RunFiles
from core.units import MB

MOST_MB, MOST_UNPACKED_MB, MOST_FILES = 2_000, 4_000, 5_000
MOST_JSON = 20 * MB  # bytes of a file that is read at once
_ENCRYPTED = 0x2041  # flags: encrypted, strongly encrypted, encrypted directory


@dataclass(frozen=True)
class Bundle:
    """An open bundle whose list of files is in order; the files themselves are not read yet.

    Args:
        archive: The ZIP file.
        product: Version of the Glassbox that wrote it.
        files: Its files by name.
    """

    archive: zipfile.ZipFile
    product: str
    files: Mapping[str, Listed]

    def unpack(self, folder: Path) -> None:
        """Write all files to an empty folder.

        Raises:
            BundleError: A file is damaged, or not the one in the list.
            StoreError: There is no room for them.
        """
        if not has_room(folder, sum(listed.size for listed in self.files.values())):
            raise StoreError("there is no room for this run on the disk of this server", fix="Free some space first.")
        for name, listed in self.files.items():
            place = folder / name
            place.parent.mkdir(exist_ok=True)
            self._write(name, listed, place)

    def _write(self, name: str, listed: Listed, place: Path) -> None:
        digest, left = hashlib.sha256(), listed.size
        try:
            with self.archive.open(name) as source, place.open("wb") as target:
                while piece := source.read(min(MB, left + 1)):  # unpacks no more than is asked for
                    digest.update(piece)
                    target.write(piece)
                    left -= len(piece)
        except OSError:
            raise
        except DAMAGE as error:
            raise BundleError(f"{short(name)} in the bundle is damaged", fix=AGAIN) from error
        if left or digest.hexdigest() != listed.sha256:
            raise BundleError(
                f"{short(name)} in the bundle is not the file that its manifest lists",
                expected=f"SHA-256 {listed.sha256[:12]}...",
                received=f"{digest.hexdigest()[:12]}...",
                fix=AGAIN,
            )


@contextmanager
def open_bundle(path: Path, name: str) -> Iterator[Bundle]:
    """Open a bundle.

    Args:
        path: Of the file.
        name: Its name as the user knows it.

    Raises:
        BundleError: It is no ZIP file, damaged, hostile, too large, from a newer version, or no bundle.
    """
    if not path.is_file():
        raise BundleError(f"there is no file {short(name)}")
    try:
        with open_zip(path, archive_mb=MOST_MB) as archive:
            yield _read(archive)
    except DatasetError as error:
        said = {"expected": error.expected, "received": error.received}
        raise BundleError(f"{short(name)}: {error.what}", **said, fix=AGAIN) from error
    except BundleError as error:
        said = {"expected": error.expected, "received": error.received, "fix": error.fix}
        raise BundleError(f"{short(name)}: {error.what}", **said) from error


def _read(archive: zipfile.ZipFile) -> Bundle:
    infos = archive.infolist()
    if len(infos) > MOST_FILES:
        raise BundleError(
            "the bundle has too many files", expected=f"at most {MOST_FILES:,}", received=f"{len(infos):,}"
        )
    names = [info.filename for info in infos]
    if manifest.NAME not in names:
        raise BundleError(f"it is no bundle, or is cut off: it has no {manifest.NAME}", fix=AGAIN)
    for info in infos:
        _check(info)
    check_ratios(archive)
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BundleError(f"{twice} is in the bundle twice", fix=AGAIN)
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MOST_UNPACKED_MB * MB:
        raise BundleError("the bundle unpacks to too much", expected=f"at most {MOST_UNPACKED_MB:,} MB in total")
    found = Manifest.from_json(_text(archive))
    _compare(found, names)
    return Bundle(archive, found.product, found.files)


def _text(archive: zipfile.ZipFile) -> bytes:
    try:
        with archive.open(manifest.NAME) as file:
            return file.read(MOST_JSON)
    except DAMAGE as error:
        raise BundleError(f"{manifest.NAME} in the bundle is damaged", fix=AGAIN) from error


def _check(info: zipfile.ZipInfo) -> None:
    """Refuse all but plain files with the names that a run's files have: no other path is ever made."""
    name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
    is_known = name in (manifest.NAME, *manifest.REQUIRED) or RunFiles.is_portable(name)
    if name != info.orig_filename or not is_known:
        if any(sign in info.orig_filename for sign in ("..", "\\", ":", "\0")) or name.startswith("/"):
            raise BundleError(f"the bundle has a file with an unsafe path, {short(info.orig_filename)}", fix=AGAIN)
        raise BundleError(f"the bundle has a file that no run has, {short(info.orig_filename)}", fix=AGAIN)
    if kind not in (0, stat.S_IFREG):
        raise BundleError(f"{name} in the bundle is a link or no plain file", fix=AGAIN)
    if info.flag_bits & _ENCRYPTED or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BundleError(f"{name} in the bundle is encrypted or compressed in an unusual way", fix=AGAIN)


def _compare(found: Manifest, names: list[str]) -> None:
    """Check that the manifest lists the files that are there."""
    here = {name for name in names if name != manifest.NAME}
    if missing := sorted(found.files.keys() - here):
        raise missing_file(short(missing[0]))
    if more := sorted(here - found.files.keys()):
        raise BundleError(f"{more[0]} is in the bundle, but not in its manifest", fix=AGAIN)
