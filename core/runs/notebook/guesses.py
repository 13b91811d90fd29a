"""Guesses before training, held against the truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.datasets import Dataset, DataSpec
from core.errors import ConfigError, RunError
from core.families import Family, find_family
from core.families.family import Result
from core.names import in_words, shortened
from core.runs.comparison.measures import sign_of
from core.store import Run, Status, Store
from core.store.records import Guess, NewGuess

MOST_RIVALS = 20
_ENDED = {Status.LOST: "was interrupted", Status.DIVERGED: "diverged", Status.FAILED: "failed"}


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


@dataclass(frozen=True)
class Outcome:
    """A guess and what came of it.

    Args:
        guess: The guess.
        run: The run about which it is told.
        kind: The result in question.
        sentence: Both in one sentence.
        error: The truth less the guess; None if it does not count, or not yet.
        is_right: Whether the right run was expected to win; None as well.
        is_open: Whether the truth is still to come.
    """

    guess: Guess
    run: Run
    kind: Guessable
    sentence: str
    error: float | None = None
    is_right: bool | None = None
    is_open: bool = False


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


def outcomes(store: Store, run: Run, actor: str) -> list[Outcome]:
    """Return what was guessed about a run, as far as an actor may know.

    Until the end only who guessed sees it, so that nobody is swayed; then the owner's guess of a value is everybody's.

    Args:
        store: Store of the run.
        run: A training run.
        actor: Who asks.
    """
    found = []
    for guess in store.guesses.about(run.id):
        is_public = run.status.is_final and guess.owner == run.owner and guess.rival is None
        if (guess.owner == actor or is_public) and (outcome := _outcome(store, guess, run, guess.owner == actor)):
            found.append(outcome)
    return found


def past_outcomes(store: Store, owner: str) -> list[Outcome]:
    """Return what came of an owner's guesses, newest first; those about deleted runs are left out."""
    found = []
    for guess in store.guesses.of(owner):
        try:  # told about the newer of two runs
            run = store.runs.get(max(guess.run, guess.rival or ""))
        except RunError:
            continue
        if outcome := _outcome(store, guess, run, is_mine=True):
            found.append(outcome)
    return found


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


def _kind(run: Run, key: str) -> Guessable | None:
    results = find_family(str(run.family)).results
    return next((kind for result in results for kind in _kinds(result) if kind.key == key), None)


def _may_win(run: Run, key: str, spec: DataSpec) -> bool:
    family = find_family(str(run.family))
    waits = not run.status.is_final or run.status is Status.SUCCEEDED
    return waits and family.is_trained_here and family.result(run.summary, spec).key == key


def _outcome(store: Store, guess: Guess, run: Run, is_mine: bool) -> Outcome | None:
    kind = _kind(run, guess.key)
    if kind is None:  # another version had such a result
        return None
    who = "You" if is_mine else "Its owner"
    if guess.rival is None:
        return _of_value(guess, run, kind, who)
    try:
        other = store.runs.get(guess.rival if run.id == guess.run else guess.run)
    except RunError:  # it has just been deleted
        return None
    return _of_winner(guess, run, other, kind, who)


def _of_value(guess: Guess, run: Run, kind: Guessable, who: str) -> Outcome:
    assert guess.value is not None
    said, truth = f"{who} guessed {kind.say(guess.value)}", run.summary.get(guess.key)
    if not run.status.is_final:
        return Outcome(guess, run, kind, f"{said}.", is_open=True)
    if run.status is not Status.SUCCEEDED or truth is None:
        return Outcome(guess, run, kind, f"{said}; the run {_why(run)}, so the guess does not count.")
    error = truth - guess.value
    size = kind.apart(error)
    is_same = size == kind.apart(0)
    far = "as guessed" if is_same else f"{size} {'higher' if error > 0 else 'lower'}"
    return Outcome(guess, run, kind, f"{said}; it reached {kind.say(truth)}: {far}.", error=error)


def _of_winner(guess: Guess, run: Run, other: Run, kind: Guessable, who: str) -> Outcome:
    name = shortened(other.name)
    said = f"{who} guessed that " + (f"it beats {name}" if run.id == guess.run else f"{name} beats it")
    if not (run.status.is_final and other.status.is_final):
        return Outcome(guess, run, kind, f"{said}.", is_open=True)
    for one in (run, other):
        if one.status is not Status.SUCCEEDED or one.summary.get(guess.key) is None:
            which = "the run" if one is run else name
            return Outcome(guess, run, kind, f"{said}; {which} {_why(one)}, so the guess does not count.")
    if run.dataset_version != other.dataset_version:
        return Outcome(guess, run, kind, f"{said}; the data has changed between them, so the guess does not count.")
    mine, its = run.summary[guess.key], other.summary[guess.key]
    if mine == its:
        return Outcome(guess, run, kind, f"{said}; both reached {kind.say(mine)}, so neither wins.")
    won = sign_of(guess.key) * (mine - its) < 0
    is_right = won is (run.id == guess.run)
    verdict = f"{'right' if is_right else 'wrong'}, {kind.say(mine)} against {kind.say(its)}"
    return Outcome(guess, run, kind, f"{said}: {verdict}.", is_right=is_right)


def _why(run: Run) -> str:
    return _ENDED.get(
        run.status, "was stopped before its end" if run.status is Status.STOPPED else "has no such result"
    )


@dataclass(frozen=True)
class Score:
    """How good somebody's guesses of one result were.

    Args:
        kind: The result.
        count: Number of guesses that count.
        error: Mean absolute error.
    """

    kind: Guessable
    count: int
    error: float


def scores(found: Sequence[Outcome]) -> list[Score]:
    """Return how good guesses were, by result."""
    errors: dict[str, list[float]] = {}
    kinds = {one.kind.key: one.kind for one in found}
    for one in found:
        if one.error is not None:
            errors.setdefault(one.kind.key, []).append(abs(one.error))
    return [Score(kinds[key], len(those), sum(those) / len(those)) for key, those in errors.items()]
