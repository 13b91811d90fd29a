"""Photos in class folders, in a ZIP or not: decoded, shaped, and split unless the folders have a split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets.alike import say_alike
from core.datasets.archives.archives import IMAGE_SUFFIXES, IMAGES, LIMITS, Found, read_folder, read_zip
from core.datasets.dataset import Progress
from core.datasets.images.photos import AUTO, Photos, Shaping, load_photos
from core.datasets.own.built import SIZES, Built, listed, of_images
from core.datasets.own.image_split import (
    READING,
    has_bursts,
    near_duplicates,
    parted,
    say_leak,
    side_by_side,
    split_images,
)
from core.datasets.own.kinds.files import BRING_FOLDERS, ZIP, Sent, count_inside, raw_name
from core.datasets.own.kinds.kind import DataKind
from core.datasets.own.uploads import Upload

CHOSEN = "Each image was made {side} pixels high and wide: as the originals are, or the next smaller size of ours."


def read_own_photos(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Read photos, and split them into training and test unless their folders do.

    Args:
        place: Folder of the ZIP or of the class folders.
        options: Options of a `Shaping`; `seed` of the split.
        progress: Receives the current step.

    Raises:
        DatasetError: Too few photos can be read, there are too many, or a class cannot be on both sides.
    """
    shaping = Shaping.from_options(options)
    with _entries(place) as found:
        photos = load_photos(
            found.entries,
            shaping,
            lambda name, done, total: progress(
                f"reading image {done + 1:,} of {total:,}, {name}", READING * done / total
            ),
        )
    if photos.is_test.any():
        built = _as_the_files_say(photos, progress)
    else:
        built = split_images(photos.images, photos.labels, photos.classes, options["seed"], progress, photos.bursts)
    skipped = [*found.skipped, *photos.skipped]
    side = photos.images.shape[1]
    chosen = [CHOSEN.format(side=side)] if shaping.side == AUTO else []
    alike = say_alike(photos.images, photos.labels, photos.classes)
    said = [*alike, *found.said, *chosen, *photos.said, *built.notes.get("said", [])]
    return replace(
        built,
        notes={**built.notes, "alike": alike, "said": said, **listed(skipped)},
        sizes={name: photos.sizes[rows] for name, rows in zip(SIZES, built.rows, strict=True)},
        options={**built.options, "side": side, "white": photos.white},
    )


def _as_the_files_say(photos: Photos, progress: Progress) -> Built:
    """Keep the files' own split, even with near-duplicates of training images in the test, but count these."""
    train, test = np.flatnonzero(~photos.is_test), np.flatnonzero(photos.is_test)
    groups = near_duplicates(photos.images, progress)
    said = ["Each run holds out its own validation share of the training images; the seed of our split is not used."]
    said += say_leak(groups, train, test)
    is_burst = has_bursts(photos.bursts[train])
    train = side_by_side(train, photos.bursts) if is_burst else train
    arrays, whole = parted(photos.images, photos.labels, train, test), photos.bursts[train] if is_burst else ()
    return of_images(arrays, photos.classes, {"said": said}, whole, rows=(train, test), options={"seed": None})


@contextmanager
def _entries(place: Path) -> Iterator[Found]:
    if (place / ZIP).exists():
        with read_zip(place / ZIP) as found:
            yield found
    else:
        yield read_folder(place)


def send_photos(files: Sequence[Upload]) -> Sent:
    """Return a ZIP or a folder to send."""
    [file] = files
    return Sent({raw_name(file): file})


KIND = DataKind(
    id="photos",
    title="Photos",
    takes="a ZIP or a folder with a folder of photos for each class",
    way="A ZIP of photos",
    asks="One folder for each class, named after it, with its photos inside: `cats/1.jpg`, `dogs/1.jpg`. "
    "Folders `train` and `test` around the classes are kept as they are. Photos in folders `burst_1`, `burst_2` "
    "inside a class are nearly the same: each burst stays whole, for training, validation or testing.",
    limits="PNG, JPEG, WebP, BMP, TIFF, GIF or HEIC. "
    f"{LIMITS.least_classes} to {LIMITS.most_classes} classes, each with at least {LIMITS.least_images} images; at "
    f"most {LIMITS.files:,} images, {LIMITS.archive_mb} MB in total, {LIMITS.megapixels} million pixels and "
    f"{LIMITS.file_mb} MB per image.",
    suffixes=(".zip",),
    folders=IMAGES,
    likeness=lambda upload: count_inside(upload, IMAGES),
    sent=send_photos,
    defaults={"side": AUTO, "fit": "squeeze", "channels": 3, "seed": 0},
    read=read_own_photos,
    page="pages._ui.data.kinds.images:VIEW",
    is_shaped=True,
    memory_fix="Choose smaller images.",
    hints=dict.fromkeys(sorted(IMAGE_SUFFIXES), BRING_FOLDERS),
)
