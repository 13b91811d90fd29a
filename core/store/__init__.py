"""The store shared by pages and workers: tables in SQLite, and one folder of files per run."""

from core.store.database import Store, in_words, open_store
from core.store.records import Run, Status

__all__ = ["Run", "Status", "Store", "in_words", "open_store"]
