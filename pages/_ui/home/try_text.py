"""Try a network that tells the class of a text: type one, and the answer follows each pause."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.features import Tokens
from core.datasets.texts.tokens import UNITS
from core.errors import ProbeAwayError
from core.figures.colours import RUNS
from core.figures.sequences import shown_text
from core.runs.predict import answering_step
from core.runs.visible import open_seen
from core.store import Run
from pages._ui.components.pictures.reading import Voice, reading
from pages._ui.probe.queries import ask_snapshot
from pages._ui.shell import owner, privacy, shell, words

TEXT, LIVE = "try_text", "400ms"
_WAITED, _TRUTH = "_try_waited", "_try_truth"  # session keys: whether it has begun to wait; a test text and its class
LONGEST = 2_000  # characters
AGAIN_S = 1.0
_HELP = "The answer follows when you pause. Of a long text only the end is read."


def try_text(run: Run, dataset: Dataset) -> None:
    """Draw the text's input and the answer; the body of a fragment."""
    left, right = st.columns([45, 55], gap="large")
    with left:
        text = st.text_input("Your text", key=TEXT, max_chars=LONGEST, live=LIVE, placeholder="Type here", help=_HELP)
        if privacy.sees(run.dataset):
            st.button(
                "A test text",
                key="try_another",
                icon=":material/shuffle:",
                on_click=_another,
                args=(dataset.id,),
                help="Fills in one that the network did not learn from.",
            )
            _say_seen(text or "", dataset)
    with right, shell.guard():
        _answer(run, dataset, text or "")


def _another(dataset_id: str) -> None:
    """Fill in a random test text."""
    with shell.remember():
        data = open_seen(shell.store().settings, dataset_id, owner.actor())
        row = int(np.random.default_rng().integers(len(data.y_test)))
        features = data.spec.features
        assert isinstance(features, Tokens)
        st.session_state[TEXT] = shown_text(np.asarray(data.x_test[row]), features)[:LONGEST]
        st.session_state[_TRUTH] = (st.session_state[TEXT], data.spec.classes[int(data.y_test[row])])


def _say_seen(text: str, dataset: Dataset) -> None:
    """Say the true class of a test text, and what of a text the network does not see."""
    features, (known, truth) = dataset.spec.features, st.session_state.get(_TRUTH, ("", ""))
    assert isinstance(features, Tokens)
    tokens = features.encode(text)
    if text and text == known:
        st.markdown(f"It is labelled **{words.name(truth)}**.")
    unknown, unit = tokens.count(0), UNITS[features.unit].split(" ")[0].lower()
    if unknown:
        st.caption(f"Not in its vocabulary, so that it sees gaps: {unknown:,} of {len(tokens):,} {unit}.")
    if len(tokens) > features.length:
        st.caption(f"It reads the last {features.length:,} of {len(tokens):,} {unit}.")


def _answer(run: Run, dataset: Dataset, text: str) -> None:
    """Draw the network's answer to a text."""
    features, classes, note = dataset.spec.features, dataset.spec.classes, ""
    assert isinstance(features, Tokens)
    said = np.empty((0, len(classes)))
    if text.strip():
        given = np.array([features.example(text.strip())], features.dtype)
        try:
            step = answering_step(shell.store(), run)
            said = ask_snapshot(shell.store(), run, step, "answer", given, actor=owner.actor())["probabilities"]
        except ProbeAwayError:
            note = f"The process that answers is {shell.probe_state()}. The answer follows."
            st.fragment(_wait, key="try_wait", run_every=AGAIN_S)()
    voice = Voice(run.name, RUNS[0], ["now"] * len(said), said, "is waiting for a text")
    reading([voice], classes, key="try_reading", number=0, note=note)


def _wait() -> None:
    """Draw the page again after a while, in which the probe may have become ready; the body of a fragment."""
    if st.session_state.pop(_WAITED, False):
        st.rerun()
    st.session_state[_WAITED] = True
