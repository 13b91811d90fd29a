"""Callbacks that report, save, and apply requests between executions."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from core.config import Config
from core.jobs.sweep.study import Judge
from core.jobs.work import Work
from core.runs.group import PRUNED
from core.schedule.pace import Pace
from core.store.metrics import MOST_ROWS, Point
from core.store.records import Control
from core.training import checkpoint, snapshots
from core.training.step import Trainee

FLUSH_S = 0.25
LISTEN_S = 0.1
FRAME_S = 0.2  # between two frames, at least
FRAME_SHARE = 0.02  # of the time of training that frames take, at most
CHECKPOINT_S = 10.0
SAVED_EPOCHS = 10  # the first ones, after each of which all is saved, however short they are
SAVE_SHARE = 0.05  # of the time of training that snapshots of later epochs take, at most; and so do checkpoints
SPEED_WINDOW_S = 3.0
LEAST_GROWTH = 2.0  # of the gradient, to be mentioned when a run diverges
LARGE = 100.0  # norm of a gradient that is mentioned although it has not grown


class Session:
    """The state of a training run, shared by its callbacks.

    Args:
        work: The claimed run.
        trainee: The model.
        step: Updates already completed.
        wall_s: Seconds already trained, by the runs that it goes on from too.
        begun_s: Those of the runs that it goes on from.
    """

    def __init__(self, work: Work, trainee: Trainee, step: int, wall_s: float, begun_s: float = 0.0) -> None:
        self.work, self.trainee, self.plan = work, trainee, trainee.plan
        self.step = self.previous = self.first = step
        self.stopped = self.gave_way = self.paused = False
        self.ended_by = ""
        self.diverged = ""
        self.best = -math.inf
        self.best_step: int | None = None
        self.validated: float | None = None  # the last validation result
        self.first_metric_s: float | None = work.run.summary.get("first_metric_s")
        self._base, self._start, self._begun_s = wall_s, time.perf_counter(), begun_s
        self._marks: deque[tuple[float, int]] = deque()

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self.plan.epochs_done(self.step)

    @property
    def fit_s(self) -> float:
        """Seconds trained in this process."""
        return time.perf_counter() - self._start

    @property
    def wall_s(self) -> float:
        """Seconds trained, including earlier parts of a resumed run."""
        return self._base + self.fit_s

    @property
    def own_s(self) -> float:
        """Seconds that this run itself has trained, which its time budget counts."""
        return self.wall_s - self._begun_s

    def mark(self) -> None:
        """Record the time of this step, for the speed."""
        self._marks.append((self.fit_s, self.step))

    def speed(self, window_s: float = math.inf) -> float | None:
        """Return images per second over the last `window_s` seconds, without the first execution."""
        if len(self._marks) < 2:
            return None
        last_s, last = self._marks[-1]
        first_s, first = next((s, n) for s, n in self._marks if last_s - s <= window_s)
        if last <= first:
            return None
        return (self.plan.images(last) - self.plan.images(first)) / (last_s - first_s)

    def show(self, phase: str) -> None:
        """Report the run's progress."""
        speed = self.speed(SPEED_WINDOW_S)
        left = self.plan.images(self.plan.total_steps) - self.plan.images(self.step)
        budget, share = self.work.run.config.get("time_budget_s") or math.inf, self.step / self.plan.total_steps
        left_s = min(left / speed, max(0.0, budget - self.own_s)) if speed else None
        self.work.progress(
            phase=phase,
            step=self.step,
            total_steps=self.plan.total_steps,
            epoch=int(self.plan.passes(self.step)),
            epochs=math.ceil(self.plan.passes(self.plan.total_steps)),
            images_per_s=round(speed) if speed else None,
            left_s=None if left_s is None else round(left_s, 1),
            done=round(min(1.0, max(share, self.own_s / budget)), 4),
            steps_per_epoch=self.plan.steps_per_epoch / self.plan.repeats,
        )

    @property
    def is_over(self) -> bool:
        """Whether something ends the run before its last step."""
        return bool(self.stopped or self.paused or self.gave_way or self.diverged or self.ended_by)

    @property
    def is_at_epoch_end(self) -> bool:
        """Whether the epoch, or the run, is complete."""
        return self.step % self.plan.steps_per_epoch == 0 or self.step == self.plan.total_steps


