"""Data that people bring: a card that says what it is, its raw files until they are prepared, then arrays.

`$GLASSBOX_HOME/own/<id>/card.json`, and `raw/` beside it until the `prepare` task has read it; some kinds' stays.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from core.datasets.own.kinds import KINDS, DataKind, find_kind
from core.errors import DatasetError, NotAllowedError
from core.locks import locked
from core.settings import Settings
from core.store.records import LOCAL, new_id

PREFIX = "own_"
LOCK = "own.lock"  # of the home: whoever reads a card to change it holds this
LONGEST_TITLE = 60
LONGEST_DESCRIPTION = 1000
BRING_AGAIN = "Bring it again."
_ID = re.compile(rf"{PREFIX}[0-9a-z]+")


@dataclass(frozen=True)
class Card:
    """What is known of data that somebody has brought.

    Args:
        id: Sorts by time and cannot be guessed.
        owner: Hash of the key of whoever brought it; only they may change it.
        title, description: Theirs to choose.
        kind: Id of one of `KINDS`, which says how the raw files are read.
        options: How they are made to fit, as that kind says; once read, also what reading has settled.
        created: Unix time, seconds.
        accepted: Whether the owner has looked at it and said yes; it cannot be trained on before.
        published: Whether everybody may use it.
        deleted: Its data is gone; the card stays for the runs that were made with it.
        notes: What reading it has found: `said` is a list of sentences about it, plain text, `skipped` a list of
            (file or column, why) that were left out; `source` and `licence` if they are known.
    """

    id: str
    owner: str
    title: str
    kind: str
    options: dict[str, Any]
    created: float
    description: str = ""
    accepted: bool = False
    published: bool = False
    deleted: bool = False
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def data_kind(self) -> DataKind:
        """The kind of its raw files."""
        return find_kind(self.kind)

    @property
    def split_seed(self) -> int | None:
        """Seed of our split; None if the files bring theirs."""
        return self.options.get("seed")


def is_own(dataset_id: str) -> bool:
    """Return whether an id is that of data that somebody has brought."""
    return _ID.fullmatch(dataset_id) is not None


def folder(settings: Settings, dataset_id: str) -> Path:
    """Return where its card and its raw files lie."""
    if not is_own(dataset_id):
        raise DatasetError(f"there is no data set {dataset_id!r}")
    return settings.home / "own" / dataset_id


def raw(settings: Settings, dataset_id: str) -> Path:
    """Return where its raw files lie until they are prepared."""
    return folder(settings, dataset_id) / "raw"


def begin(settings: Settings, owner: str, title: str, kind: str, options: Mapping[str, Any]) -> Card:
    """Make room for new data.

    Raises:
        DatasetError: The title is empty or too long, or the home cannot be written.
    """
    card = Card(f"{PREFIX}{new_id()}", owner, _checked(title), kind, dict(options), time.time())
    try:
        raw(settings, card.id).mkdir(parents=True)
        write_card(settings, card)
    except OSError as error:
        raise DatasetError("the data cannot be kept on this server", received=str(error.strerror)) from error
    return card


def read_card(settings: Settings, dataset_id: str) -> Card:
    """Return a card.

    Raises:
        DatasetError: There is none, or it is damaged.
    """
    path = _card_path(settings, dataset_id)
    try:
        card = Card(**json.loads(path.read_text()))
    except FileNotFoundError:
        raise DatasetError(f"there is no data set {dataset_id!r}", fix="It may have been deleted.") from None
    except (OSError, ValueError, TypeError, RecursionError):
        card = None
    if card is None or card.id != dataset_id or not _is_sound(card):
        raise DatasetError(f"what is known of data set {dataset_id!r} cannot be read", fix="Its files are kept.")
    return card


def has_card(settings: Settings, dataset_id: str) -> bool:
    """Return whether data has a card, readable or not: what is unreadable now may be somebody's all the same."""
    try:
        os.lstat(_card_path(settings, dataset_id))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _card_path(settings: Settings, dataset_id: str) -> Path:
    return folder(settings, dataset_id) / "card.json"


def _is_sound(card: Card) -> bool:
    """Return whether each field has a value of its type, and there is such a kind."""
    types = {name: get_origin(kind) or kind for name, kind in get_type_hints(Card).items()}
    are_right = (isinstance(getattr(card, n), (int, float) if kind is float else kind) for n, kind in types.items())
    return all(are_right) and card.kind in {kind.id for kind in KINDS}


def write_card(settings: Settings, card: Card) -> None:
    """Keep a card; half of one is never seen."""
    path = _card_path(settings, card.id)
    handle, temporary = tempfile.mkstemp(".tmp", dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(json.dumps(asdict(card)))
    os.replace(temporary, path)


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Let no card change but by this block: what it has read stays true. Not to be nested."""
    with locked(settings.home / LOCK):
        yield


def update(settings: Settings, dataset_id: str, **changes: Any) -> Card:
    """Change fields of a card; what others change at the same time stays changed.

    Raises:
        DatasetError: There is none.
    """
    with held(settings):
        return change_held(settings, read_card(settings, dataset_id), **changes)


def change_held(settings: Settings, card: Card, **changes: Any) -> Card:
    """Change a card that is held."""
    card = replace(card, **changes)
    write_card(settings, card)
    return card


def change(settings: Settings, dataset_id: str, actor: str, **changes: Any) -> Card:
    """Accept, rename, describe, publish or shape data.

    Args:
        settings: Of this installation.
        dataset_id: Which.
        actor: Hash of the key of whoever asks.
        changes: `title`, `description`, `accepted`, `published`, `options`.

    Raises:
        NotAllowedError: It is somebody else's.
        DatasetError: There is none, or a text is empty or too long.
    """
    if "title" in changes:
        changes["title"] = _checked(changes["title"])
    if len(changes.get("description", "")) > LONGEST_DESCRIPTION:
        received = f"{len(changes['description']):,} characters"
        raise DatasetError(
            "the description is too long", expected=f"at most {LONGEST_DESCRIPTION:,}", received=received
        )
    with held(settings):
        return change_held(settings, read_mine(settings, dataset_id, actor), **changes)


def cards(settings: Settings) -> list[Card]:
    """Return every card, newest first."""
    paths = (settings.home / "own").glob(f"{PREFIX}*/card.json")
    found = []
    for path in sorted(paths, reverse=True):
        try:
            found.append(read_card(settings, path.parent.name))
        except DatasetError:  # it has just gone, or is damaged
            continue
    return found


def unfinished(settings: Settings, actor: str) -> list[Card]:
    """Return what this visitor has sent and not accepted yet, newest first."""
    return [card for card in cards(settings) if card.owner == actor and not card.accepted and not card.deleted]


def read_mine(settings: Settings, dataset_id: str, actor: str) -> Card:
    """Return the card of data that somebody may change.

    Raises:
        NotAllowedError: It is somebody else's.
        DatasetError: There is none.
    """
    card = read_card(settings, dataset_id)
    if actor not in (card.owner, LOCAL):  # whoever has this machine may
        raise NotAllowedError("only whoever brought this data may change it")
    return card


def _checked(title: str) -> str:
    title = " ".join(title.split())
    if not 0 < len(title) <= LONGEST_TITLE:
        raise DatasetError(
            "the data needs a name", expected=f"1 to {LONGEST_TITLE} characters", received=f"{len(title)} characters"
        )
    return title
