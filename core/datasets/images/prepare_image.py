"""A picture from anywhere, as the networks of a data set take it: the page, the command line and the data agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core.datasets.archives.zips import short
from core.datasets.dataset import Dataset
from core.datasets.images.drawings import as_input, ink_of_photo
from core.datasets.images.photos import Frame, decode
from core.errors import DatasetError

WRITING_SIDE = 128  # pixels of the longer side in which writing on a photo is looked for
WHITE, BLACK = 255, 0


def prepare_image(data: bytes, name: str, dataset: Dataset) -> np.ndarray:
    """Return a picture as the networks of a data set take it.

    Photos of one's own are shaped as those of the data set were. Where its images are centred strokes, what is written
    on a picture becomes such strokes. Other images are squeezed into the size of the data set's, whatever its sides.
    A transparent picture lies on white, as in own data; if nothing is seen then, and the data is of another kind, on
    black.

    Args:
        data: The file's bytes.
        name: What to call it in an error.
        dataset: Of images.

    Returns:
        uint8 (height, width, channels).

    Raises:
        DatasetError: It is no picture, or an empty one: any answer to that would be made up.
    """
    shown = short(name)
    if not dataset.spec.is_image:
        raise DatasetError(f"{shown} cannot be answered: {dataset.title} is made of {dataset.spec.kind}")
    for frame in _frames(dataset):
        image = seen = decode(data, frame, shown)
        if dataset.is_centred:
            image = seen = as_input(ink_of_photo(image[..., 0]), dataset.spec, is_centred=True)
        elif frame.fit == "pad":  # whose bars are not seen on the picture
            seen = decode(data, replace(frame, fit="squeeze"), shown)
        if (seen != seen[0, 0]).any():
            return image
    raise DatasetError(f"{shown} is empty, nothing is seen on it", fix="Choose a picture with something on it.")


def _frames(dataset: Dataset) -> Iterator[Frame]:
    """Yield the ways in which a picture is looked at, until something is seen in it."""
    if dataset.shaping is not None:
        yield dataset.shaping.frame
        return
    height, width, channels = dataset.spec.input_shape
    for backdrop in (WHITE, BLACK):
        if dataset.is_centred:
            yield Frame(WRITING_SIDE, WRITING_SIDE, "whole", 1, backdrop=backdrop)
        else:
            yield Frame(height, width, "squeeze", channels, backdrop=backdrop)
