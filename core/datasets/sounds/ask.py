"""A recording as the input of a network that has learned from sounds."""

from __future__ import annotations

import numpy as np

from core.datasets.archives.zips import short
from core.datasets.features import Features, Series
from core.datasets.sounds.sounds import read_sound
from core.errors import DatasetError


def is_heard(features: Features) -> bool:
    """Return whether examples are sounds."""
    return isinstance(features, Series) and features.hearing is not None


def hear(data: bytes, name: str, features: Features) -> np.ndarray:
    """Return a WAV file as an example, float32 (frames, bands), made like the sounds of the data.

    Raises:
        DatasetError: It is no WAV file, damaged, silent or too long.
    """
    assert isinstance(features, Series)
    assert features.hearing is not None
    try:
        header, samples = read_sound(data)
    except DatasetError as error:
        what = f"{short(name)} cannot be heard: {error.what}"
        raise DatasetError(what, expected=error.expected, received=error.received) from error
    return features.hearing.hear(samples, header.rate_hz)
