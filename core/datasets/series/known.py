"""A series up to now, from which a network forecasts on; one that somebody brings can be read in a separate process.

python -m core.datasets.series.known DATASET FILE NAME
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.apart import read_apart, tell
from core.datasets.archives.zips import short
from core.datasets.registry import find_dataset
from core.datasets.series.clock import Clock
from core.datasets.series.long import LongSeries, long_series
from core.errors import DatasetError
from core.settings import Settings


@dataclass(frozen=True)
class Known:
    """A series up to now.

    Args:
        steps: float32 (n, columns).
        clock: When they were measured.
        said: Sentences about how it was read.
    """

    steps: np.ndarray
    clock: Clock
    said: tuple[str, ...] = ()


def known_from(path: Path, name: str, series: LongSeries) -> Known:
    """Return a series from a table that somebody brings.

    Raises:
        DatasetError: It is no such series, or too short.
    """
    from core.datasets.series.brought import number_columns, read_series
    from core.datasets.tables.files import read_table

    frame, columns = read_table(path, name), [column.name for column in series.features.columns]
    if len(columns) == 1 and columns[0] not in frame.columns and len(numbers := number_columns(frame)) == 1:
        columns = numbers
    brought = read_series(frame, columns, None if series.clock.unit else "", series.reach, is_parted=False)
    theirs, ours = brought.clock, series.clock
    if theirs.unit and (theirs.unit, theirs.every) != (ours.unit, ours.every):
        raise DatasetError(
            "the file has other steps than the network learned", expected=ours.say(), received=theirs.say()
        )
    return Known(brought.steps, theirs, brought.said)


def known_apart(settings: Settings, path: Path, name: str, dataset_id: str) -> Known:
    """Run `known_from` in a separate process with limits, for the networks of a data set.

    Raises:
        DatasetError: As in `known_from`, or it takes too long or too much memory.
    """
    module, fix = "core.datasets.series.known", "Keep its last rows, as CSV."
    found = read_apart(module, dataset_id, str(path), short(name), name=name, fix=fix, settings=settings)
    first, unit, every = map(str, found["clock"])
    return Known(found["steps"], Clock(first, unit, int(every)), tuple(map(str, found["said"])))


def main(dataset_id: str, path: str, name: str) -> None:
    """Read a table within limits."""

    def read() -> dict[str, np.ndarray]:
        series = long_series(find_dataset(Settings.from_environment(), dataset_id).spec)
        assert series is not None
        known = known_from(Path(path), name, series)
        clock = [known.clock.first, known.clock.unit, str(known.clock.every)]
        return {"steps": known.steps, "clock": np.array(clock), "said": np.array(known.said, str)}

    tell(read)


if __name__ == "__main__":
    main(*sys.argv[1:])
