"""The declaration of a kind of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.datasets.archives.archives import LIMITS, Kind
from core.datasets.dataset import Progress
from core.datasets.own.built import Built
from core.datasets.own.kinds.files import Sent, as_one_file
from core.datasets.own.uploads import Upload


@dataclass(frozen=True)
class DataKind:
    """A kind of data that visitors add.

    Args:
        id: Stable name, stored on every card.
        title: Heading.
        takes: Files of this kind, for the command line's help and for errors.
        way: Label of the choice on the page; kinds with the same label share a file chooser.
        asks: Which files to choose, in Markdown.
        limits: Limits on size, number and format of the files.
        suffixes: Accepted suffixes, lower case, with the dot.
        read: (folder of raw files, options, progress) -> result; raises DatasetError.
        page: The `KindView` that draws the findings, as `module:name`; resolved by the page.
        count: Number of files.
        megabytes: Maximum size of each file, in MB.
        folders: Kind of files in its class folders, in a ZIP or not; None if it consists of single files.
        likeness: Upload with an accepted suffix -> score of this kind; the first highest score wins.
        sent: Chosen files -> files with their names on the server.
        defaults: Default options.
        remarks: Notes of a card -> sentences about oddities in the data.
        is_learned: Whether networks learn from it; else it is only described and kept.
        is_shaped: Whether it has the options `side`, `fit` and `channels`.
        has_target: Whether it needs a target column; without one it is only described.
        has_text: Whether texts and answers may be in columns that are chosen, `text` and `target`.
        is_forecast: Whether a column of a table is to be forecast from what came before.
        keeps_raw: Whether the raw files stay after reading.
        piece: Noun for a part that may be left out.
        memory_fix: What to do if there is not enough memory.
        hints: Suffix of a file that is not a data set alone -> what to do with it.
    """

    id: str
    title: str
    takes: str
    way: str
    asks: str
    limits: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, Mapping[str, Any], Progress], Built]
    page: str
    count: int = 1
    megabytes: int = LIMITS.archive_mb
    folders: Kind | None = None
    likeness: Callable[[Upload], int] = lambda upload: 1
    sent: Callable[[Sequence[Upload]], Sent] = as_one_file
    defaults: Mapping[str, Any] = field(default_factory=dict)
    remarks: Callable[[Mapping[str, Any]], list[str]] = lambda notes: []
    is_learned: bool = True
    is_shaped: bool = False
    has_target: bool = False
    has_text: bool = False
    is_forecast: bool = False
    keeps_raw: bool = False
    piece: str = "file"
    memory_fix: str = "Use a smaller file."
    hints: Mapping[str, str] = field(default_factory=dict)

    def fits(self, files: Sequence[Upload]) -> bool:
        """Return whether the number and names of the files fit this kind."""
        return len(files) == self.count and all(self._takes(file) for file in files)

    def _takes(self, file: Upload) -> bool:
        return self.folders is not None if file.path.is_dir() else file.suffix in self.suffixes
