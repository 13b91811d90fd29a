"""Who may see and use which data: its owner, and everybody once it is published.

What shows an example of a data set, what is computed from one, or what repeats one, is shown to those only who may see
the data. Names of classes and numbers are no examples.
"""

from __future__ import annotations

from core.datasets.dataset import Dataset
from core.datasets.own import own
from core.datasets.own.as_dataset import as_dataset
from core.errors import DatasetError, NotAllowedError
from core.settings import Settings
from core.store.records import LOCAL, SERVER


def may_see(settings: Settings, dataset_id: str, actor: str | None) -> bool:
    """Return whether somebody may see the examples of a data set, and learn from them.

    Args:
        settings: Of this installation.
        dataset_id: Which; what is not brought by anybody is everybody's.
        actor: Hash of the visitor's key; None for a stranger. The command line and the server see all.
    """
    if not own.is_own(dataset_id) or actor in (LOCAL, SERVER):
        return True
    try:
        return _sees(settings, own.read_card(settings, dataset_id), actor)
    except DatasetError:  # it is gone, and nobody knows any more whose it was
        return False


def check_may_see(settings: Settings, dataset_id: str, actor: str | None) -> None:
    """Check that somebody may see the examples of a data set, and learn from them.

    Raises:
        NotAllowedError: They are somebody else's, and not published.
        DatasetError: There is no such data any more.
    """
    if not may_see(settings, dataset_id, actor):
        own.read_card(settings, dataset_id)
        raise NotAllowedError(
            "this data is private and somebody else's",
            fix="Choose other data, or ask whoever brought it to publish it.",
        )


def is_private(settings: Settings, dataset_id: str) -> bool:
    """Return whether strangers may not see the examples of a data set."""
    return not may_see(settings, dataset_id, None)


def visible(settings: Settings, actor: str | None) -> list[own.Card]:
    """Return the accepted data of this visitor, and what others have published; newest first."""
    return [c for c in own.cards(settings) if c.accepted and not c.deleted and _sees(settings, c, actor)]


def datasets(settings: Settings, actor: str | None) -> dict[str, Dataset]:
    """Return those of `visible` that can be learned from."""
    return {c.id: as_dataset(settings, c) for c in visible(settings, actor) if c.data_kind.is_learned}


def _sees(settings: Settings, card: own.Card, actor: str | None) -> bool:
    """Return whether somebody may see data; what holds others' data is as private as that is to its owner."""
    if card.owner != actor and not card.published:
        return False
    original = str(card.notes.get("dataset", ""))
    if not own.is_own(original) or card.notes.get("dataset_owner") == card.owner:
        return True
    return may_see(settings, original, card.owner)
