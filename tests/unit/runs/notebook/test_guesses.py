"""Guesses before training, and what is told of them."""

import pytest

from core.datasets import find_dataset, prepare
from core.errors import ConfigError, RunError
from core.families import find_family
from core.families.cnn import FAMILY, PRESETS
from core.jobs import submit_training
from core.runs.notebook.guessable import guessable, rivals_of
from core.runs.notebook.guesses import outcomes, past_outcomes, scores
from core.store import Status, Store
from core.store.records import NewGuess
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns

KEY = "test_accuracy_last"
FAST = PRESETS["fast"]


@pytest.fixture
def past(store: Store, monkeypatch: pytest.MonkeyPatch) -> PastRuns:
    monkeypatch.setattr("core.jobs.submit.ensure_foreman", lambda settings: None)
    prepare(store.settings, "mnist_5k")
    return PastRuns(store)


def guessed(store: Store, *guesses: NewGuess, seed: int = 0) -> str:
    config = FAST.config.changed([f"seed={seed}"])
    return submit_training(store, FAMILY, config, "mnist_5k", ME, preset=FAST, name="a run", guesses=guesses).id


def run_to(store: Store, past: PastRuns, run_id: str, mistakes: int) -> None:
    claimed = store.runs.claim("train", host="there", slot=f"train-{run_id}", pid=1, device="CPU")
    assert claimed is not None
    assert claimed.id == run_id
    past.finish(claimed, mistakes=mistakes)


def told(store: Store, run_id: str, actor: str = ME) -> list[str]:
    return [outcome.sentence for outcome in outcomes(store, store.runs.get(run_id), actor)]


def test_a_guess_is_held_against_the_truth_at_the_end(store: Store, past: PastRuns) -> None:
    for seed, (value, mistakes, sentence) in enumerate(
        [
            (0.95, 36, "You guessed 95.0 %; it reached 96.4 %: 1.4 points higher."),
            (0.95, 70, "You guessed 95.0 %; it reached 93.0 %: 2.0 points lower."),
            (0.95, 50, "You guessed 95.0 %; it reached 95.0 %: as guessed."),
        ]
    ):
        run = guessed(store, NewGuess(KEY, value=value), seed=seed)
        assert told(store, run) == ["You guessed 95.0 %."]
        assert told(store, run, SOMEBODY_ELSE) == []
        run_to(store, past, run, mistakes)
        assert told(store, run) == [sentence]
        assert told(store, run, SOMEBODY_ELSE) == [sentence.replace("You", "Its owner")]
    (score,) = scores(past_outcomes(store, ME))
    assert (score.count, score.error) == (3, pytest.approx((0.014 + 0.02 + 0) / 3))
    assert past_outcomes(store, SOMEBODY_ELSE) == []


def test_who_wins_is_judged_once_both_have_ended(store: Store, past: PastRuns) -> None:
    rival = past.finished(mistakes=40, name="the rival")
    wins = guessed(store, NewGuess(KEY, rival=rival.id), seed=1)
    run_to(store, past, wins, 30)
    loses = guessed(store, NewGuess(KEY, rival=rival.id, wins=False), seed=2)
    assert told(store, loses) == ["You guessed that the rival beats it."]
    run_to(store, past, loses, 20)
    with store.engine.begin() as connection:  # all learned the same version
        connection.exec_driver_sql("update runs set dataset_version = 'one' where kind = 'train'")
    assert told(store, wins) == ["You guessed that it beats the rival: right, 97.0 % against 96.0 %."]
    assert told(store, loses) == ["You guessed that the rival beats it: wrong, 98.0 % against 96.0 %."]
    assert told(store, wins, SOMEBODY_ELSE) == []
    assert [one.is_right for one in past_outcomes(store, ME)] == [False, True]
    store.runs.delete(rival.id, ME)
    assert told(store, wins) == []


@pytest.mark.parametrize("status", [Status.STOPPED, Status.FAILED, Status.DIVERGED, Status.LOST])
def test_a_run_that_did_not_come_to_its_end_does_not_count(store: Store, past: PastRuns, status: Status) -> None:
    run = guessed(store, NewGuess(KEY, value=0.95))
    claimed = store.runs.claim("train", host="there", slot="train-0", pid=1)
    assert claimed is not None
    store.runs.move(run, status, lease=claimed.lease, summary={KEY: 0.9} if status is Status.STOPPED else {})
    assert told(store, run)[0].endswith("so the guess does not count.")
    assert scores(past_outcomes(store, ME)) == []


def test_a_guess_that_cannot_come_true_is_refused_and_nothing_is_queued(store: Store, past: PastRuns) -> None:
    other = past.finished(dataset="digits_8x8")
    for guess in (NewGuess(KEY, value=95.0), NewGuess(KEY, value=float("nan")), NewGuess("test_r2_last", value=0.5)):
        with pytest.raises(ConfigError):
            guessed(store, guess)
    for rival in ("nothing", other.id):
        with pytest.raises(RunError):
            guessed(store, NewGuess(KEY, rival=rival))
    assert store.runs.list(status=[Status.QUEUED]) == []


def test_each_family_says_what_can_be_guessed(store: Store, past: PastRuns) -> None:
    spec = find_dataset(store.settings, "mnist_5k").spec
    (accuracy,) = guessable(FAMILY, spec)
    assert [accuracy.parse(text) for text in ("0.95", "95%", "95 %")] == [0.95, 0.95, 0.95]
    with pytest.raises(ConfigError):
        accuracy.parse("much")
    table = find_dataset(store.settings, "diabetes").spec
    assert [kind.label for kind in guessable(find_family("mlp"), table)] == ["Test R²", "Test RMSE", "Test MAE"]
    mine, gan = past.finished(), find_family("gan")
    assert [run.id for run in rivals_of(store, FAMILY, find_dataset(store.settings, "mnist_5k"), ME)] == [mine.id]
    assert rivals_of(store, gan, find_dataset(store.settings, "mnist_5k"), ME) == []
