"""Teach a network your own photos: collect them class by class, train, and see its answer beside the camera."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from functools import partial
from itertools import groupby

import numpy as np
import streamlit as st

from core.datasets.own.collecting import add_column, add_pictures, drop_column, drop_picture, name_column
from core.datasets.own.collection import read_collection, read_picture
from core.datasets.spec import DataSpec
from core.errors import DatasetError, GlassboxError, ProbeAwayError
from core.runs.predict import answering_step, answers_pictures
from core.store import Run
from pages._ui.components.camera.columns import Message, columns, told
from pages._ui.data import photo_training
from pages._ui.data.photo_options import disk_errors_in_words
from pages._ui.data.photo_training import Training
from pages._ui.probe.answer_cache import AnswerCache
from pages._ui.probe.queries import ask_snapshot
from pages._ui.shell import owner, shell

KEY = "photos"
LOOK_AGAIN_S = 0.4  # while pictures are read or a network learns
WAKING_S = 10.0  # the probe is asked anew after this, until it has built a network
PATIENCE_S = 0.1  # a page waits this long for that
_HEEDED, _TROUBLE = "_photos_heeded", "_photos_trouble"  # session state: the last message heeded, and what went wrong

Action = tuple[str, ...]


def teach_photos() -> None:
    """Draw the columns of classes, and what has been learned from them."""
    st.markdown(
        "**Teach it your own photos.** Hold a class's button while you show its thing to the camera, or choose files."
    )
    training = _follow()
    st.fragment(_collect, key="photos_part", run_every=LOOK_AGAIN_S if training.is_busy else None)(training.is_busy)
    with shell.guard():
        photo_training.draw_result(training)
    st.caption(
        "Turn and move the thing between bursts: two bursts of each will do, five are better. "
        "A network sees the middle square of each picture. The pictures of one burst are nearly the same, so each "
        "burst stays whole: all of it to learn from, or all to test with. What you collect is yours alone and waits on "
        "this server for a day after you last looked at it. A data set made of it stays until you delete it or train "
        "again; the network of an earlier training stays."
    )


def _collect(was_busy: bool) -> None:
    """Heed the browser and answer it; the body of a fragment."""
    settings, actor, message = shell.store().settings, owner.actor(), told(KEY)
    _heed(message)
    training, spec, answer = _follow(), None, ()
    if training.is_busy != was_busy:
        st.rerun()
    found = read_collection(settings, actor)
    try:
        spec, answer = _look(training.run, message.frame)
    except GlassboxError as error:
        st.session_state[_TROUBLE] = _told(error)
    asked = {name: file for name in message.asked if (file := read_picture(settings, actor, name))}
    columns(
        found,
        message,
        key=KEY,
        pictures=asked,
        sees=(spec.input_shape[0], spec.classes) if spec else None,
        answer=answer,
        status=training.to_dict(),
        trouble=st.session_state.get(_TROUBLE, ""),
        heeded=st.session_state.get(_HEEDED, ("", 0))[1],
    )


def _follow() -> Training:
    """Return how far the training is; what goes wrong is said beside the columns."""
    try:
        with disk_errors_in_words():
            return photo_training.follow(read_collection(shell.store().settings, owner.actor()))
    except GlassboxError as error:
        st.session_state[_TROUBLE] = _told(error)
        return Training()


def _told(error: GlassboxError) -> str:
    said = shell.sentence(error)
    return said[:1].upper() + said[1:]


# Messages


def _heed(message: Message) -> None:
    """Carry out the changes of a message, once; what goes wrong is said until the next change."""
    state, number = st.session_state, (message.client, message.number)
    if not message.actions or state.get(_HEEDED) == number:
        return
    said = ""
    for (what, *arguments), actions in groupby(message.actions, key=lambda action: action[:2]):
        try:
            with disk_errors_in_words():
                _carry_out(what, arguments[0] if arguments else "", list(actions))
        except GlassboxError as error:
            said = _told(error)
    state[_HEEDED], state[_TROUBLE] = number, said


def _carry_out(what: str, column_id: str, actions: Sequence[Action]) -> None:
    """Carry out changes of one kind to one class; one that no page sends is ignored."""
    settings, actor = shell.store().settings, owner.actor()
    match what:
        case "add":
            add_pictures(settings, actor, column_id, {action[2]: _file(action[3]) for action in actions if action[3:]})
        case "drop":
            for action in actions:
                drop_picture(settings, actor, column_id, "".join(action[2:3]))
        case "open":
            add_column(settings, actor, column_id, "".join(actions[0][2:3]))
        case "name":
            name_column(settings, actor, column_id, "".join(actions[-1][2:3]))
        case "close":
            drop_column(settings, actor, column_id)
        case "train":
            photo_training.begin()
        case "stop":
            photo_training.stop(read_collection(settings, actor))


def _file(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise DatasetError("a picture did not arrive whole", fix="Take it again.") from error


# The answer


def _look(run: Run | None, frame: bytes) -> tuple[DataSpec | None, Sequence[float]]:
    """Return the spec of a network that has learned something, and its probabilities for a frame, if there are any."""
    if run is None:
        return None, ()
    store, spec = shell.store(), shell.dataset(run.dataset).spec
    taken = store.metrics.snapshots(run.id)
    if not taken or not answers_pictures(run, spec):
        return None, ()
    is_awake = _wake(run, taken[0].step, spec)
    if not taken[-1].step:
        return None, ()
    if not is_awake or len(frame) != np.prod(spec.input_shape):
        return spec, ()
    image, step = np.frombuffer(frame, np.uint8).reshape(1, *spec.input_shape), answering_step(store, run)
    try:
        [answer] = ask_snapshot(store, run, step, "answer", image, actor=owner.actor())["probabilities"]
    except ProbeAwayError:  # it is starting; the browser asks again
        return spec, ()
    return (spec, answer.tolist()) if np.isfinite(answer).all() else (None, ())


def _wake(run: Run, step: int, spec: DataSpec) -> bool:
    """Let the probe build a network in the background, which may take seconds; return whether it has."""
    image = np.zeros((1, *spec.input_shape), np.uint8)
    ask = partial(ask_snapshot, shell.store(), run, step, "answer", image, actor=owner.actor(), deadline_s=WAKING_S)
    return _awake().get(f"{run.id}/{run.generation}", ask, patience_s=PATIENCE_S) is not None


@st.cache_resource
def _awake() -> AnswerCache:
    """Return the server's cache of the networks that are built; it has threads of its own, as these wait long."""
    return AnswerCache()
