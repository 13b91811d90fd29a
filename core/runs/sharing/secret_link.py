"""Secret links: whoever has one looks at a run on private data as its owner does, until it is revoked.

The secret is made here, given once to whoever asked for the link, and kept nowhere but in the link; the store has its
hash. A link gives a `Pass`, which is looked up at each use, so that revoking works at the next request.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from core.datasets.access import Pass, is_private, may_see
from core.datasets.own import own
from core.errors import DatasetError, GlassboxError, NotAllowedError, RunError
from core.store import Run, Store
from core.store.records import hash_key
from core.store.shares import Share

SECRET_BYTES = 16
MOST_LINKS = 20  # to one run
_SECRET = re.compile(r"[\w-]{16,64}", re.ASCII)


def can_share(store: Store, run: Run, actor: str) -> bool:
    """Return whether an actor may make secret links to a run: it is theirs, and so is the sight of its private data."""
    settings = store.settings
    is_mine = store.runs.may(run, actor) and may_see(settings, run.dataset, actor)
    return is_mine and is_private(settings, run.dataset) and not _is_gone(store, run.dataset)


def make_link(store: Store, run_id: str, actor: str) -> str:
    """Make a secret link to a run, and return its secret.

    Raises:
        NotAllowedError: It is somebody else's run or data.
        RunError: There is no such run, its data is public or deleted, or it has too many links.
    """
    run = store.runs.get(run_id)
    if not store.runs.may(run, actor) or not may_see(store.settings, run.dataset, actor):
        raise NotAllowedError(f"only its owner can make a secret link to run {run_id}")
    if not can_share(store, run, actor):
        raise RunError(f"run {run_id} needs no secret link: its data is public or deleted", fix="Share its plain link.")
    if len(store.shares.of_run(run_id)) >= MOST_LINKS:
        raise RunError(f"run {run_id} has too many links", expected=f"at most {MOST_LINKS}", fix="Revoke one first.")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    store.shares.add(run_id, actor, hash_key(secret))
    return secret


def links_of(store: Store, run_id: str, actor: str) -> Sequence[Share]:
    """Return the secret links to a run for its owner, the oldest first; nobody else learns of them."""
    return store.shares.of_run(run_id) if store.runs.may(store.runs.get(run_id), actor) else []


def revoke_link(store: Store, secret_hash: str, actor: str) -> None:
    """Revoke a secret link; one that is revoked already stays so.

    Raises:
        NotAllowedError: It is to somebody else's run.
    """
    found = store.shares.find(secret_hash)
    if found is not None and not store.runs.may(store.runs.get(found.run), actor):
        raise NotAllowedError(f"only its owner can revoke a link to run {found.run}")
    store.shares.remove(secret_hash)


def hash_secret(secret: object) -> str:
    """Return the hash by which a secret is known; empty if it cannot be one."""
    return hash_key(secret) if isinstance(secret, str) and _SECRET.fullmatch(secret) else ""


def pass_of(store: Store, run_id: str, secret_hash: str) -> Pass | None:
    """Return what the holder of a secret may look at; None if it opens nothing, or not this run.

    Args:
        store: Store of the run.
        run_id: The run that is looked at.
        secret_hash: Hash of the link's secret, as of `hash_secret`.
    """
    found = store.shares.find(secret_hash) if secret_hash else None
    if found is None or found.run != run_id:
        return None
    try:
        run = store.runs.get(run_id)
    except GlassboxError:  # it was deleted
        return None
    is_held = store.runs.may(run, found.owner) and not _is_gone(store, run.dataset)
    return Pass(run.id, run.dataset, found.owner) if is_held else None


def _is_gone(store: Store, dataset_id: str) -> bool:
    """Return whether data was deleted, even if what its runs need of it is kept."""
    try:
        return own.is_own(dataset_id) and bool(own.read_card(store.settings, dataset_id).deleted)
    except DatasetError:
        return True