class Callback:
    """What is done after each execution, and after each epoch; also where a stop ends an epoch."""

    def on_execution_end(self) -> None:
        """Do what is due after some updates."""

    def on_epoch_end(self) -> None:
        """Do what is due after an epoch."""


class Recorder(Callback):
    """Reads the ring after each execution, writes points and detects divergence."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._points: list[Point] = []
        self._flushed = 0.0
        self._rows = session.work.store.metrics.count(session.work.run.id)
        self._stride = 1
        self._norms: tuple[float, float] | None = None  # of the gradient: first and largest
        self._first_norm_step = 0

    def on_execution_end(self) -> None:
        """Record the numbers of all updates since the last call."""
        session = self._session
        session.mark()
        numbers = session.trainee.remembered(session.previous + 1, session.step)
        self._note(numbers)
        self._flush_if_due()

    def on_epoch_end(self) -> None:
        """Validate if the epoch or the run is complete."""
        session = self._session
        if session.diverged or not session.is_at_epoch_end:
            return
        values = session.trainee.validate()
        if any(not math.isfinite(value) for value in values.values()):
            self.diverge(session.step, values)
        else:
            self.add(values)
            session.validated = values.get(session.trainee.best_metric)
            if session.validated is not None and session.validated > session.best:
                session.best, session.best_step = session.validated, session.step
        self._flush_if_due()

    def add(self, values: dict[str, float]) -> None:
        """Record metrics of the current step, if any."""
        session = self._session
        if values:
            self._points.append(Point(session.step, session.epoch, round(session.wall_s, 4), values))

    def _flush_if_due(self) -> None:
        if time.perf_counter() - self._flushed >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Write the pending points to the store."""
        session, store = self._session, self._session.work.store
        if session.first_metric_s is None and self._points:
            session.first_metric_s = round(time.time() - session.work.run.created, 3)
            session.work.set(summary={**session.work.run.summary, "first_metric_s": session.first_metric_s})
        store.metrics.append(session.work.run.id, self._points)
        self._rows += len(self._points)
        self._points = []
        if self._rows > MOST_ROWS:
            self._stride *= 2
            store.metrics.thin(session.work.run.id, self._stride)
            self._rows = store.metrics.count(session.work.run.id)
        session.show("training")
        self._flushed = time.perf_counter()

    def _note(self, numbers: list[dict[str, float]]) -> None:
        session, wall = self._session, round(self._session.wall_s, 4)
        for step, values in enumerate(numbers, session.previous + 1):
            self._measure(step, values.get("gradient_norm", math.nan))
            if any(not math.isfinite(value) for value in values.values()):
                session.step = step
                self.diverge(step, values)
                return
            if step % self._stride == 0:
                self._points.append(Point(step, session.plan.epochs_done(step), wall, _rounded(values)))

    def _measure(self, step: int, norm: float) -> None:
        """Record the first and the largest gradient norm."""
        if not math.isfinite(norm):
            return
        if self._norms is None:
            self._norms, self._first_norm_step = (norm, norm), step
        self._norms = self._norms[0], max(self._norms[1], norm)

    def diverge(self, step: int, values: dict[str, float]) -> None:
        """End the run and describe the failure with its own numbers."""
        first, largest = self._norms or (0.0, 0.0)
        growth = largest / first if first else 1.0
        config = self._session.work.run.config
        self._session.diverged = _divergence(step, values, growth, self._first_norm_step, config, largest)


