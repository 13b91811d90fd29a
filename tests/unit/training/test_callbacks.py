import errno
import math
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.families.cnn import CnnConfig
from core.figures.network.frame import Frame, make_frame
from core.jobs.work import Work
from core.schedule.plan import Plan
from core.store import Store
from core.store.records import LOCAL
from core.training import callbacks
from core.training.callbacks import Frames, Judged, Limits, Listener, Recorder, Session
from tests.support import tiny

PLAN = Plan(examples=20, batch_size=6, epochs=3)  # 4 updates an epoch, the last of 2 images


class Trainee:
    """Stands in for a model: its loss is the number of the update."""

    plan = PLAN
    best_metric = "val_accuracy"
    SAVES_EPOCHS = True

    def __init__(self) -> None:
        self.validation: dict[str, float] = {}
        self.nan_at: int | None = None
        self.norms: list[float] = []

    def remembered(self, first: int, last: int) -> list[dict[str, float]]:
        numbers = [{"loss": float(step), "accuracy": 1 / 3} for step in range(first, last + 1)]
        for values, norm in zip(numbers, self.norms[first - 1 : last], strict=False):
            values["gradient_norm"] = norm
        if self.nan_at is not None and first <= self.nan_at <= last:
            numbers[self.nan_at - first]["loss"] = float("nan")
        return numbers

    def validate(self) -> dict[str, float]:
        return self.validation

    def frame(self) -> Frame:
        return make_frame({"units/dense_1": np.ones(2, np.float32)}, None, tiny.SPEC)

    def shown(self) -> Mapping[str, np.ndarray]:
        return self.frame().to_arrays()


@pytest.fixture
def trainee() -> Trainee:
    return Trainee()


@pytest.fixture
def session(work: Work, trainee: Trainee) -> Session:
    return Session(work, trainee, 0, 0.0)  # type: ignore[arg-type]


def epoch(recorder: Recorder, number: int, executions: int) -> None:
    session = recorder._session
    end = (number + 1) * session.plan.steps_per_epoch
    for _ in range(executions):  # of three updates
        session.previous, session.step = session.step, min(session.step + 3, end)
        recorder.on_execution_end()
    recorder.on_epoch_end()
    recorder.flush()


def written(session: Session) -> list[tuple[int, int, dict[str, float]]]:
    return [(p.step, p.epoch, p.values) for p in session.work.store.metrics.since(session.work.run.id)]


def test_each_updates_numbers_are_written_once_even_if_the_last_execution_is_short(session: Session) -> None:
    recorder = Recorder(session)
    epoch(recorder, 0, executions=2)
    epoch(recorder, 1, executions=2)
    assert [step for step, _, _ in written(session)] == list(range(1, 9))
    assert [values["loss"] for _, _, values in written(session)] == list(range(1, 9))
    assert [done for _, done, _ in written(session)] == [0, 0, 0, 1, 1, 1, 1, 2]
    assert session.step == 8


def test_numbers_are_written_with_six_digits(session: Session) -> None:
    epoch(Recorder(session), 0, executions=1)
    assert written(session)[0][2] == {"loss": 1.0, "accuracy": 0.333333}


def test_validation_is_written_at_the_end_of_whole_epochs_only(session: Session, trainee: Trainee) -> None:
    trainee.validation = {"val_loss": 0.5, "val_accuracy": 0.75}
    recorder = Recorder(session)
    epoch(recorder, 0, executions=2)
    epoch(recorder, 1, executions=1)  # stopped after three of four
    assert [(step, done) for step, done, values in written(session) if "val_loss" in values] == [(4, 1)]


def test_the_best_validation_is_the_first_of_the_highest_accuracy(session: Session, trainee: Trainee) -> None:
    recorder = Recorder(session)
    for number, accuracy in enumerate((0.5, 0.8, 0.8)):
        trainee.validation = {"val_loss": 1.0 - number, "val_accuracy": accuracy}
        epoch(recorder, number, executions=2)
    assert (session.best, session.best_step) == (0.8, 8)


