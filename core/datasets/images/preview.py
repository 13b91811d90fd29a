"""Preview a few photos, decoded in a separate process that a hostile file can only delay.

    python -m core.datasets.images.preview PATH SIDE CHANNELS

PATH is a ZIP, or a folder with one folder for each class; SIDE is 0 to choose it automatically. Writes an `.npz`
file to standard output: `images` uint8 (n, side, side, channels), and `labels`, `names`, `fits` (n,).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.arrays import read_npz
from core.child_process import ask_apart, limit_this_process
from core.datasets.archives.archives import Entry, read_folder, read_zip
from core.datasets.images.photos import Shaping, choose_side, decode
from core.errors import DatasetError

CLASSES = 4  # shown with their first photo
FITS = ("crop", "squeeze")


@dataclass(frozen=True, eq=False)
class Preview:
    """Some photos as a network sees them.

    Args:
        images: uint8 (n, side, side, channels).
        labels, names, fits: Class, file name and fit of each.
    """

    images: np.ndarray
    labels: tuple[str, ...]
    names: tuple[str, ...]
    fits: tuple[str, ...]


def preview_photos(path: Path, side: int, channels: int) -> Preview | None:
    """Return the first photo of the first classes, cropped and squeezed; None if that fails or takes too long."""
    answer = ask_apart("core.datasets.images.preview", str(path), str(side), str(channels))
    if answer is None:
        return None
    found = read_npz(answer)
    labels, names, fits = (tuple(map(str, found[name])) for name in ("labels", "names", "fits"))
    return Preview(found["images"], labels, names, fits)


def main(path: Path, side: int, channels: int) -> None:
    """Decode some photos within limits."""
    limit_this_process()
    if path.is_dir():
        shown = _shaped(read_folder(path).entries, side, channels)
    else:
        with read_zip(path) as found:
            shown = _shaped(found.entries, side, channels)
    images = np.stack([image for image, *_ in shown]) if shown else np.empty((0, 1, 1, channels), np.uint8)
    labels, names, fits = ([str(one[k]) for one in shown] for k in (1, 2, 3))
    file = io.BytesIO()
    np.savez(file, images=images, labels=np.array(labels, str), names=np.array(names, str), fits=np.array(fits, str))
    sys.stdout.buffer.write(file.getvalue())


def _shaped(entries: Sequence[Entry], side: int, channels: int) -> list[tuple[np.ndarray, str, str, str]]:
    side = side or choose_side(entries, channels)
    firsts = list({entry.label: entry for entry in reversed(entries)}.values())[::-1][:CLASSES]
    shown = []
    for entry in firsts:
        for fit in FITS:
            try:
                image = decode(entry.read(), Shaping(side, fit, channels), entry.name)
            except DatasetError:  # listed when all photos are read
                continue
            shown.append((image, entry.label, entry.name, fit))
    return shown


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
