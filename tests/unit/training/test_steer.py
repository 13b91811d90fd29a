"""Pausing runs, single steps, and settings that are changed while a run trains."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from core.datasets import DATASETS, prepare
from core.errors import ConfigError, RunError
from core.families.cnn import FAMILY
from core.jobs import resume_training, submit
from core.jobs.steer import pause_training, steer_training, step_training
from core.jobs.work import Work
from core.layers.blocks import Dense, Dropout, Flatten
from core.program.writer import to_script
from core.runs.comparison.settings import settings_of_runs
from core.settings import Settings
from core.steering.record import Change, Steering
from core.steering.story import story_of
from core.store import Run, Status, Store, open_store
from core.store.records import NewRun
from core.training import fit
from tests.support import tiny
from tests.support.printed import untraced

LAYERS = (Flatten(), Dense(units=4), Dropout(rate=0.5))
CONFIG = replace(tiny.CONFIG, layers=LAYERS, validation_fraction=0.2, epochs=4)  # 3 updates an epoch


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store in whose home the tiny data is prepared, and no foreman starts."""
    home = tmp_path_factory.mktemp("steer")
    store = open_store(Settings(home=home, data_dir=home))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, "tiny", tiny.dataset(tiny.arrays()))
        patch.setattr(submit, "ensure_foreman", lambda settings: None)
        prepare(store.settings, "tiny")
        yield store
    store.close()


def queued(store: Store, **columns: object) -> Run:
    new = NewRun(kind="train", dataset="tiny", owner="ann", name="r", family="cnn", preset="fast")
    return store.runs.submit(replace(new, config=CONFIG.to_dict(), **columns))


def claimed(store: Store, run: Run) -> Work:
    taken = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert taken is not None
    assert taken.id == run.id
    return Work(store, taken, "CPU")


def trained(work: Work) -> Run:
    keras.utils.clear_session(free_memory=False)
    work.finish(fit.train(work))
    return work.store.runs.get(work.run.id)


@pytest.fixture(scope="module")
def whole(lab: Store) -> Run:
    """A run that nothing disturbed."""
    return trained(claimed(lab, queued(lab)))


def losses(store: Store, run: Run) -> dict[int, float]:
    return {point.step: point.values["loss"] for point in store.metrics.since(run.id) if "loss" in point.values}


def test_a_run_that_pauses_after_single_steps_and_goes_on_ends_as_one_that_never_did(
    lab: Store, whole: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = claimed(lab, queued(lab))
    step_training(lab, work.run.id, "ann")
    with monkeypatch.context() as patch:  # it pauses, though it would have to give way too
        patch.setattr(lab.runs, "should_give_way", lambda run: True)
        run = trained(work)
    assert (run.status, run.progress["step"], run.slot is not None, run.lease) == (Status.PAUSED, 1, True, None)
    assert lab.runs.claim("train", host="here", slot="train-0", pid=1) is None  # it waits for a request
    work = claimed(lab, step_training(lab, run.id, "ann", epochs=1))
    run = trained(work)
    assert (run.status, run.progress["step"]) == (Status.PAUSED, 3)
    run = trained(claimed(lab, resume_training(lab, run.id, "ann")))
    assert run.status is Status.SUCCEEDED
    assert losses(lab, run) == losses(lab, whole)
    for name, array in lab.files(whole.id).load_snapshot(12, "weights").items():
        np.testing.assert_array_equal(lab.files(run.id).load_snapshot(12, "weights")[name], array)


def test_a_changed_rate_holds_from_its_step_on_in_the_printed_program_too(lab: Store, whole: Run) -> None:
    work = claimed(lab, queued(lab))
    step_training(lab, work.run.id, "ann", updates=5)
    run = trained(work)
    for rate in (1e-2, 1e-5):  # the last one counts
        assert steer_training(lab, run.id, "ann", "learning_rate", rate) is None
    assert steer_training(lab, run.id, "ann", "dropout", 0.1) is None
    run = trained(claimed(lab, resume_training(lab, run.id, "ann")))
    before, after = losses(lab, whole), losses(lab, run)
    assert [before[step] == after[step] for step in (4, 5, 6, 7)] == [True, True, False, False]  # dropout at once
    weights = [lab.files(run.id).load_snapshot(step, "weights")["weights/0000"] for step in (5, 12)]
    assert 0 < np.abs(weights[1] - weights[0]).max() < 2e-4  # Adam's steps are as large as its rate
    story = story_of(lab, run)
    assert story is not None
    program = to_script(FAMILY.program(story.config, tiny.dataset(tiny.arrays()), "", story.by_hand), "r")
    done: dict[str, Any] = {}
    keras.utils.clear_session(free_memory=False)
    exec(compile(untraced(program), "program", "exec"), done)
    ours = lab.files(run.id).load_snapshot(12, "weights")
    for name, theirs in zip(sorted(ours), done["model"].get_weights(), strict=True):
        np.testing.assert_allclose(ours[name], theirs, atol=2e-5)
    told = {one.name: one.changes for one in settings_of_runs(lab.settings, [whole, run]) if one.differs}
    assert told["learning_rate"] == "0.001 → 0.001, then 1e-05 from step 5"
    assert told["dropout"] == "none → 0.1 from step 5"


def test_a_run_that_trains_hears_of_a_change_and_of_a_pause(lab: Store) -> None:
    work = claimed(lab, queued(lab))
    with pytest.raises(ConfigError, match="batch_size cannot be changed while the run trains"):
        steer_training(lab, work.run.id, "ann", "batch_size", 3)
    with pytest.raises(ConfigError, match="weight_decay cannot be used"):
        steer_training(lab, work.run.id, "ann", "weight_decay", -1)
    asked = steer_training(lab, work.run.id, "ann", "weight_decay", 0.5)
    pause_training(lab, work.run.id, "ann")
    run = trained(work)
    assert (run.status, run.progress["step"]) == (Status.PAUSED, 0)
    assert asked is not None
    told = next(one for one in lab.runs.controls(run.id) if one.id == asked.id)
    assert (told.applied_step, told.result) == (0, "weight_decay=0.5")
    assert lab.runs.stop(run.id, "ann").status is Status.STOPPED
    with pytest.raises(RunError, match="does not train now"):
        pause_training(lab, run.id, "ann")


def test_a_change_replaces_later_ones_of_a_run_that_was_taken_back() -> None:
    before = Steering(changes=(Change(2, "dropout", 0.1), Change(5, "learning_rate", 0.1), Change(9, "dropout", 0.2)))
    after = before.changed(5, "dropout", 0.3).changed(3, "learning_rate", 0.2)
    assert after.changes == (Change(2, "dropout", 0.1), Change(3, "learning_rate", 0.2), Change(5, "dropout", 0.3))
