"""Publish runs. If the data is private, the owner must agree first, since the run reveals some of it."""

from __future__ import annotations

from core.datasets.access import is_private
from core.datasets.own import own
from core.errors import NotAllowedError
from core.store import Run, Store


def is_to_be_asked(store: Store, run: Run) -> bool:
    """Return whether publishing a run reveals private data."""
    return is_private(store.settings, run.dataset)


def may_publish_data(store: Store, run: Run, actor: str) -> bool:
    """Return whether an actor may publish a run's data: it is theirs and still exists."""
    if not own.is_own(run.dataset) or not is_to_be_asked(store, run):
        return False
    mine = (card for card in own.cards(store.settings) if card.owner == actor and not card.deleted)
    return run.dataset in {card.id for card in mine}


def publish_run(store: Store, run_id: str, actor: str, *, agreed: bool = False, with_data: bool = False) -> None:
    """Show a run to everybody.

    Args:
        store: Store of the run.
        run_id: The run.
        actor: Who asks.
        agreed: Whether the actor agreed to what it reveals of their private data.
        with_data: Whether to publish that data too.

    Raises:
        NotAllowedError: It is somebody else's run or data, or the data is private and the actor has not agreed.
    """
    run = store.runs.get(run_id)
    if not store.runs.may(run, actor):
        raise NotAllowedError(f"only its owner can publish run {run_id}")
    if is_to_be_asked(store, run) and not agreed:
        raise NotAllowedError(
            f"run {run_id} learned from private data", fix="First agree to what everybody will see of it."
        )
    if with_data:
        own.change(store.settings, run.dataset, actor, published=True)
    store.runs.publish(run_id, True, actor)
