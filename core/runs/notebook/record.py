"""What is known of a comparison at a moment, as data that can be kept.

It has nothing that private data hides: settings, numbers, curves and verdicts, which all who have the runs' links see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.families import find_family
from core.runs.comparison import Comparison, Pair, letter
from core.runs.notebook.curves import Curves, Line, read_curves
from core.store import Run, Store


@dataclass(frozen=True)
class RunThen:
    """A run as it was.

    Args:
        id, name, family, colour: As in its row.
        result: Its main result in words, or its state.
    """

    id: str
    name: str
    family: str
    colour: str
    result: str


@dataclass(frozen=True)
class VerdictThen:
    """What followed about a run as against the first.

    Args:
        answer: One of `Answer`.
        sentence: For users.
        difference, low, high, p: On the same test examples, with the 95 % interval; None if not compared so.
        seeds: Number of seeds of each.
    """

    answer: str
    sentence: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    seeds: tuple[int, int]


@dataclass(frozen=True)
class RowThen:
    """A setting that differed, or a number that was measured.

    Args:
        key: Name of the setting, or key of the runs' summaries.
        label: Its name on the page.
        said: Its value in each run, in words.
        values: The numbers; empty for a setting.
    """

    key: str
    label: str
    said: tuple[str, ...]
    values: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Record:
    """What was known of a comparison.

    Args:
        sentence: What differs, and what came of it.
        runs: The runs, the first of which the others are held against.
        verdicts: One for each other run.
        rows: Settings that differ, then what was measured.
        consulted: Number of networks measured on the same test examples.
        charts: The curves.
    """

    sentence: str
    runs: tuple[RunThen, ...]
    verdicts: tuple[VerdictThen, ...]
    rows: tuple[RowThen, ...]
    consulted: int
    charts: tuple[Curves, ...]

    @property
    def names(self) -> list[str]:
        """The letter of each run."""
        return [letter(place) for place in range(len(self.runs))]

    @property
    def picture(self) -> Curves | None:
        """The chart that says most: of most runs, and of these the last, since the loss comes first."""
        return max(reversed(self.charts), key=lambda chart: len({line.run for line in chart.lines}), default=None)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def record_of(store: Store, found: Comparison, most: int | None = None) -> Record:
    """Return what is known of a comparison now.

    Args:
        store: Store of the runs.
        found: The comparison.
        most: Points of a line of its curves; by default, as many as are drawn live.
    """
    rows = [RowThen(one.name, one.label, _words(one.said, "none")) for one in found.settings if one.differs]
    rows += [RowThen(one.key, one.label, _words(one.said, "not measured"), one.values) for one in found.measures]
    return Record(
        found.sentence,
        tuple(_run(run) for run in found.runs),
        tuple(_verdict(pair) for pair in found.pairs),
        tuple(rows),
        found.consulted,
        read_curves(store, found.runs, most),
    )


def record_from(known: Mapping[str, Any]) -> Record:
    """Return a record from its plain data."""
    charts = (Curves(**{**one, "lines": tuple(Line(**line) for line in one["lines"])}) for one in known["charts"])
    return Record(
        known["sentence"],
        tuple(RunThen(**one) for one in known["runs"]),
        tuple(VerdictThen(**{**one, "seeds": tuple(one["seeds"])}) for one in known["verdicts"]),
        tuple(RowThen(one["key"], one["label"], tuple(one["said"]), tuple(one["values"])) for one in known["rows"]),
        known["consulted"],
        tuple(charts),
    )


def _words(said: tuple[str | None, ...], nothing: str) -> tuple[str, ...]:
    return tuple(value or nothing for value in said)


def _run(run: Run) -> RunThen:
    result = find_family(str(run.family)).result(run.summary)
    value = run.summary.get(result.key)
    said = str(run.status) if value is None else result.say(value)
    return RunThen(run.id, run.name, str(run.family), run.colour, said)


def _verdict(pair: Pair) -> VerdictThen:
    answer, sentence, known = str(pair.verdict.answer), pair.verdict.sentence, pair.apart
    if known is None:
        return VerdictThen(answer, sentence, None, None, None, None, pair.seeds)
    ends = known.interval.low, known.interval.high
    return VerdictThen(answer, sentence, known.difference, *ends, known.p, pair.seeds)