class Saving(Callback):
    """Something that is saved after each epoch; where there are many short ones, as often as `SAVE_SHARE` allows."""

    def __init__(self, session: Session, recorder: Recorder) -> None:
        self._session, self._recorder, self._pace = session, recorder, Pace(SAVE_SHARE, 0.0)

    def on_epoch_end(self) -> None:
        """Save the end of the epoch if that is due, and wherever the run ends or stops."""
        session = self._session
        is_last = session.is_over or session.step == session.plan.total_steps
        if is_last or (self.is_wanted and (session.epoch <= SAVED_EPOCHS or self._pace.is_due)):
            with self._pace.spending():
                self.save()

    @property
    def is_wanted(self) -> bool:
        """Whether the ends of epochs are saved at all."""
        return True

    def save(self) -> None:
        """Save this step, at most once."""


class Snapshots(Saving):
    """Saves a snapshot at log-spaced steps and after epochs."""

    def __init__(self, session: Session, recorder: Recorder) -> None:
        super().__init__(session, recorder)
        self._saved = session.step

    def on_execution_end(self) -> None:
        """Save if a snapshot is due."""
        before, after = self._session.previous, self._session.step
        if snapshots.is_due(before, after) or self._session.trainee.is_snapshot_due(before, after):
            self.save()

    @property
    def is_wanted(self) -> bool:
        """Whether the ends of epochs are saved at all."""
        return self._session.trainee.SAVES_EPOCHS

    def save(self) -> None:
        """Save a snapshot of this step, at most once."""
        session = self._session
        if session.step == self._saved or session.diverged:
            return
        self._saved, seen = session.step, session.trainee.snapshot_metrics()
        if not all(map(math.isfinite, seen.values())):
            self._recorder.diverge(session.step, seen)
            return
        self._recorder.add(seen)
        snapshots.save(session.work, session.trainee, step=session.step, epoch=session.epoch, wall_s=session.wall_s)


class Frames(Callback):
    """Writes what the network makes of the sample while a page shows it, as often as `FRAME_SHARE` allows."""

    def __init__(self, session: Session) -> None:
        self._session, self._pace = session, Pace(FRAME_SHARE, FRAME_S)

    def on_execution_end(self) -> None:
        """Write if a frame is due and somebody watches."""
        session = self._session
        if session.is_over or not self._pace.is_due:
            return
        with self._pace.spending():
            if session.work.files.is_watched() and (shown := session.trainee.shown()):
                session.work.files.save_frame(session.step, shown)


class Checkpoints(Saving):
    """Saves a checkpoint after epochs, every few seconds and at the end; the best one with the next at the latest."""

    def __init__(self, session: Session, recorder: Recorder) -> None:
        super().__init__(session, recorder)
        self._at = time.perf_counter()
        self._saved = (session.step, session.best_step == session.step)
        self._best: tuple[int, dict[str, np.ndarray]] | None = None  # step and state, until they are written

    def on_execution_end(self) -> None:
        """Save if the last checkpoint is too old."""
        is_late = time.perf_counter() - self._at > CHECKPOINT_S
        if is_late and not self._session.is_at_epoch_end:  # validation comes first
            self.save()

    def on_epoch_end(self) -> None:
        """Save if that is due; else remember the state if it is the best."""
        super().on_epoch_end()
        step = self._session.step
        if self._session.best_step == step != self._saved[0]:
            self._best = step, self._state()

    def save(self) -> None:
        """Save this state once, and again if it proves to be the best."""
        session = self._session
        best = session.best_step == session.step
        if (session.step, best) == self._saved or session.diverged:
            return
        self._recorder.flush()  # no update before a checkpoint may be missing
        if self._best and not best:
            checkpoint.save(session.work, self._best[1], self._best[0], best=True)
        checkpoint.save(session.work, self._state(), session.step, best=best)
        self._at, self._saved, self._best = time.perf_counter(), (session.step, best), None

    def _state(self) -> dict[str, np.ndarray]:
        session = self._session
        extra = {
            "wall_s": np.array(session.wall_s),
            "best": np.array(session.best),
            "best_step": np.array(-1 if session.best_step is None else session.best_step),
        }
        return checkpoint.state_of(session.trainee, extra)


