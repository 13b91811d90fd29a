"""How the raw files that somebody has brought become arrays. A new kind is one function and one line in `SOURCES`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.datasets.archives.archives import Found, read_folder, read_zip
from core.datasets.arrays.files import plan_arrays, read_arrays
from core.datasets.dataset import Arrays, Progress, prepared_folder
from core.datasets.images.photos import Photos, Shaping, load_photos
from core.datasets.own import own
from core.datasets.own.built import Built, listed, of_images
from core.datasets.own.checks import CHECKS, ZIP, Options, only_file
from core.datasets.own.tables import read_own_table
from core.datasets.prepared import write_prepared
from core.datasets.splitting import near_duplicate_groups, perceptual_hashes, split
from core.disk import is_about_room
from core.errors import DatasetError, UnreachableError
from core.settings import Settings

if TYPE_CHECKING:
    from core.datasets.images.pixels import Pictures

IMAGES, LABELS = "images.npy", "labels.npy"
MOST_IMAGES = 70_000  # that are compared with each other
SIZES = ("train_sizes", "test_sizes")
TEST_SHARE = 0.2
_READING = 0.8  # share of the time that decoding takes


def build(settings: Settings, dataset_id: str, progress: Progress, options: Options | None = None) -> str:
    """Make the arrays of brought data, or describe it; if that is impossible nothing of it stays.

    Args:
        settings, dataset_id: Which.
        progress: Told what is being done.
        options: Another look at data that was described before; they are kept if it succeeds.

    Returns:
        The version; empty for what is described only and keeps its raw files.

    Raises:
        DatasetError: It is refused, and why.
    """
    card = own.read_card(settings, dataset_id)
    try:
        version = _read(settings, card, progress, options)
    except BaseException as error:
        if not (is_about_room(error) or isinstance(error, UnreachableError)):  # else it can be read another time
            _discard_unread(settings, card)
        raise
    _discard_unread(settings, card)  # somebody may have thrown it away meanwhile
    return version


def _read(settings: Settings, card: own.Card, progress: Progress, options: Options | None) -> str:
    try:
        if card.kind in CHECKS:
            return _describe(settings, card, progress)
        return _make(settings, card, options or card.options, progress)
    except MemoryError:
        fix = "Choose smaller images." if card.kind == "photos" else "Bring a smaller file."
        raise DatasetError("there is not enough memory for this data", fix=fix) from None


def _discard_unread(settings: Settings, card: own.Card) -> None:
    if not _is_kept(settings, card):
        own.discard(settings, card.id)


def _is_kept(settings: Settings, before: own.Card) -> bool:
    """Return whether the data was read, now or before, and nobody has thrown it away meanwhile."""
    with suppress(DatasetError):
        return bool(own.read_card(settings, before.id).notes)
    return own.has_card(settings, before.id)


def _describe(settings: Settings, card: own.Card, progress: Progress) -> str:
    own.update(settings, card.id, notes=CHECKS[card.kind](own.raw(settings, card.id), card.options, progress))
    return ""


def _make(settings: Settings, card: own.Card, options: Options, progress: Progress) -> str:
    place = own.raw(settings, card.id)
    if card.notes and not place.is_dir():  # it was read once, and its raw files were not kept
        raise DatasetError("the arrays of this data are damaged or gone", fix=own.BRING_AGAIN)
    built = SOURCES[card.kind](place, options, progress)
    version = _write(settings, card, built, is_other=options != card.options)
    own.update(settings, card.id, notes={"read": True, **built.notes}, options={**options, **built.options})
    if not built.keeps_raw:
        shutil.rmtree(place, ignore_errors=True)
    return version


def _write(settings: Settings, card: own.Card, built: Built, *, is_other: bool) -> str:
    """Write arrays in the place of those that an earlier look has made."""
    if is_other and own.read_card(settings, card.id).accepted:
        raise DatasetError("this data was accepted meanwhile, so it stays as it is")
    shutil.rmtree(prepared_folder(settings, card.id), ignore_errors=True)
    if built.spec is None:
        return ""
    return write_prepared(settings, card.id, built.arrays, built.spec, card.title, built.sizes)


def _photos(place: Path, options: Options, progress: Progress) -> Built:
    shaping = Shaping.from_options(options)
    with _entries(place) as found:
        photos = load_photos(
            found.entries,
            shaping,
            lambda name, done, total: progress(
                f"reading image {done + 1:,} of {total:,}, {name}", _READING * done / total
            ),
        )
    if photos.is_test.any():
        built = _as_the_files_say(photos, progress)
    else:
        built = split_images(photos.images, photos.labels, photos.classes, options["seed"], progress)
    skipped = [*found.skipped, *photos.skipped]
    said = [*found.said, *photos.said, *built.notes.get("said", [])]
    return replace(
        built,
        notes={**built.notes, "said": said, **listed(skipped)},
        sizes={name: photos.sizes[rows] for name, rows in zip(SIZES, built.rows, strict=True)},
        options={**built.options, "white": photos.white},
    )


def _as_the_files_say(photos: Photos, progress: Progress) -> Built:
    """Keep the files' own split, near-duplicates of training images in the test and all; but say how many."""
    train, test = np.flatnonzero(~photos.is_test), np.flatnonzero(photos.is_test)
    groups = _near_duplicates(photos.images, progress)
    leaked = int(np.isin(groups[test], groups[train]).sum())
    said = ["A run holds back its own share of what is trained on; our own split and its seed are not used."]
    if leaked:
        said.append(
            f"{leaked:,} of the {len(test):,} test images nearly repeat a training image; they were not moved, so the "
            "test is easier than it looks."
        )
    arrays = _parted(photos.images, photos.labels, train, test)
    return of_images(arrays, photos.classes, {"said": said}, rows=(train, test), options={"seed": None})


