"""Time limits for decoding: a small hostile file can keep a decoder busy for minutes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from core.errors import DatasetError

IMAGE_S = 15.0  # 60 million pixels take 1 to 4 s, three times that on a busy machine
MOST_SLOW = 3  # images over that time, before decoding is stopped
# Total time limit, and extra time for each image. Measured on two busy cores: a JPEG of 224 x 224 pixels takes 1.3 ms,
# a PNG of 12 million pixels 1.2 s, and 200 MB may hold hundreds of those.
TASK_S, TASK_IMAGE_S = 900.0, 0.05
MOST_SCANS = 100  # of a progressive JPEG; cameras and libjpeg write 10
MOST_SCANNED = 1_000_000_000  # pixels of all scans together
_BEGIN, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"  # SOI, EOI, SOS; ITU-T T.81 table B.1
_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")  # others have no length: 00 is data, 01 and D0 to D7 stand alone


class Budget:
    """Time limits for decoding a set of images, for each one and in total.

    Args:
        images: Number of images.
        clock: Returns the time in seconds.
    """

    def __init__(self, images: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + TASK_S + TASK_IMAGE_S * images
        self._slow: list[str] = []

    @contextmanager
    def image(self, name: str) -> Iterator[None]:
        """Measure the time spent on one image.

        Raises:
            DatasetError: It took too long and must be left out.
        """
        start = self._clock()
        try:
            yield
        finally:
            if is_slow := self._clock() - start > IMAGE_S:
                self._slow.append(name)
        if is_slow:
            raise DatasetError(f"{name} takes too long to decode", expected=f"at most {IMAGE_S:g} s")

    def check(self) -> None:
        """Check the limits for all images.

        Raises:
            DatasetError: Too many images took too long, or the total time is over.
        """
        if len(self._slow) >= MOST_SLOW:
            raise DatasetError(
                f"{len(self._slow)} images take more than {IMAGE_S:g} s each to decode",
                received=", ".join(self._slow),
                fix="Save them as plain JPEG or PNG, or leave them out.",
            )
        if self._clock() > self._end:
            raise DatasetError("the images take too long to decode", fix="Save them smaller, as plain JPEG or PNG.")


def check_scans(data: bytes, pixels: int, name: str) -> None:
    """Check that a JPEG does not have too many scans, each of which decodes all pixels again.

    Args:
        data: Bytes of the file.
        pixels: Height times width.
        name: Name for the error.

    Raises:
        DatasetError: It has too many scans.
    """
    most = min(MOST_SCANS, MOST_SCANNED // pixels)
    if sum(1 for _ in islice(_scans(data), most + 1)) > most:
        raise DatasetError(f"{name} is a JPEG with too many scans", expected=f"at most {most} of {pixels:,} pixels")


def _scans(data: bytes) -> Iterator[int]:
    """Yield the position of each scan; anything after the image, such as the video of a motion photo, is ignored."""
    place = 2
    while (found := _MARKER.search(data, place)) and found[0] != _END and found.start() + 4 <= len(data):
        place = found.start()
        if found[0] == _SCAN:
            yield place
        place += 2 if found[0] == _BEGIN else 2 + int.from_bytes(data[place + 2 : place + 4])
