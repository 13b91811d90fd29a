"""The training loop, from a claimed run to its outcome."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared, open_whole
from core.datasets.access import check_may_see
from core.datasets.features import Tokens
from core.errors import DatasetError
from core.families import config_of, find_family
from core.jobs.sweep.study import open_judge
from core.jobs.work import Outcome, Work
from core.pretrained.weights import fetch_weights
from core.resolve import resolve
from core.runs.group import PRUNED
from core.steering.dials import settings_at
from core.store import Status
from core.store.metrics import Point
from core.training import checkpoint, snapshots, start
from core.training.callbacks import (
    Callback,
    Checkpoints,
    Frames,
    Judged,
    Limits,
    Listener,
    Recorder,
    Session,
    Snapshots,
)
from core.training.process.device import dtype_policy
from core.training.process.memory import METER
from core.training.steer import Steer
from core.training.step import Trainee


def train(work: Work) -> Outcome:
    """Train the claimed run to its end, starting from its last checkpoint if any."""
    METER.begin()
    work.progress(**{**work.run.progress, "phase": "starting"})
    data = _data(work)
    work.progress(**{**work.run.progress, "phase": "building the network"})
    trainee = _trainee(work, data)
    before_training = "loading the last checkpoint" if work.run.progress.get("step") else "saving the first snapshot"
    work.progress(**{**work.run.progress, "phase": before_training})
    session = _begin(work, trainee)
    recorder = Recorder(session)
    limits = Limits(session, trainee.config)
    saving = [Snapshots(session, recorder), Checkpoints(session, recorder), Frames(session)]
    judge = open_judge(work.settings, work.run)
    judged = [Judged(session, judge)] if judge else []
    steer = Steer(session)
    listener = Listener(session, steer.take)
    callbacks: list[Callback] = [recorder, limits, *judged, steer, *saving, listener]
    limits.look()
    listener.listen_first()
    try:
        _fit(session, steer, callbacks)
        recorder.flush()
    finally:
        work.files.drop_frame()
    return _outcome(work, session)


def _fit(session: Session, steer: Steer, callbacks: Sequence[Callback]) -> None:
    """Train until the last step, or until something ends or pauses the run."""
    plan = session.plan
    while session.step < plan.total_steps and not session.is_over:
        end = min((session.epoch + 1) * plan.steps_per_epoch, plan.total_steps)
        while session.step < end and not session.is_over:
            last = int(min(session.step + session.trainee.steps_at_once(), end, steer.until))
            session.trainee.advance(session.step, last)
            session.previous, session.step = session.step, last
            for callback in callbacks:
                callback.on_execution_end()
        for callback in callbacks:
            callback.on_epoch_end()


def _data(work: Work) -> Prepared:
    run = work.run
    check_may_see(work.settings, run.dataset, run.owner)
    data = open_whole(work.settings, run.dataset)
    if run.dataset_version not in (None, data.version):
        raise DatasetError(
            "the data has changed since this run was set up",
            expected=f"version {run.dataset_version}",
            received=data.version,
            fix="Start a new run.",
        )
    work.set(dataset_version=data.version)
    return data


def _trainee(work: Work, data: Prepared) -> Trainee:
    assert work.run.family is not None
    family = find_family(work.run.family)
    config = config_of(work.run)
    policy = dtype_policy(config.precision)
    keras.utils.set_random_seed(config.seed)
    specs = [spec for network in family.networks(config, data.spec) for spec in network.specs]
    fetch_weights(work.settings, specs, work.tell)
    trainee: Trainee = resolve(family.trainee)(family, config, data, policy, work.tell, frozen=work.run.steered.frozen)
    work.files.write_json("config", work.run.config)
    work.files.write_json("environment", _environment(work, policy))
    if isinstance(features := data.spec.features, Tokens):
        work.files.write_json("vocabulary", {"unit": features.unit, "tokens": list(features.vocabulary)})
    return trainee


def _begin(work: Work, trainee: Trainee) -> Session:
    """Restore or start the run, save its step-0 point and snapshot, and choose the execution length."""
    first, metrics = work.run.first_step, work.store.metrics
    start.prepare(work)
    step, extra = checkpoint.load_last(work, trainee)
    is_new, step = step <= first, max(step, first)
    if not is_new or metrics.count(work.run.id):
        metrics.rewind(work.run.id, step if step else -1)
        work.files.drop_after(step)
    if is_new:
        extra = start.begin(work, trainee, extra)
        if not step:  # a run that goes on has its parent's point
            point = Point(0, 0, 0.0, {**trainee.first_numbers(), **trainee.snapshot_metrics(), **trainee.levels()})
            metrics.append(work.run.id, [point])
    trainee.count_from(step)
    steps_at_once = trainee.steps_at_once()
    wall_s = float(extra.get("wall_s", 0.0))
    if is_new:
        snapshots.save(work, trainee, step=step, epoch=trainee.plan.epochs_done(step), wall_s=wall_s)
    work.log("begin", step=step, steps_per_execution=steps_at_once)
    begun_s = metrics.snapshots(work.run.id)[0].wall_s if first else 0.0
    session = Session(work, trainee, step, wall_s, begun_s)
    session.best = float(extra.get("best", -math.inf))
    best_step = int(extra.get("best_step", -1))
    session.best_step = None if best_step < 0 else best_step
    trainee.steer(settings_at(trainee.config, work.run.steered.changes, step))
    session.show("training")
    return session


def _outcome(work: Work, session: Session) -> Outcome:
    summary = _summary(session)
    if session.diverged:
        return Outcome(Status.DIVERGED, summary, session.diverged)
    networks = session.trainee.networks.values()
    if not all(np.isfinite(weights).all() for network in networks for weights in network.get_weights()):
        words = f"The last update, step {session.step}, left weights that are not finite."
        return Outcome(Status.DIVERGED, summary, words)
    if session.gave_way and not (session.stopped or session.paused) and session.step < session.plan.total_steps:
        return Outcome(Status.QUEUED)
    if session.paused and not (session.stopped or session.ended_by) and session.step < session.plan.total_steps:
        return Outcome(Status.PAUSED)
    if session.step:
        session.show("testing")
        summary.update(session.trainee.finish(work))
    is_stopped = session.stopped or session.ended_by == PRUNED  # either can be resumed
    return Outcome(Status.STOPPED if is_stopped else Status.SUCCEEDED, summary)


def _summary(session: Session) -> dict[str, object]:
    speed = session.speed()
    return {
        "parameters": sum(network.count_params() for network in session.trainee.networks.values()),
        "steps_done": session.step,
        "epochs_done": int(session.plan.passes(session.step)),
        "images_per_s": round(speed) if speed else None,
        "fit_s": round(session.wall_s, 3),
        "first_metric_s": session.first_metric_s,
        "best_step": session.best_step,
        "ended_by": session.ended_by,
        "memory_mb": METER.peak_mb(),
    }


def _environment(work: Work, policy: str) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "machine": platform.machine(),
        "device": work.device,
        "dtype_policy": policy,
    }
