"""A picture of a visitor's own: a file, or from the camera."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.archives.archives import IMAGE_SUFFIXES
from core.datasets.images.prepare_apart import prepare_image_apart
from pages._ui.home.read_once import read_once
from pages._ui.shell import shell

MOST_MB = 20  # size of an uploaded picture
BRING, TAKE = "Upload", "Camera"
_CAMERA = """Needs a camera, your permission and, except on the server itself, HTTPS. On a phone, Upload can take
a photo too, without HTTPS."""


def own_picture(how: str, dataset: Dataset, *, key: str) -> np.ndarray | None:
    """Let a visitor bring a picture; return it as the input of networks of a data set, or None before there is one.

    Args:
        how: `BRING` or `TAKE`.
        dataset: The data set.
        key: Session key of the last picture that was decoded.

    Raises:
        DatasetError: It cannot be decoded.
    """
    if how == BRING:
        suffixes = sorted(suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES)
        file = st.file_uploader("A picture", type=suffixes, max_upload_size=MOST_MB)
    else:
        file = st.camera_input("Take a picture")
        if file is None:
            st.caption(_CAMERA)
    if file is None:
        return None
    prepare = partial(prepare_image_apart, shell.store().settings, file.getvalue(), file.name, dataset)
    return read_once(key, (file.file_id, dataset.id), prepare)
