"""Data that visitors add: a card with its description, raw files until they are prepared, then arrays.

The card is `$GLASSBOX_HOME/own/<id>/card.json`; `raw/` beside it stays until the `prepare` task has read it, and
longer for some kinds.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from core.datasets.own.kinds import KINDS, DataKind, find_kind
from core.disk import replacing
from core.errors import DatasetError, NotAllowedError
from core.locks import locked
from core.settings import Settings
from core.store.records import LOCAL, new_id

PREFIX = "own_"
LOCK = "own.lock"  # in the home folder; held while a card is read and changed
LONGEST_TITLE = 60
LONGEST_DESCRIPTION = 1000
BRING_AGAIN = "Add it again."
_ID = re.compile(rf"{PREFIX}[0-9a-z]+")


@dataclass(frozen=True)
class Card:
    """Description of a visitor's data.

    Args:
        id: Sorts by time and cannot be guessed.
        owner: Hash of the owner's key; only the owner may change the data.
        title, description: Chosen by the owner.
        kind: Id of one of `KINDS`, which decides how the raw files are read.
        options: Options for reading, as the kind defines; once read, also those settled by reading.
        created: Unix time, seconds.
        accepted: Whether the owner has reviewed and accepted the data; it cannot be trained on before.
        published: Whether everyone may use it.
        deleted: Whether the data is deleted; the card stays for the runs that used it.
        notes: Findings from reading: `said` is a list of plain-text sentences, `skipped` a list of (file or column,
            reason) left out; `source` and `licence` if known.
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
        """Seed of our split; None if the files have their own."""
        return self.options.get("seed")


def is_own(dataset_id: str) -> bool:
    """Return whether an id belongs to a visitor's data."""
    return _ID.fullmatch(dataset_id) is not None


def folder(settings: Settings, dataset_id: str) -> Path:
    """Return the folder of a data set's card and raw files.

    Raises:
        DatasetError: The id has the wrong form.
    """
    if not is_own(dataset_id):
        raise DatasetError(f"there is no data set {dataset_id!r}")
    return settings.home / "own" / dataset_id


def raw(settings: Settings, dataset_id: str) -> Path:
    """Return the folder of a data set's raw files.

    Raises:
        DatasetError: The id has the wrong form.
    """
    return folder(settings, dataset_id) / "raw"


def begin(settings: Settings, owner: str, title: str, kind: str, options: Mapping[str, Any]) -> Card:
    """Create the card and the folder of raw files for new data.

    Raises:
        DatasetError: The title is empty or too long, or the home folder cannot be written.
    """
    card = Card(f"{PREFIX}{new_id()}", owner, _checked(title), kind, dict(options), time.time())
    try:
        raw(settings, card.id).mkdir(parents=True)
        write_card(settings, card)
    except OSError as error:
        raise DatasetError("the data cannot be stored on this server", received=str(error.strerror)) from error
    return card


def read_card(settings: Settings, dataset_id: str) -> Card:
    """Return the card of a data set.

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
        raise DatasetError(f"the card of data set {dataset_id!r} cannot be read", fix="Its files are kept.")
    return card


def has_card(settings: Settings, dataset_id: str) -> bool:
    """Return whether data has a card, readable or not; an unreadable card still marks data with an owner."""
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
    """Return whether each field has the right type and the kind exists."""
    types = {name: get_origin(kind) or kind for name, kind in get_type_hints(Card).items()}
    are_right = (isinstance(getattr(card, n), (int, float) if kind is float else kind) for n, kind in types.items())
    return all(are_right) and card.kind in {kind.id for kind in KINDS}


def write_card(settings: Settings, card: Card) -> None:
    """Write a card atomically."""
    with replacing(_card_path(settings, card.id)) as temporary:
        temporary.write_text(json.dumps(asdict(card)))


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Hold the lock of all cards, so that only this block changes them. Not reentrant."""
    with locked(settings.home / LOCK):
        yield


def update(settings: Settings, dataset_id: str, **changes: Any) -> Card:
    """Change fields of a card without losing concurrent changes of others.

    Raises:
        DatasetError: There is no card, or it is damaged.
    """
    with held(settings):
        return change_held(settings, read_card(settings, dataset_id), **changes)


def change_held(settings: Settings, card: Card, **changes: Any) -> Card:
    """Change a card inside `held` and return the new one."""
    card = replace(card, **changes)
    write_card(settings, card)
    return card


def change(settings: Settings, dataset_id: str, actor: str, **changes: Any) -> Card:
    """Accept, rename, describe or publish data, or set its options.

    Args:
        settings: Settings of this installation.
        dataset_id: Id of the data.
        actor: Hash of the visitor's key.
        changes: `title`, `description`, `accepted`, `published`, `options`.

    Raises:
        NotAllowedError: The data belongs to somebody else.
        DatasetError: There is no such data, the title is empty, or a text is too long.
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
        except DatasetError:  # deleted just now, or damaged
            continue
    return found


def unfinished(settings: Settings, actor: str) -> list[Card]:
    """Return the cards that this visitor has sent and not accepted yet, newest first."""
    return [card for card in cards(settings) if card.owner == actor and not card.accepted and not card.deleted]


def read_mine(settings: Settings, dataset_id: str, actor: str) -> Card:
    """Return the card of data that the actor may change.

    Raises:
        NotAllowedError: The data belongs to somebody else.
        DatasetError: There is no card, or it is damaged.
    """
    card = read_card(settings, dataset_id)
    if actor not in (card.owner, LOCAL):  # the command line on this machine may change everything
        raise NotAllowedError("only the owner of this data may change it")
    return card


def _checked(title: str) -> str:
    title = " ".join(title.split())
    if not 0 < len(title) <= LONGEST_TITLE:
        raise DatasetError(
            "the data needs a name", expected=f"1 to {LONGEST_TITLE} characters", received=f"{len(title)} characters"
        )
    return title
