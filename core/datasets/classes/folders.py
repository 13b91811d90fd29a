"""Find the class folders in a tree: those at the first level where folders differ."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

Folder = tuple[str, ...]  # names from the outermost to the innermost

TRAIN, TEST = "train", "test"
_VALIDATION = "val"  # joins the training examples, since each run holds out its own share
_PARTS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "dev"), _VALIDATION),
    **dict.fromkeys(("test", "testing"), TEST),
}
_FILLERS = frozenset(("set", "data", "dataset", "images", "image", "imgs", "photos", "pictures", "seg", "split"))


@dataclass(frozen=True)
class Tree:
    """How a tree of folders is read.

    Args:
        root: The folder around all classes; files outside it have no class.
        parts: Folder below the root (or below each class) -> TRAIN or TEST; empty if the files have no split.
        parts_first: Whether the order is split/class; else it is class/split.
        inner: Folders between a part and its classes, the same for all parts.
    """

    root: Folder
    parts: dict[str, str]
    parts_first: bool = True
    inner: Folder = ()

    def place(self, folder: Folder) -> tuple[str, str] | None:
        """Return (class, part) of the files in a folder; None if they have no class. Without parts all are TRAIN."""
        below = _below(folder, self.root)
        if not self.parts:
            return (below[0], TRAIN) if below else None
        if not self.parts_first:
            return (below[0], self.parts[below[1]]) if below[1:] and below[1] in self.parts else None
        if not below or below[0] not in self.parts:
            return None
        inside = _below(_unrepeated(below), self.inner)
        return (inside[0], self.parts[below[0]]) if inside else None


def read_tree(folders: Collection[Folder]) -> Tree:
    """Find the level of the class folders, and whether train and test folders lie around or inside them.

    Args:
        folders: Folder of each image; repeats are allowed.
    """
    distinct = set(folders)
    root = _only_way(distinct)
    below = {inside for folder in distinct if (inside := _below(folder, root))}
    if parts := _split({folder[0] for folder in below}):
        inner = _only_way({_unrepeated(folder) for folder in below if folder[0] in parts})
        return Tree(root, parts, inner=inner)
    parts = _split({folder[1] if folder[1:] else "" for folder in below})
    return Tree(root, parts if len(parts) == len({folder[1:2] for folder in below}) else {}, parts_first=False)


def _below(folder: Folder, root: Folder) -> Folder:
    """Return a folder relative to another one, () if it is not inside."""
    return folder[len(root) :] if folder[: len(root)] == root else ()


def _only_way(folders: Collection[Folder]) -> Folder:
    """Return the chain of outer folders that all folders share."""
    way: Folder = ()
    while len(names := {folder[len(way)] for folder in folders if len(folder) > len(way)}) == 1:
        way = (*way, *names)
    return way


def _unrepeated(folder: Folder) -> Folder:
    """Return the path below a part's folder, without a repeat of its name: `test_set/test_set/cats`."""
    inside = folder[1:]
    return inside[1:] if inside and _part(inside[0]) == _part(folder[0]) else inside


def _split(names: Collection[str]) -> dict[str, str]:
    """Return the parts among folder names; none unless there are two kinds, since a single one may be a class."""
    parts = {name: part for name in names if (part := _part(name))}
    if len(set(parts.values())) < 2:
        return {}
    return {name: TEST if part == TEST else TRAIN for name, part in parts.items()}


def _part(name: str) -> str:
    """Return the part that a folder's name stands for; empty if the name has other words."""
    words = [word for word in re.split(r"[\W\d_]+", name.casefold()) if word and word not in _FILLERS]
    return _PARTS.get(words[0], "") if len(words) == 1 else ""