class Limits(Callback):
    """Ends a run that reached its target, stopped improving or used up its time."""

    def __init__(self, session: Session, config: Config) -> None:
        self._session, self._config = session, config

    def on_execution_end(self) -> None:
        """Check the time budget."""
        self._look_at_clock()

    def on_epoch_end(self) -> None:
        """Check the validation results."""
        self.look()

    def look(self) -> None:
        """End the run if a limit is reached; also called before a resumed run continues."""
        session = self._session
        self._look_at_clock()
        if session.best_step is None:
            return
        since = session.epoch - session.plan.epochs_done(session.best_step)
        if name := self._config.ends_early(session.best, since):
            self._end(name)

    def _look_at_clock(self) -> None:
        budget = self._config.time_budget_s
        if budget and self._session.own_s >= budget:
            self._end("time_budget_s")

    def _end(self, name: str) -> None:
        if self._session.step < self._session.plan.total_steps:
            self._session.ended_by = self._session.ended_by or name


class Judged(Callback):
    """Ends a run of a sweep that does worse than the others did after as many epochs."""

    def __init__(self, session: Session, judge: Judge) -> None:
        self._session, self._judge = session, judge

    def on_epoch_end(self) -> None:
        """Ask the judge, if this epoch was validated and is not the last."""
        session = self._session
        if session.is_over or session.validated is None or session.step >= session.plan.total_steps:
            return
        if self._judge.should_end(session.epoch, session.validated):
            session.ended_by = PRUNED


class Listener(Callback):
    """Applies requests to the run, between executions; `take` carries out all but a stop."""

    def __init__(self, session: Session, take: Callable[[Control], str]) -> None:
        self._session, self._at, self._take = session, 0.0, take

    def on_execution_end(self) -> None:
        """Check for requests, a few times per second."""
        if time.perf_counter() - self._at >= LISTEN_S:
            self._at = time.perf_counter()
            self.listen()

    def listen_first(self) -> None:
        """Apply what was asked for before the first update; a stop waits for that one."""
        for control in self._session.work.store.runs.pending(self._session.work.run.id):
            if control.kind != "stop":
                self._apply(control)

    def listen(self) -> None:
        """Apply the pending requests, in order."""
        session, runs = self._session, self._session.work.store.runs
        for control in runs.pending(session.work.run.id):
            if control.kind == "stop":
                session.stopped = True
            self._apply(control)
        if runs.should_give_way(session.work.run):
            session.gave_way = True

    def _apply(self, control: Control) -> None:
        self._session.work.store.runs.acknowledge(control, self._session.step, self._take(control))


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.6g}") for name, value in values.items()}


_BROKEN = {
    "val_loss": "validation loss",
    "d_loss": "discriminator's loss",
    "g_loss": "generator's loss",
    "val_diversity": "distance between samples",
    "val_kl": "distance from the real points",
    "val_js": "distance from the real points",
}


def _divergence(
    step: int, values: dict[str, float], growth: float, since: int, config: dict[str, Any], largest: float
) -> str:
    """Describe a divergence with the run's own numbers.

    Args:
        step: The failed update.
        values: Its numbers; at least one is not finite.
        growth: Largest gradient norm so far, divided by that of step `since`.
        since: First step with a known gradient.
        config: The run's settings.
        largest: Largest gradient norm so far.
    """
    bad = {name: value for name, value in values.items() if not math.isfinite(value)}
    name = next((name for name in bad if name.endswith("loss")), next(iter(bad)))
    what = "gradient" if name.endswith("gradient_norm") else _BROKEN.get(name, "loss")
    parts = [f"The {what} became {'NaN' if math.isnan(bad[name]) else 'infinite'} at step {step:,}"]
    if growth >= LEAST_GROWTH:
        parts.append(f"the gradient had grown {_fold(growth)} since step {since:,}")
    elif largest >= LARGE:
        parts.append(f"the gradient's norm had come to {largest:,.0f}")
    if "learning_rate" in config:
        parts.append(f"the learning rate is {config['learning_rate']:g}")
    return "; ".join(parts) + "."


def _fold(growth: float) -> str:
    return "more than a million-fold" if growth >= 1e6 else f"{float(f'{growth:.2g}'):,.0f}-fold"
