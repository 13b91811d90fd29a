"""Guesses before training, held against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import RunError
from core.names import shortened
from core.runs.comparison.measures import sign_of
from core.runs.notebook.guessable import Guessable, kind_of
from core.store import Run, Status, Store
from core.store.records import Guess

_ENDED = {Status.LOST: "was interrupted", Status.DIVERGED: "diverged", Status.FAILED: "failed"}


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


def guessed_metrics(store: Store, run: Run, actor: str) -> dict[str, float]:
    """Return the values of `outcomes` by the metric of the curves whose last value was guessed."""
    found = [(one.guess.key, one.guess.value) for one in outcomes(store, run, actor)]
    return {key.removeprefix("test_").removesuffix("_last"): value for key, value in found if value is not None}


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


def _outcome(store: Store, guess: Guess, run: Run, is_mine: bool) -> Outcome | None:
    kind = kind_of(run, guess.key)
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
