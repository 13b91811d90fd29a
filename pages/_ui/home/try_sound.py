"""Try a network that tells sounds apart: say something, or bring a recording."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.sounds.hear_apart import hear_apart
from core.errors import ProbeAwayError
from core.figures.colours import RUNS
from core.figures.pictures import grey_picture
from core.figures.sequences import as_curves
from core.runs.predict import answering_step
from core.store import Run
from pages._ui.components.pictures.pictures import pictures
from pages._ui.components.pictures.reading import Voice, reading
from pages._ui.home.read_once import read_once
from pages._ui.probe.queries import ask_snapshot
from pages._ui.shell import owner, shell

RECORD, BRING = "Microphone", "Upload"
RATE_HZ, MOST_MB, AGAIN_S = 16_000, 20, 1.0
_HEARD = "_try_heard"  # session key: the last recording, and what the network hears of it or why it cannot
_MICROPHONE = "Needs a microphone, your permission and, except on the server itself, HTTPS."
_SEEN = "What the network hears: time from left to right, pitch from below, bright where it is loud; no quiet ends."


def try_sound(run: Run, dataset: Dataset) -> None:
    """Draw the recording and the answer; the body of a fragment."""
    left, right = st.columns([45, 55], gap="large")
    heard = None
    with left, shell.guard():
        heard = _recorded(dataset)
    with right, shell.guard():
        _answer(run, dataset, heard)


def _recorded(dataset: Dataset) -> np.ndarray | None:
    """Draw the choice of a recording, and return it as the network's input; None before there is one.

    Raises:
        DatasetError: It cannot be heard.
    """
    ways = [RECORD, BRING]
    how = st.segmented_control("How", ways, default=RECORD, required=True, key="try_how", label_visibility="collapsed")
    if how == RECORD:
        file = st.audio_input("Record a sound", sample_rate=RATE_HZ, key="try_record")
        if file is None:
            st.caption(_MICROPHONE)
    else:
        file = st.file_uploader("A WAV file", type=["wav"], max_upload_size=MOST_MB, key="try_upload")
    if file is None:
        return None
    data = file.getvalue()
    name = file.name if how == BRING else "the recording"
    listen = partial(hear_apart, shell.store().settings, data, name, dataset)
    heard = read_once(_HEARD, (file.file_id, dataset.id), listen)
    if how == BRING:
        st.audio(data, format="audio/wav")
    pictures([grey_picture(as_curves(heard), "the sound as the network hears it")], key="try_seen", width=240)
    st.caption(_SEEN)
    return heard


def _answer(run: Run, dataset: Dataset, heard: np.ndarray | None) -> None:
    classes, note = dataset.spec.classes, ""
    said = np.empty((0, len(classes)))
    if heard is not None:
        step = answering_step(shell.store(), run)
        try:
            found = ask_snapshot(shell.store(), run, step, "answer", heard[None], actor=owner.actor())
            said = found["probabilities"]
        except ProbeAwayError:
            note = f"The process that answers is {shell.probe_state()}. The answer follows."
            st.fragment(_wait, key="try_wait", run_every=AGAIN_S)()
    voice = Voice(run.name, RUNS[0], ["now"] * len(said), said, "is waiting for a sound")
    reading([voice], classes, key="try_reading", number=0, note=note)


def _wait() -> None:
    """Draw the page again when the probe may answer."""
    if shell.is_ready("probe"):
        st.rerun()
