"""Read what a visitor brings once, by another process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from core.errors import DatasetError


def read_once(key: str, about: tuple[str, ...], read: Callable[[], np.ndarray]) -> np.ndarray:
    """Return what `read` returned for this upload, also in later reruns and also if it was refused.

    Args:
        key: Session key of the last upload that was read.
        about: What is read, and for which data.
        read: Reads it.

    Raises:
        DatasetError: As of `read`.
    """
    if st.session_state.get(key, ("",))[0] != about:
        try:
            found: Any = read()
        except DatasetError as error:
            found = error
        st.session_state[key] = about, found
    found = st.session_state[key][1]
    if isinstance(found, DatasetError):
        raise found.with_traceback(None)  # else its traceback would grow with each rerun
    return np.asarray(found)
