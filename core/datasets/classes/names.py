"""Make class names safe to show: folders, labels and headers may hold anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import count

from core.names import LONGEST, shortened

NAMELESS = "(no name)"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_JOINERS = "\u200c\u200d"  # invisible, but needed by Persian words and many emoji


def safe_names(names: Sequence[str]) -> tuple[str, ...]:
    """Make class names safe to show and distinct.

    Control characters become blanks, repeated blanks become one, Unicode is normalised to NFC, and long names are cut
    in the middle. Safe names stay unchanged. Markup stays too: the caller must draw names as plain text.

    Args:
        names: One for each class, in the order of the labels.

    Returns:
        As many names, each of 1 to `LONGEST` characters, at least one of them visible.
    """
    cleaned = [_clean(name) for name in names]
    free = {name for name, clean in zip(names, cleaned, strict=True) if name == clean}
    taken, safe = set(free), []
    for name, clean in zip(names, cleaned, strict=True):
        keeps = name == clean and name in free
        free.discard(name)
        safe.append(name if keeps else _distinct(clean, taken))
        taken.add(safe[-1])
    return tuple(safe)


def _clean(name: str) -> str:
    blanked = _CONTROL.sub(" ", name.encode(errors="replace").decode())
    seen = "".join(c for c in blanked if c in _JOINERS or unicodedata.category(c) != "Cf")
    clean = " ".join(unicodedata.normalize("NFC", seen).split())
    return shortened(clean) if any(unicodedata.category(c)[0] in "LNPS" for c in clean) else NAMELESS


def _distinct(name: str, taken: set[str]) -> str:
    """Return the name, with the first number in brackets that makes it distinct if it is taken."""
    if name not in taken:
        return name
    endings = (f" ({number})" for number in count(2))
    return next(new for end in endings if (new := shortened(name, LONGEST - len(end)) + end) not in taken)


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Return a sort key for natural order: img2 before img10."""
    pieces = re.split(r"([0-9]{1,18})", name.casefold())  # text at even positions, digits at odd ones
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)], name