def test_a_judge_ends_a_run_before_its_last_epoch_only(session: Session, trainee: Trainee) -> None:
    asked: list[tuple[int, float]] = []

    def should_end(epoch: int, value: float) -> bool:
        asked.append((epoch, value))
        return value < 0.5

    recorder, judged = Recorder(session), Judged(session, SimpleNamespace(should_end=should_end))  # type: ignore[arg-type]
    ends = []
    for number, accuracy in enumerate((0.6, 0.4, 0.1)):
        trainee.validation, session.ended_by = {"val_loss": 1.0, "val_accuracy": accuracy}, ""
        epoch(recorder, number, executions=2)
        judged.on_epoch_end()
        ends.append(session.ended_by)
    assert (asked, ends) == ([(1, 0.6), (2, 0.4)], ["", "pruned", ""])


def test_numbers_that_end_stop_the_run_at_that_update(session: Session, trainee: Trainee) -> None:
    trainee.nan_at = 2
    session.work.run.config["learning_rate"] = 10.0
    epoch(Recorder(session), 0, executions=1)
    assert session.diverged == "The loss became NaN at step 2; the learning rate is 10."
    assert session.step == 2
    assert session.is_over
    assert [step for step, _, _ in written(session)] == [1]


@pytest.mark.parametrize(
    ("norms", "config", "sentence"),
    [
        (
            [0.5, 200.0],
            {"learning_rate": 10.0},
            "The loss became NaN at step 3; the gradient had grown 400-fold since step 1; the learning rate is 10.",
        ),
        ([0.5, 0.9], {"learning_rate": 0.1}, "The loss became NaN at step 3; the learning rate is 0.1."),
        ([0.0, 5.0], {}, "The loss became NaN at step 3."),
        ([2e4, 1e4], {}, "The loss became NaN at step 3; the gradient's norm had come to 20,000."),
        (
            [1.0, math.inf],
            {"learning_rate": 1.0},
            "The gradient became infinite at step 2; the learning rate is 1.",
        ),
        (
            [1e-3, 1e30],
            {},
            "The loss became NaN at step 3; the gradient had grown more than a million-fold since step 1.",
        ),
    ],
)
def test_what_blew_up_is_said_in_the_runs_own_numbers(
    session: Session, trainee: Trainee, norms: list[float], config: dict[str, float], sentence: str
) -> None:
    trainee.norms, trainee.nan_at = norms, 3
    session.work.run.config.clear()
    session.work.run.config.update(config)
    epoch(Recorder(session), 0, executions=1)
    assert session.diverged == sentence


def test_a_validation_that_ends_in_no_number_is_said_so(session: Session, trainee: Trainee) -> None:
    trainee.validation = {"val_loss": math.inf, "val_accuracy": 0.1}
    epoch(Recorder(session), 0, executions=2)
    assert session.diverged.startswith("The validation loss became infinite at step 4")


def test_a_long_run_is_thinned_and_later_points_are_as_sparse(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "MOST_ROWS", 5)
    monkeypatch.setattr("core.store.metrics.FIRST_STEPS", 0)  # else so short a run keeps every step
    recorder = Recorder(session)
    for number in range(3):
        epoch(recorder, number, executions=2)
    steps = [step for step, _, _ in written(session)]
    assert len(steps) <= 5
    stride = steps[1] - steps[0]
    assert stride > 1
    assert steps == list(range(stride, 13, stride))


