"""Access to data: the owner may see and use it, and everyone once it is published.

Only those who may see the data see its examples, or anything that is computed from an example or reproduces one. Class
names and metrics do not count as examples.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.datasets.dataset import Dataset
from core.datasets.own import carried, own
from core.datasets.own.as_dataset import as_dataset
from core.errors import DatasetError, NotAllowedError
from core.settings import Settings
from core.store.records import LOCAL, SERVER

NOT_HERE = "its script's own data"  # title of the data of a run that another program trained; its id is empty


@dataclass(frozen=True)
class Pass:
    """The right to look at the data of one run, through this run only, as its owner does.

    A secret link gives it, and it is asked for anew at each use. It is not a text as actors are: whatever is not
    written for it refuses it, so that it owns, changes, trains and takes away nothing.

    Args:
        run: The run.
        dataset: Id of that run's data.
        owner: Who gave the link; it opens no more than they may see.
    """

    run: str
    dataset: str
    owner: str


Viewer = str | Pass  # who looks: an actor, or the holder of a secret link


def not_here() -> DatasetError:
    """Return the error for a use of data that only another program has."""
    return DatasetError("another program trained this run, on data that is not here", fix="Run that program again.")


def may_see(settings: Settings, dataset_id: str, actor: str | None) -> bool:
    """Return whether a visitor may see the examples of a data set and train on them.

    Args:
        settings: Settings of this installation.
        dataset_id: The data set; everyone may see data that no visitor added.
        actor: Hash of the visitor's key; None for a stranger. The command line and the server may see everything.
    """
    if not dataset_id:  # of a run that another program trained, on data that is not here
        return False
    if carried.is_carried(dataset_id):
        return carried.may_see(settings, dataset_id, actor)
    if not own.is_own(dataset_id) or actor in (LOCAL, SERVER):
        return True
    try:
        return _sees(settings, own.read_card(settings, dataset_id), actor)
    except DatasetError:  # it was deleted, and its owner is unknown
        return False


def check_may_see(settings: Settings, dataset_id: str, actor: str | None) -> None:
    """Check that a visitor may see the examples of a data set and train on them.

    Raises:
        NotAllowedError: The data belongs to somebody else and is not published.
        DatasetError: The data no longer exists.
    """
    if not dataset_id:
        raise not_here()
    if not may_see(settings, dataset_id, actor):
        if own.is_own(dataset_id):
            own.read_card(settings, dataset_id)
        raise NotAllowedError(
            "this data is private and belongs to somebody else",
            fix="Choose other data, or ask its owner to publish it.",
        )


def may_view(settings: Settings, run_id: str | None, dataset_id: str, viewer: Viewer) -> bool:
    """Return whether somebody may look at examples of the data of a run, and at what could show them.

    Args:
        settings: Settings of this installation.
        run_id: The run; None for networks at random weights.
        dataset_id: Its data set.
        viewer: Who looks.
    """
    if not isinstance(viewer, Pass):
        return may_see(settings, dataset_id, viewer)
    opens = (viewer.run, viewer.dataset) == (run_id, dataset_id)
    return opens and may_see(settings, dataset_id, viewer.owner)


def check_may_view(settings: Settings, run_id: str | None, dataset_id: str, viewer: Viewer) -> None:
    """Check that somebody may look at examples of the data of a run, as `may_view`.

    Raises:
        NotAllowedError: The data is private, and neither theirs nor opened to them.
        DatasetError: The data no longer exists.
    """
    if not may_view(settings, run_id, dataset_id, viewer):
        check_may_see(settings, dataset_id, None if isinstance(viewer, Pass) else viewer)
        raise NotAllowedError("this link opens another run, not this one")


def is_private(settings: Settings, dataset_id: str) -> bool:
    """Return whether the examples of a data set are hidden from strangers."""
    return not may_see(settings, dataset_id, None)


def visible(settings: Settings, actor: str | None) -> list[own.Card]:
    """Return the visitor's accepted data and the data that others have published, newest first."""
    return [c for c in own.cards(settings) if c.accepted and not c.deleted and _sees(settings, c, actor)]


def datasets(settings: Settings, actor: str | None) -> dict[str, Dataset]:
    """Return the data sets of `visible` that a network can learn from, by id."""
    return {c.id: as_dataset(settings, c) for c in visible(settings, actor) if c.data_kind.is_learned}


def _sees(settings: Settings, card: own.Card, actor: str | None) -> bool:
    """Return whether a visitor may see data; data derived from another data set needs access to that too."""
    if card.owner != actor and not card.published:
        return False
    original = str(card.notes.get("dataset", ""))
    if not own.is_own(original) or card.notes.get("dataset_owner") == card.owner:
        return True
    return may_see(settings, original, card.owner)
