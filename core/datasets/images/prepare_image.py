"""Prepare any picture for the networks of a data set, the same way for the page and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core.datasets.archives.zips import short
from core.datasets.dataset import Dataset
from core.datasets.images.drawings import as_input, ink_of_photo
from core.datasets.images.photos import Frame, decode
from core.errors import DatasetError

WRITING_SIDE = 128  # pixels of the longer side to which a photo is shrunk before its writing is extracted
WHITE, BLACK = 255, 0


def prepare_image(data: bytes, name: str, dataset: Dataset) -> np.ndarray:
    """Return a picture as an input for the networks of a data set.

    For uploaded photos the picture is shaped like the data set's own. For centred strokes the writing on the picture
    is extracted and centred. For other data sets the picture is squeezed to the size of their images. A transparent
    picture gets a white background, or a black one if nothing is visible on white (not for uploaded photos).

    Args:
        data: Bytes of the file.
        name: Name for errors.
        dataset: A data set of images.

    Returns:
        uint8 (height, width, channels).

    Raises:
        DatasetError: It is not a picture or is empty, so an answer would mean nothing, or the data has no images.
    """
    shown = short(name)
    if not dataset.spec.is_image:
        raise DatasetError(f"{shown} cannot be used: {dataset.title} consists of {dataset.spec.kind}, not images")
    for frame in _frames(dataset):
        image = seen = decode(data, frame, shown)
        if dataset.is_centred:
            image = seen = as_input(ink_of_photo(image[..., 0]), dataset.spec, is_centred=True)
        elif frame.fit == "pad":  # the bars do not count as content
            seen = decode(data, replace(frame, fit="squeeze"), shown)
        if (seen != seen[0, 0]).any():
            return image
    raise DatasetError(f"{shown} is empty", fix="Choose a picture with something on it.")


def _frames(dataset: Dataset) -> Iterator[Frame]:
    """Yield the frames to try in order, until one shows something."""
    if dataset.shaping is not None:
        yield dataset.shaping.frame
        return
    height, width, channels = dataset.spec.input_shape
    for backdrop in (WHITE, BLACK):
        if dataset.is_centred:
            yield Frame(WRITING_SIDE, WRITING_SIDE, "whole", 1, backdrop=backdrop)
        else:
            yield Frame(height, width, "squeeze", channels, backdrop=backdrop)
