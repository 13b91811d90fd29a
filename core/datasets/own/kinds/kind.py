"""What every kind of files that people bring declares."""

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
    """A kind of files that people bring.

    Args:
        id: Stable name, which every card of such data holds.
        title: What it is, as a heading.
        takes: Which files make it, for the help of the command line and for refusals.
        way: What the page calls the way to bring it; kinds of one way share its file chooser.
        asks: What to choose there, in Markdown.
        limits: How large, how many, and what else files have to be.
        suffixes: How the names of its files end, lower case, with the dot.
        read: (place of the raw files, options, progress) -> what is made of them; raises DatasetError.
        page: The `KindView` that draws what was found, as `module:name`; resolved by the page.
        count: How many files make it.
        megabytes: How big each of them may be.
        folders: What lies in its class folders, in a ZIP or not; None if it is brought as files only.
        likeness: An upload with such a name -> how much it seems to be of this kind; the first of the most wins.
        sent: Chosen files -> how they lie on the server until they are read.
        defaults: Options of whoever chooses none.
        remarks: Notes of a card -> sentences about what is odd in such data.
        is_learned: Whether networks learn from it; else it is described and kept.
        is_shaped: Whether it has to be made to fit: `side`, `fit` and `channels` are among its options.
        has_target: Whether a column to be predicted has to be chosen; it is only described before.
        keeps_raw: Whether the raw files stay once they are read.
        piece: What is left out where a part of it is of no use.
        memory_fix: What to do if there is not enough memory for it.
        hints: Ending of a file that makes no data alone -> what to do with it.
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
    keeps_raw: bool = False
    piece: str = "file"
    memory_fix: str = "Bring a smaller file."
    hints: Mapping[str, str] = field(default_factory=dict)

    def fits(self, files: Sequence[Upload]) -> bool:
        """Return whether files are as many as make it, and are called as they are."""
        return len(files) == self.count and all(self._takes(file) for file in files)

    def _takes(self, file: Upload) -> bool:
        return self.folders is not None if file.path.is_dir() else file.suffix in self.suffixes
