"""Secret links to runs; the secret is in the link alone, and here is its hash."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Engine

from core.store.schema import shares


@dataclass(frozen=True)
class Share:
    """A secret link that opens a run.

    Args:
        hash: SHA-256 of its secret.
        run: The run.
        owner: Who made it.
        created: Unix time, seconds.
    """

    hash: str
    run: str
    owner: str
    created: float


class Shares:
    """The table of secret links. Who may make and revoke one is decided in `core/runs/sharing/secret_link.py`.

    Args:
        engine: The store's database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, run_id: str, owner: str, secret_hash: str) -> None:
        """Keep a new link."""
        row = {"hash": secret_hash, "run": run_id, "owner": owner, "created": time.time()}
        with self._engine.begin() as connection:
            connection.execute(sa.insert(shares).values(row))

    def find(self, secret_hash: str) -> Share | None:
        """Return the link with this secret; None if there is none, or no longer."""
        query = sa.select(shares).where(shares.c.hash == secret_hash)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Share(**row._mapping)

    def of_run(self, run_id: str) -> Sequence[Share]:
        """Return the links to a run, the oldest first."""
        query = sa.select(shares).where(shares.c.run == run_id).order_by(shares.c.created)
        with self._engine.connect() as connection:
            return [Share(**row._mapping) for row in connection.execute(query)]

    def remove(self, secret_hash: str) -> None:
        """Revoke a link, if it is still there."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(shares).where(shares.c.hash == secret_hash))
