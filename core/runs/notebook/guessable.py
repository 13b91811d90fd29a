"""What can be guessed of a run before it is trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.datasets import Dataset, DataSpec
from core.errors import ConfigError, RunError
from core.families import Family, find_family
from core.families.family import Result
from core.names import in_words
from core.runs.comparison.measures import sign_of
from core.store import Run, Status, Store
from core.store.records import NewGuess

MOST_RIVALS = 20


@dataclass(frozen=True)
class Guessable:
    """A result that can be guessed.

    Args:
        key: Key of a run's summary.
        label: Its name.
        say: A value -> a few words that name it.
        apart: A difference without its sign -> a few words.
        is_share: Whether it is written in percent.
        lowest, highest: What it can be.
    """

    key: str
    label: str
    say: Callable[[float], str]
    apart: Callable[[float], str]
    is_share: bool
    lowest: float
    highest: float

    def check(self, value: float) -> None:
        """Refuse a value that it cannot have.

        Raises:
            ConfigError: It is out of bounds.
        """
        if not (math.isfinite(value) and self.lowest <= value <= self.highest):
            ends = [f"at least {self.lowest:g}"] if self.lowest > -math.inf else []
            ends += [f"at most {self.highest:g}"] if self.highest < math.inf else []
            raise ConfigError(
                f"{in_words(self.label)} cannot be guessed so",
                expected=" and ".join(ends) or "a number",
                received=f"{value:g}",
            )

    def parse(self, text: str) -> float:
        """Return the value in a text such as `0.95` or, of a share, `95 %`.

        Raises:
            ConfigError: It is no number.
        """
        is_percent = self.is_share and text.rstrip().endswith("%")
        try:
            return float(text.rstrip().removesuffix("%")) / 100 if is_percent else float(text)
        except ValueError:
            expected = "a share such as 0.95 or 95%" if self.is_share else "a number"
            raise ConfigError(
                f"{in_words(self.label)} cannot be guessed so", expected=expected, received=text
            ) from None


def guessable(family: Family, spec: DataSpec) -> list[Guessable]:
    """Return the results of a run on data of this shape that can be guessed, the main one first."""
    return list(_kinds(family.result({}, spec)))


def can_win(kind: Guessable) -> bool:
    """Return whether one run can beat another by this result."""
    return sign_of(kind.key) != 0


def rivals_of(store: Store, family: Family, dataset: Dataset, owner: str) -> list[Run]:
    """Return an owner's runs that a new one on the same data can be held against, newest first."""
    main = guessable(family, dataset.spec)[0]
    if not can_win(main):
        return []
    runs = store.runs.list(owners=[owner], dataset=dataset.id, limit=MOST_RIVALS)
    return [run for run in runs if _may_win(run, main.key, dataset.spec)]


def check_guesses(store: Store, family: Family, dataset: Dataset, guesses: Sequence[NewGuess]) -> None:
    """Refuse guesses that cannot come true.

    Raises:
        ConfigError: The run will have no such result, it cannot have this value, or nobody can win by it.
        RunError: The rival does not exist, or learns something else.
    """
    kinds = {kind.key: kind for kind in guessable(family, dataset.spec)}
    for guess in guesses:
        if guess.key not in kinds:
            raise ConfigError("there will be no such result", expected=" or ".join(kinds), received=guess.key)
        if guess.value is not None:
            kinds[guess.key].check(guess.value)
        if guess.rival is not None:
            rival = store.runs.get(guess.rival)
            if rival.dataset != dataset.id or not _may_win(rival, guess.key, dataset.spec):
                raise RunError(f"run {rival.id} cannot win or lose against this one", expected="a run on the same data")
            if not can_win(kinds[guess.key]):
                raise ConfigError(f"the {kinds[guess.key].label} says how runs differ, not which is better")


def _kinds(result: Result) -> Iterator[Guessable]:
    lowest = 0.0 if result.is_share else -math.inf
    yield Guessable(
        result.key, result.title, result.say, _unsigned(result.apart), result.is_share, lowest, result.highest
    )
    for key in result.more:
        name = key.split("_")[1].upper()
        yield Guessable(
            key, f"{key.split('_')[0].capitalize()} {name}", _named(name), "{:.3g}".format, False, 0.0, math.inf
        )


def _unsigned(apart: Callable[[float], str]) -> Callable[[float], str]:
    return lambda difference: apart(abs(difference)).removeprefix("+")


def _named(name: str) -> Callable[[float], str]:
    return lambda value: f"{name} {value:.4g}"


def kind_of(run: Run, key: str) -> Guessable | None:
    """Return the result of a run with this key; None if there is none any more."""
    results = find_family(str(run.family)).results
    return next((kind for result in results for kind in _kinds(result) if kind.key == key), None)


def _may_win(run: Run, key: str, spec: DataSpec) -> bool:
    family = find_family(str(run.family))
    waits = not run.status.is_final or run.status is Status.SUCCEEDED
    return waits and family.is_trained_here and family.result(run.summary, spec).key == key
