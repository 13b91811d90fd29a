"""What was measured of several runs, as one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.families import find_family
from core.families.family import Result
from core.figures.network.architecture import short
from core.names import signed
from core.store import Run

ERRORS = ("rmse", "mae", "loss", "frechet")  # of which less is better
QUALITY = "quality"  # begins the keys of how good generated examples are


@dataclass(frozen=True)
class Measure:
    """A number of several runs.

    Args:
        key: Key of the runs' summaries.
        label: Its name on the page.
        values: Its value in each run; None where there is none.
        say: A value -> a few words.
        apart: A difference -> a few words; None where a share says more.
    """

    key: str
    label: str
    values: tuple[float | None, ...]
    say: Callable[[float], str]
    apart: Callable[[float], str] | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """The values in words."""
        return tuple("" if value is None else self.say(value) for value in self.values)

    def change(self, first: int, second: int) -> str:
        """Return the change from one run to another, such as `-2.1 points` or `-61 %`; empty if unknown or 0 %."""
        old, new = self.values[first], self.values[second]
        if old is None or new is None:
            return ""
        if self.apart is not None:
            return self.apart(new - old)
        share = round(100 * (new / old - 1)) if old else 0
        return f"{signed(share, 'd')} %" if share else ""


def measures_of(runs: Sequence[Run]) -> list[Measure]:
    """Return the results and costs of runs; those that no run has are left out.

    Args:
        runs: The runs.
    """
    results = dict.fromkeys(result for run in runs for result in find_family(str(run.family)).results_of(run.summary))
    found = [measure for result in results for measure in _measures(runs, result)]
    found += [
        Measure("fit_s", "Training time", _values(runs, "fit_s"), _seconds),
        Measure("parameters", "Parameters", _values(runs, "parameters"), short),
        Measure("images_per_s", "Examples a second", _values(runs, "images_per_s"), short),
        Measure("steps_done", "Updates", _values(runs, "steps_done"), lambda count: f"{count:,.0f}"),
        Measure("memory_mb", "Memory", _values(runs, "memory_mb"), lambda size: f"{size:,.0f} MB"),
    ]
    found = list({one.key: one for one in reversed(found)}.values())[::-1]  # a validation result may be a main one too
    return [one for one in found if any(value is not None for value in one.values)]


def sign_of(key: str) -> int:
    """Return 1 if less of a result is better, -1 if more is, 0 if neither.

    Args:
        key: Key of a summary, or a quality.
    """
    part, _, name = key.partition("_")
    is_error = name.split("_")[0] in ERRORS
    return 0 if part not in ("val", "test", QUALITY) else 1 if is_error else -1


def _measures(runs: Sequence[Run], result: Result) -> Iterator[Measure]:
    """Yield a main result, then the same on validation data and the further results, where there are any."""
    say = _bare(result)
    yield Measure(result.key, result.title, _values(runs, result.key), say, result.apart)
    held_back = result.key.replace("test_", "val_")
    if held_back != result.key:
        title = result.title.replace("Test", "Validation")
        yield Measure(held_back, title, _values(runs, held_back), say, result.apart)
    for key in result.more:
        part, name, *_ = key.split("_")
        yield Measure(key, f"{part.capitalize()} {name.upper()}", _values(runs, key), lambda value: f"{value:.4g}")


def _bare(result: Result) -> Callable[[float], str]:
    """Return how a result is said beside its title, which names it: `0.96` for `diversity 0.96`."""

    def say(value: float) -> str:
        said = result.say(value)
        name = next((word for word in result.title.split() if said.lower().startswith(f"{word.lower()} ")), "")
        return said[len(name) :].lstrip()

    return say


def _values(runs: Sequence[Run], key: str) -> tuple[float | None, ...]:
    return tuple(run.summary.get(key) for run in runs)


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 60 else f"{value / 60:.1f} min"