@pytest.mark.parametrize("window_s", [1.5, 100.0])
def test_the_speed_is_images_over_seconds_without_the_first_execution(
    session: Session, window_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(Session, "fit_s", property(lambda self: now[0]))
    for now[0], session.step in ((9.0, 4), (10.0, 6), (11.0, 8)):
        session.mark()
    seen, seconds = (40 - 32, 1.0) if window_s == 1.5 else (40 - 20, 2.0)
    assert session.speed(window_s) == seen / seconds


def test_one_execution_is_no_speed(session: Session) -> None:
    session.mark()
    assert session.speed() is None


def test_progress_says_how_far_it_is(session: Session, store: Store) -> None:
    epoch(Recorder(session), 0, executions=2)
    shown: dict[str, Any] = store.runs.get(session.work.run.id).progress
    expected = {"phase": "training", "step": 4, "total_steps": 12, "epoch": 1, "epochs": 3, "steps_per_epoch": 4}
    assert {name: shown[name] for name in expected} == expected
    assert shown["done"] == pytest.approx(4 / 12, abs=1e-3)


def test_a_time_budget_that_ends_a_run_says_how_far_it_is(session: Session, store: Store) -> None:
    session.work.run.config["time_budget_s"] = 2
    session._base = 1.9  # seconds trained before
    epoch(Recorder(session), 0, executions=2)
    shown = store.runs.get(session.work.run.id).progress
    assert shown["done"] >= 0.95
    assert shown["left_s"] <= 0.1


def test_a_stop_is_heeded_at_the_step_that_was_reached(session: Session, store: Store, trainee: Trainee) -> None:
    listener = Listener(session, lambda control: "")
    listener.on_execution_end()
    assert not session.stopped
    store.runs.stop(session.work.run.id, LOCAL)
    session.step = 3
    listener.listen()
    assert session.stopped
    assert session.is_over
    assert [control.applied_step for control in store.runs.controls(session.work.run.id)] == [3]


# Limits


def limits(session: Session, patience: int = 0, target_accuracy: float = 0.0, time_budget_s: int = 0) -> Limits:
    config = {"patience": patience, "target_accuracy": target_accuracy, "time_budget_s": time_budget_s}
    return Limits(session, CnnConfig(**config))


def epochs_until_it_ends(session: Session, trainee: Trainee, limit: Limits, accuracies: list[float]) -> int:
    """Train epochs with these validation accuracies until a limit ends the run; return how many there were."""
    trainee.plan = session.plan = replace(PLAN, epochs=len(accuracies))  # type: ignore[misc]
    recorder = Recorder(session)
    for number, accuracy in enumerate(accuracies):
        trainee.validation = {"val_loss": 1.0, "val_accuracy": accuracy}
        epoch(recorder, number, executions=2)
        limit.on_epoch_end()
        if session.is_over:
            return number + 1
    assert not session.is_over
    return len(accuracies)


@pytest.mark.parametrize(
    ("patience", "accuracies", "epochs"),
    [
        (1, [0.5, 0.6, 0.6, 0.9, 0.9], 3),  # as good as the best is no gain
        (2, [0.5, 0.6, 0.5, 0.7, 0.6, 0.6, 0.9], 6),
        (2, [0.5, 0.4, 0.3, 0.2], 3),
        (3, [0.5, 0.4, 0.3, 0.6, 0.5, 0.5, 0.5, 0.9], 7),
    ],
)
def test_patience_ends_a_run_after_so_many_epochs_without_a_better_validation(
    session: Session, trainee: Trainee, patience: int, accuracies: list[float], epochs: int
) -> None:
    assert epochs_until_it_ends(session, trainee, limits(session, patience=patience), accuracies) == epochs
    assert session.ended_by == "patience"


@pytest.mark.parametrize(
    ("target", "accuracies", "epochs"),
    [(0.8, [0.5, 0.79, 0.8, 0.9], 3), (0.8, [0.9, 0.5], 1), (0.8, [0.1, 0.85, 1], 2)],
)
def test_a_target_ends_a_run_at_the_first_validation_that_reaches_it(
    session: Session, trainee: Trainee, target: float, accuracies: list[float], epochs: int
) -> None:
    assert epochs_until_it_ends(session, trainee, limits(session, target_accuracy=target), accuracies) == epochs
    assert session.ended_by == "target_accuracy"


def test_without_a_limit_a_run_goes_on_whatever_its_validation_says(session: Session, trainee: Trainee) -> None:
    assert epochs_until_it_ends(session, trainee, limits(session), [1.0, 0.5, 0.5, 0.0, 0.0]) == 5
    assert session.ended_by == ""


def test_a_limit_that_is_met_at_the_last_update_ends_nothing_early(session: Session, trainee: Trainee) -> None:
    limit = limits(session, patience=1, target_accuracy=0.5, time_budget_s=1)
    session._base = 100.0
    trainee.validation = {"val_loss": 1.0, "val_accuracy": 0.9}
    session.step = 8
    epoch(Recorder(session), 2, executions=2)
    limit.on_execution_end()
    limit.on_epoch_end()
    assert (session.step, session.ended_by, session.is_over) == (12, "", False)


def test_before_anything_was_validated_no_validation_ends_a_run(session: Session, trainee: Trainee) -> None:
    session.step = 11
    limits(session, patience=1, target_accuracy=0.005).look()
    assert not session.is_over


@pytest.mark.parametrize(
    ("patience", "target_accuracy", "ended_by"), [(2, 0.0, "patience"), (0, 0.8, "target_accuracy"), (3, 0.81, "")]
)
def test_a_resumed_run_whose_best_validation_met_a_limit_is_over_before_it_begins(
    work: Work, trainee: Trainee, patience: int, target_accuracy: float, ended_by: str
) -> None:
    trainee.plan = replace(PLAN, epochs=9)  # type: ignore[misc]
    session = Session(work, trainee, 13, 5.0)  # type: ignore[arg-type]
    session.best, session.best_step = 0.8, 4  # two epochs ago, as a checkpoint remembers it
    limits(session, patience=patience, target_accuracy=target_accuracy).look()
    assert (session.ended_by, session.is_over) == (ended_by, bool(ended_by))


@pytest.mark.parametrize(("before_s", "executions"), [(0.0, 3), (1.5, 2), (60.0, 1)])
def test_a_time_budget_counts_the_seconds_trained_those_before_a_resume_included(
    work: Work, trainee: Trainee, before_s: float, executions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(Session, "fit_s", property(lambda self: now[0]))
    session = Session(work, trainee, 0, before_s)  # type: ignore[arg-type]
    limit, done = limits(session, time_budget_s=3), 0
    while not session.is_over:
        now[0] += 1.0  # an execution of three updates
        session.step, done = session.step + 3, done + 1
        limit.on_execution_end()
    assert (done, session.ended_by) == (executions, "time_budget_s")


def test_the_first_limit_that_ended_a_run_is_the_one_that_is_named(session: Session) -> None:
    limit = limits(session, target_accuracy=0.5, time_budget_s=1)
    session._base, session.best, session.best_step, session.step = 100.0, 0.9, 4, 4
    limit.on_execution_end()
    limit.on_epoch_end()
    assert session.ended_by == "time_budget_s"


# Frames


def test_a_frame_is_written_while_a_page_watches_and_no_sooner_than_the_last_is_old(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "FRAME_S", 60.0)
    frames, files = Frames(session), session.work.files
    files.folder.mkdir(parents=True, exist_ok=True)
    files.watch()
    session.step = 7
    frames.on_execution_end()
    step, arrays = files.load_frame()
    assert step == 7
    assert Frame.from_arrays(arrays).to_json() == session.trainee.frame().to_json()
    session.step = 8
    frames.on_execution_end()
    assert files.load_frame()[0] == 7


def test_a_frame_that_cannot_be_written_is_left_out(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    files = session.work.files
    files.folder.mkdir(parents=True, exist_ok=True)
    files.watch()
    monkeypatch.setattr("core.store.artifacts.np.savez", full)
    Frames(session).on_execution_end()
    assert files.frame_stamp() == 0


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_no_frame_is_written_once_the_last_page_has_gone(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    files = session.work.files
    files.folder.mkdir(parents=True, exist_ok=True)
    files.watch()
    assert files.is_watched()
    monkeypatch.setattr(callbacks, "FRAME_S", 0.0)
    monkeypatch.setattr("core.store.artifacts.WATCHED_S", 0.0)
    assert not files.is_watched()
    Frames(session).on_execution_end()
    assert files.frame_stamp() == 0
