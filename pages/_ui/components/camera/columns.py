"""A column for each class: shoot bursts with the camera or choose files, name, remove, train, and see the answer."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.datasets.own.collection import LONGEST_NAME, Collection
from pages._ui.components import component

MOST_ACTIONS, MOST_ASKED = 40, 40  # in one message

_component = component(
    "camera/columns",
    "<div class='photos'><div class='panel'>"
    "<div class='view'><video playsinline muted></video><p class='hint'></p></div>"
    "<div class='answer'><p class='said'></p><div class='rows'></div></div>"
    "<div class='do'><div class='tools'><button type='button' class='power'></button>"
    "<button type='button' class='flip' hidden>Flip</button></div><button type='button' class='train'></button>"
    "<progress max='1' hidden></progress><p class='status' role='status'></p></div></div>"
    "<div class='side'><p class='trouble' role='alert' hidden></p><div class='classes'></div>"
    "<div class='foot'><button type='button' class='more'>Add a class</button>"
    "<p class='undo' hidden><span></span><button type='button'>Put back</button></p></div></div></div>",
    "camera/messages",
    "camera/camera",
)


@dataclass(frozen=True)
class Message:
    """A message from the browser.

    Args:
        client: Name of the open page.
        number: Grows with each message of that page.
        version: The collection that it knows, a `Collection.mark`.
        actions: Changes, in order: a word and its arguments.
        asked: Names of pictures that it wants to show.
        frame: What the camera sees, as uint8 pixels, or empty.
    """

    client: str = ""
    number: int = 0
    version: str = ""
    actions: tuple[tuple[str, ...], ...] = ()
    asked: tuple[str, ...] = ()
    frame: bytes = b""


def told(key: str) -> Message:
    """Return the last message of the browser; a malformed one counts as none."""
    found = (st.session_state.get(key) or {}).get("outbox") or {}
    try:
        return Message(
            str(found["client"]),
            int(found["number"]),
            str(found["version"]),
            tuple(tuple(map(str, action)) for action in found["actions"][:MOST_ACTIONS] if action),
            tuple(map(str, found["asked"][:MOST_ASKED])),
            base64.b64decode(found["frame"], validate=True),
        )
    except (KeyError, TypeError, ValueError):
        return Message()


def columns(
    collection: Collection,
    message: Message,
    *,
    key: str,
    pictures: Mapping[str, bytes],
    sees: tuple[int, Sequence[str]] | None,
    answer: Sequence[float],
    status: Mapping[str, Any],
    trouble: str,
    heeded: int,
) -> None:
    """Show the columns.

    Args:
        collection: What was collected.
        message: The message that this answers.
        key: Streamlit's key; `told` reads the messages.
        pictures: Files of the pictures that were asked for.
        sees: Side in pixels and classes of the trained network; None if there is none.
        answer: Its probabilities for the frame of the message; empty if there are none.
        status: `text`, `share` (0 to 1 or None), `is_busy` and `has_run` of the training.
        trouble: A sentence about what went wrong; empty if nothing did.
        heeded: Number of the last message whose changes were carried out: the same trouble is said again for another.
    """
    listed = [{"id": c.id, "name": c.name, "pictures": c.pictures} for c in collection.columns]
    data = {
        "client": message.client,
        "number": message.number,
        "version": collection.mark,
        "columns": listed if message.actions or message.version != collection.mark else None,
        "lacks": collection.lacks[:1],
        "longest": LONGEST_NAME,
        "files": {name: base64.b64encode(file).decode() for name, file in pictures.items()},
        "side": sees[0] if sees else 0,
        "names": list(sees[1]) if sees else [],
        "answer": [round(float(share), 4) for share in answer],
        "status": dict(status),
        "trouble": trouble,
        "heeded": heeded,
    }
    _component(key=key, data=data, on_outbox_change=lambda: None, height="content")