@contextmanager
def _entries(place: Path) -> Iterator[Found]:
    if (place / ZIP).exists():
        with read_zip(place / ZIP) as found:
            yield found
    else:
        yield read_folder(place)


def split_images(
    images: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], seed: int, progress: Progress
) -> Built:
    """Divide images into training and test; near-duplicates stay on one side.

    Args:
        images: uint8 (n, height, width, channels).
        labels: int64 (n,).
        classes: Their names.
        seed: The same seed gives the same split.
        progress: Told what is being done.

    Raises:
        DatasetError: A class cannot be on both sides.
    """
    groups = _near_duplicates(images, progress)
    train, test = split(labels, groups, TEST_SHARE, seed, classes)
    notes = {"near_duplicates": len(labels) - len(np.unique(groups))}
    return of_images(_parted(images, labels, train, test), classes, notes, rows=(train, test))


def _near_duplicates(images: np.ndarray, progress: Progress) -> np.ndarray:
    if len(images) > MOST_IMAGES:
        received = f"{len(images):,}"
        raise DatasetError("there are too many images", expected=f"at most {MOST_IMAGES:,}", received=received)
    progress("looking for near-duplicates", _READING)
    return near_duplicate_groups(perceptual_hashes(images), images)


def _parted(images: np.ndarray, labels: np.ndarray, train: np.ndarray, test: np.ndarray) -> Arrays:
    return {
        "x_train": images[train],
        "y_train": labels[train].astype(np.int64),
        "x_test": images[test],
        "y_test": labels[test].astype(np.int64),
    }


def _arrays(place: Path, options: Options, progress: Progress) -> Built:
    progress("reading the arrays", 0.1)
    path, called = only_file(place), options.get("name", "the file")
    plan = plan_arrays(path, called)
    return of_images(read_arrays(path, called, plan), plan.labels.classes, {"said": list(plan.said)})


def _pixels(place: Path, options: Options, progress: Progress) -> Built:
    from core.datasets.images.pixels import read_pixels

    progress("reading the pixels", 0.1)
    return _divided(read_pixels(only_file(place), options["name"]), options["seed"], progress)


def _pair(place: Path, options: Options, progress: Progress) -> Built:
    from core.datasets.images.pixels import read_npy_pair

    progress("reading the arrays", 0.1)
    pictures = read_npy_pair(place / IMAGES, place / LABELS, options.get("names", ()))
    return _divided(pictures, options["seed"], progress)


def _divided(pictures: Pictures, seed: int, progress: Progress) -> Built:
    built = split_images(pictures.images, pictures.labels, pictures.classes, seed, progress)
    return replace(built, notes={**built.notes, "said": [*pictures.said, *built.notes["said"]]})


SOURCES: dict[str, Callable[[Path, Options, Progress], Built]] = {
    "photos": _photos,
    "arrays": _arrays,
    "pair": _pair,
    "pixels": _pixels,
    "table": read_own_table,
}
