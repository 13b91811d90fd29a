"""A picture of a visitor's own: a file, or from the camera."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.archives.archives import IMAGE_SUFFIXES
from core.datasets.images.prepare_apart import prepare_image_apart
from core.errors import DatasetError
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
    return None if file is None else _prepared(file, dataset, key)


def _prepared(file: Any, dataset: Dataset, key: str) -> np.ndarray:
    """Return an upload as the network's input, decoded once by another process, even if it is refused.

    Raises:
        DatasetError: It cannot be decoded.
    """
    upload = (file.file_id, dataset.id)
    if st.session_state.get(key, ("",))[0] != upload:
        try:
            found: Any = prepare_image_apart(shell.store().settings, file.getvalue(), file.name, dataset)
        except DatasetError as error:
            found = error
        st.session_state[key] = upload, found
    found = st.session_state[key][1]
    if isinstance(found, DatasetError):
        raise found.with_traceback(None)  # else its traceback would grow with each rerun
    return np.asarray(found)
