"""Data that people bring: a card that says what it is, its raw files until they are prepared, then arrays.

`$GLASSBOX_HOME/own/<id>/card.json`, and `raw/` beside it until the `prepare` task has read it; a table's stays.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from core.datasets.arrays.program import program_of
from core.datasets.dataset import Arrays, Dataset, Progress, prepared_folder
from core.datasets.features import Image
from core.datasets.images.photos import Shaping
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.errors import DatasetError, NotAllowedError
from core.locks import locked
from core.settings import Settings
from core.store.records import LOCAL, new_id
from core.store.recovery.recovery import set_aside

PREFIX = "own_"
LOCK = "own.lock"  # of the home: whoever reads a card to change it holds this
LONGEST_TITLE = 60
LONGEST_DESCRIPTION = 1000
BRING_AGAIN = "Bring it again."
ACCEPTED = "accepted"  # a file beside its arrays that says so
ABANDONED_S = 24 * 3600  # what was not accepted for so long is removed
_ID = re.compile(rf"{PREFIX}[0-9a-z]+")


@dataclass(frozen=True)
class Card:
    """What is known of data that somebody has brought.

    Args:
        id: Sorts by time and cannot be guessed.
        owner: Hash of the key of whoever brought it; only they may change it.
        title, description: Theirs to choose.
        kind: How the raw files are read: an id of `SOURCES` in sources.py, or of `CHECKS` in checks.py.
        options: How they are made to fit, as that source says; once read, also what reading has settled.
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
    """Make room for new data, and remove what others have left behind.

    Raises:
        DatasetError: The title is empty or too long, or the home cannot be written.
    """
    sweep(settings)
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
    """Return whether each field has a value of its type."""
    kinds = {name: get_origin(kind) or kind for name, kind in get_type_hints(Card).items()}
    return all(isinstance(getattr(card, n), (int, float) if kind is float else kind) for n, kind in kinds.items())


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
        return _changed(settings, read_card(settings, dataset_id), **changes)


def _changed(settings: Settings, card: Card, **changes: Any) -> Card:
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
        return _changed(settings, _mine(settings, dataset_id, actor), **changes)


def delete(settings: Settings, dataset_id: str, actor: str, *, has_runs: Callable[[], bool]) -> None:
    """Remove the data; its card stays if there are runs that were made with it.

    Args:
        settings, dataset_id: Which.
        actor: Hash of the key of whoever asks.
        has_runs: Says whether there are such runs, while no new one can come; what it raises refuses.

    Raises:
        NotAllowedError: It is somebody else's.
        DatasetError: There is none.
    """
    with held(settings):
        card = _mine(settings, dataset_id, actor)
        stays = has_runs()
        if stays:
            _changed(settings, card, deleted=True, published=False, description="")
    if stays:
        shutil.rmtree(raw(settings, dataset_id), ignore_errors=True)
        for path in prepared_folder(settings, dataset_id).glob("*.np[yz]"):
            path.unlink(missing_ok=True)
    else:
        discard(settings, dataset_id)


def only_unaccepted(settings: Settings, dataset_id: str) -> Callable[[], bool]:
    """Return what `delete` asks when data is thrown away that is only being brought; accepted data is refused."""

    def has_runs() -> bool:
        if read_card(settings, dataset_id).accepted:
            raise DatasetError("this data was accepted meanwhile", fix="Delete it in the list of data.")
        return False

    return has_runs


def discard(settings: Settings, dataset_id: str) -> None:
    """Remove all that there is of it."""
    shutil.rmtree(folder(settings, dataset_id), ignore_errors=True)
    shutil.rmtree(prepared_folder(settings, dataset_id), ignore_errors=True)


def sweep(settings: Settings) -> None:
    """Remove what was begun long ago and never accepted."""
    found = cards(settings)
    for card in found:
        if not card.accepted and not card.deleted and time.time() - card.created > ABANDONED_S:
            discard(settings, card.id)
        elif card.accepted and not card.deleted:
            _mark_accepted(prepared_folder(settings, card.id))
    for place in list((settings.home / "prepared").glob(f"{PREFIX}*")):
        if is_own(place.name) and not has_card(settings, place.name):
            _clear_orphan(settings, place)


def _clear_orphan(settings: Settings, place: Path) -> None:
    """Remove arrays that a worker wrote for data that had just gone; set aside those whose card was lost."""
    if (place / ACCEPTED).exists() or folder(settings, place.name).exists():
        set_aside(place, settings.home)
    else:
        shutil.rmtree(place, ignore_errors=True)


def _mark_accepted(place: Path) -> None:
    with suppress(OSError):
        if place.is_dir() and not (place / ACCEPTED).exists():
            (place / ACCEPTED).touch()


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


# As data sets


def find(settings: Settings, dataset_id: str) -> Dataset:
    """Return brought data as a data set, whoever's it is.

    Raises:
        DatasetError: There is none.
    """
    return as_dataset(settings, read_card(settings, dataset_id))


def as_dataset(settings: Settings, card: Card) -> Dataset:
    """Return what a card describes as a data set."""
    spec = _spec(settings, card)
    shares = "The files' own split" if card.split_seed is None else f"Our split, seed {card.split_seed}"
    return Dataset(
        id=card.id,
        title=card.title,
        spec=spec or DataSpec(Image(28, 28, 1), Classes(("?", "??")), 0, 0),
        split=f"{shares}: {spec.train_size:,} {spec.kind} are trained on, {spec.test_size:,} are only tested on."
        if spec
        else "",
        source=card.notes.get("source", "Brought to this server by a visitor"),
        licence=card.notes.get("licence", "up to whoever brought it"),
        load=_load,
        program=program_of(f"{card.id}.npz", spec) if spec else "",
        split_seed=card.split_seed,
        problem=_problem(card, spec),
        owner=card.owner,
        is_centred=bool(card.options.get("is_centred")),
        shaping=Shaping.from_options(card.options) if "fit" in card.options else None,
    )


def _problem(card: Card, spec: DataSpec | None) -> str:
    if card.deleted:
        return "This data was deleted. Choose other data."
    if spec is None and card.accepted:
        return f"The arrays of this data are damaged or gone. {BRING_AGAIN}"
    if spec is None:
        return "This data is not ready yet. Wait for it on the Data page, or choose other data."
    return "" if card.accepted else "This data was not accepted yet. Accept it on the Data page, or choose other data."


def _spec(settings: Settings, card: Card) -> DataSpec | None:
    try:
        info = json.loads((prepared_folder(settings, card.id) / "about.json").read_text())
        return DataSpec.from_dict(info["spec"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    raise DatasetError("the arrays of this data are damaged or gone, and so is what they were made of", fix=BRING_AGAIN)


def _mine(settings: Settings, dataset_id: str, actor: str) -> Card:
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
