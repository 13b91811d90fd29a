"""The kinds of data that visitors add. To add a kind, write one file here and one line in `KINDS`."""

from core.datasets.own.kinds import arrays, pair, photos, pixels, series, sounds, table, text, texts
from core.datasets.own.kinds.kind import DataKind
from core.errors import DatasetError

KINDS: tuple[DataKind, ...] = (
    photos.KIND,
    arrays.KIND,
    pair.KIND,
    pixels.KIND,
    table.KIND,
    text.KIND,
    texts.KIND,
    sounds.KIND,
    series.KIND,
)

__all__ = ["KINDS", "DataKind", "find_kind"]


def find_kind(kind_id: str) -> DataKind:
    """Return the kind with that id.

    Raises:
        DatasetError: There is none; the message lists the known ids.
    """
    for kind in KINDS:
        if kind.id == kind_id:
            return kind
    known = ", ".join(kind.id for kind in KINDS)
    raise DatasetError(f"there is no kind of data {kind_id!r}", expected=f"one of {known}")
