import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import psutil
import pytest

from core.datasets import DATASETS, download, open_prepared, prepare
from core.datasets.dataset import Remote
from core.errors import ArtifactError, DatasetError, UnreachableError
from core.families.cnn import CnnConfig
from core.figures.network.frame import PREFIXES, Frame, make_frame
from core.jobs.work import Outcome, Work
from core.layers.blocks import Dense, Flatten
from core.settings import Settings
from core.store import Status, Store, artifacts, open_store
from core.store.artifacts import RunFiles
from core.store.records import LOCAL, NewRun
from core.training import callbacks, fit, step
from core.training.callbacks import Session
from core.training.process.memory import Meter
from core.units import MB
from tests.support import tiny

CONFIG = replace(tiny.CONFIG, validation_fraction=0.2)  # 24 images to learn from: 3 updates an epoch, 9 in all
PLAIN = replace(CONFIG, layers=(Flatten(), Dense(units=5)))  # where the layers do not matter: traced in half the time


def claimed(store: Store) -> Work:
    run = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert run is not None
    return Work(store, run, "CPU")


def submitted(store: Store, config: CnnConfig = PLAIN, **columns: Any) -> Work:
    """Submit and claim a run on the tiny data."""
    new = NewRun(kind="train", dataset="tiny", owner="ann", name="r", family="cnn", config=config.to_dict())
    store.runs.submit(replace(new, **columns))
    return claimed(store)


def trained(work: Work) -> Outcome:
    """Train as a worker of its own does, and end the run."""
    keras.utils.clear_session(free_memory=False)
    outcome = fit.train(work)
    work.finish(outcome)
    return outcome


def points_of(work: Work, metric: str) -> dict[int, dict[str, float]]:
    return {point.step: point.values for point in work.store.metrics.since(work.run.id) if metric in point.values}


@pytest.fixture(scope="module")
def through(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Work, Outcome]]:
    """A run that nothing disturbed."""
    home = tmp_path_factory.mktemp("through")
    store = open_store(Settings(home=home, data_dir=home))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, "tiny", tiny.dataset(tiny.arrays()))
        prepare(store.settings, "tiny")
        work = submitted(store, CONFIG)
        yield work, trained(work)
    store.close()


@pytest.fixture
def lab(store: Store, tiny_arrays: dict[str, np.ndarray]) -> Store:
    """A store in whose home the tiny data is prepared."""
    prepare(store.settings, "tiny")
    return store


def test_a_run_leaves_behind_all_that_was_promised(through: tuple[Work, Outcome]) -> None:
    work, outcome = through
    metrics, run_id = work.store.metrics, work.run.id
    assert (outcome.status, outcome.error) == (Status.SUCCEEDED, "")
    points = metrics.since(run_id)
    assert list(points_of(work, "loss")) == list(range(10))
    assert list(points_of(work, "val_loss")) == [3, 6, 9]
    assert [p.epoch for p in points if "loss" in p.values] == [step // 3 for step in range(10)]
    assert all(math.isfinite(value) for point in points for value in point.values.values())
    assert [p.wall_s for p in points] == sorted(p.wall_s for p in points)
    assert {0, 3, 6, 9} <= {snapshot.step for snapshot in metrics.snapshots(run_id)}
    assert metrics.checkpoints(run_id)[-1].step == 9
    assert work.store.runs.get(run_id).dataset_version == open_prepared(work.settings, "tiny").version


def test_the_summary_counts_what_was_done_and_names_the_best_validation(through: tuple[Work, Outcome]) -> None:
    work, outcome = through
    summary, validated = outcome.summary, points_of(work, "val_accuracy")
    best = max(validated, key=lambda step: (validated[step]["val_accuracy"], -step))
    assert (summary["steps_done"], summary["epochs_done"], summary["test_size"]) == (9, 3, 11)
    assert summary["parameters"] == tiny.classifier(CONFIG).network.count_params()
    assert summary["best_step"] == best
    assert [c.step for c in work.store.metrics.checkpoints(work.run.id) if c.best] == [best]
    assert summary["test_accuracy_best"] is not None


def test_a_run_that_trains_another_on_begins_with_its_networks(through: tuple[Work, Outcome]) -> None:
    parent, store = through[0].run, through[0].store
    ended = store.files(parent.id).load_snapshot(9, "weights")
    config = replace(CONFIG, seed=7)
    work = submitted(store, config, parent=parent.id, branch_step=9)
    trainee = fit._trainee(work, open_prepared(store.settings, "tiny"))
    fit._begin(work, trainee)
    begun = store.files(work.run.id).load_snapshot(0, "weights")
    assert begun.keys() == ended.keys()
    for name, array in ended.items():
        np.testing.assert_array_equal(begun[name], array)
    last = points_of(through[0], "val_loss")[9]["val_loss"]
    assert trainee.validate()["val_loss"] == pytest.approx(last, rel=0.3)  # other images are held back
    store.runs.move(work.run.id, Status.FAILED, lease=work.run.lease)


def test_a_run_whose_parent_was_deleted_does_not_begin_at_random_weights(lab: Store) -> None:
    work = submitted(lab, branch_step=9)  # the parent's row has gone
    with pytest.raises(ArtifactError, match="was deleted"):
        fit.train(work)
    work.store.runs.move(work.run.id, Status.FAILED, lease=work.run.lease)


def test_a_run_that_nothing_ended_early_says_so(through: tuple[Work, Outcome]) -> None:
    assert through[1].summary["ended_by"] == ""


def test_the_summary_says_how_much_memory_the_process_has_held_at_most(
    lab: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "METER", Meter())  # as if this process had trained nothing before
    held = psutil.Process().memory_info().rss / MB
    short = replace(PLAIN, epochs=1)
    most = trained(submitted(lab, short)).summary["memory_mb"]
    assert isinstance(most, int)
    assert held - 1 <= most < psutil.virtual_memory().total / MB
    assert trained(submitted(lab, short)).summary["memory_mb"] is None


def test_the_files_name_the_settings_the_versions_and_the_policy(through: tuple[Work, Outcome]) -> None:
    assert json.loads((through[0].files.folder / "config.json").read_text()) == through[0].run.config
    environment = json.loads((through[0].files.folder / "environment.json").read_text())
    assert (environment["dtype_policy"], environment["device"]) == ("float32", "CPU")
    assert environment["keras"] == keras.__version__


def test_a_budget_of_images_ends_the_run_in_mid_epoch_with_a_validation(lab: Store) -> None:
    work = submitted(lab, replace(PLAIN, max_images=40))  # 24 in the first epoch, then two batches of 8
    assert trained(work).status is Status.SUCCEEDED
    assert list(points_of(work, "loss")) == list(range(6))
    assert list(points_of(work, "val_loss")) == [3, 5]


def test_without_images_held_back_there_is_no_validation_and_no_best(lab: Store) -> None:
    work = submitted(lab, replace(PLAIN, validation_fraction=0.0))
    summary = trained(work).summary
    assert points_of(work, "val_loss") == {}
    assert (summary["best_step"], summary["test_accuracy_best"]) == (None, None)


def test_a_run_that_was_asked_to_stop_ends_soon_and_goes_on_to_the_same_end(
    lab: Store, through: tuple[Work, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "EXECUTION_S", 0.0)
    monkeypatch.setattr(callbacks, "LISTEN_S", 0.0)
    work = submitted(lab, CONFIG)
    lab.runs.stop(work.run.id, LOCAL)
    outcome = trained(work)
    assert (outcome.status, outcome.summary["steps_done"]) == (Status.STOPPED, 1)
    assert [control.applied_step for control in lab.runs.controls(work.run.id)] == [1]
    lab.runs.resume(work.run.id, LOCAL)
    assert trained(claimed(lab)).status is Status.SUCCEEDED
    assert lab.runs.get(work.run.id).generation == 1
    undisturbed = through[0]
    assert points_of(work, "loss") == points_of(undisturbed, "loss")
    ends = [one.files.load_predictions()["probabilities_last"] for one in (work, undisturbed)]
    np.testing.assert_array_equal(*ends)


def test_a_run_that_is_watched_ends_as_one_that_is_not_and_leaves_no_frame(
    lab: Store, through: tuple[Work, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "EXECUTION_S", 0.0)
    monkeypatch.setattr(callbacks, "FRAME_S", 0.0)
    monkeypatch.setattr(callbacks, "FRAME_SHARE", 1e9)
    monkeypatch.setattr(artifacts, "WATCHED_S", 300.0)  # a busy machine may take longer than three seconds to begin
    work, frames = submitted(lab, CONFIG), []
    save = RunFiles.save_frame

    def seen(files: RunFiles, step: int, arrays: Any) -> None:
        files.watch()  # as a page does that shows it
        save(files, step, arrays)
        frames.append(files.load_frame())

    monkeypatch.setattr(RunFiles, "save_frame", seen)
    work.files.folder.mkdir(parents=True, exist_ok=True)
    work.files.watch()
    assert trained(work).status is Status.SUCCEEDED
    assert [step for step, _ in frames] == list(range(1, 10))
    saved = make_frame(work.files.load_snapshot(9, *PREFIXES), tiny.arrays()["x_train"][0], tiny.SPEC)
    assert Frame.from_arrays(frames[-1][1]).to_json() == saved.to_json()
    assert work.files.frame_stamp() == 0
    weights = [one.files.load_snapshot(9, "weights/") for one in (work, through[0])]
    for name, array in weights[0].items():
        np.testing.assert_array_equal(array, weights[1][name], err_msg=name)


def test_a_run_gives_way_to_one_that_comes_before_it_and_is_next(lab: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "EXECUTION_S", 0.0)
    monkeypatch.setattr(callbacks, "LISTEN_S", 0.0)
    work = submitted(lab, priority=-1)
    other = lab.runs.submit(NewRun(kind="train", dataset="tiny", owner=LOCAL, name="other"))
    trained(work)
    waits = lab.runs.get(work.run.id)
    assert (waits.status, set(waits.summary)) == (Status.QUEUED, {"first_metric_s"})
    assert [checkpoint.step for checkpoint in lab.metrics.checkpoints(work.run.id)] == [1]
    lab.runs.move(other.id, Status.STOPPED)
    assert claimed(lab).run.id == work.run.id


# Limits


def limited(**limit: Any) -> CnnConfig:
    """A run of 20 epochs that soon meets this limit."""
    return replace(PLAIN, epochs=20, learning_rate=0.02, **limit)


def validations(work: Work) -> list[float]:
    return [values["val_accuracy"] for values in points_of(work, "val_accuracy").values()]


@pytest.fixture(scope="module")
def patient(through: tuple[Work, Outcome]) -> tuple[Work, Outcome]:
    """A run that waits for two epochs without gain."""
    work = submitted(through[0].store, limited(patience=2))
    return work, trained(work)


def test_patience_ends_a_run_well(patient: tuple[Work, Outcome]) -> None:
    work, outcome = patient
    metrics = work.store.metrics
    seen, summary = validations(work), outcome.summary
    best = seen.index(max(seen)) + 1
    assert (outcome.status, outcome.error, summary["ended_by"]) == (Status.SUCCEEDED, "", "patience")
    assert (summary["epochs_done"], summary["steps_done"]) == (best + 2, 3 * (best + 2))
    assert (summary["best_step"], len(seen)) == (3 * best, best + 2)
    assert summary["epochs_done"] < 20
    assert summary["test_accuracy_last"] is not None
    assert metrics.checkpoints(work.run.id)[-1].step == metrics.snapshots(work.run.id)[-1].step
    assert metrics.checkpoints(work.run.id)[-1].step == summary["steps_done"]


def test_a_target_ends_a_run_well(lab: Store) -> None:
    work = submitted(lab, limited(target_accuracy=0.9))
    outcome = trained(work)
    seen, summary = validations(work), outcome.summary
    assert (outcome.status, outcome.error, summary["ended_by"]) == (Status.SUCCEEDED, "", "target_accuracy")
    assert max(seen[:-1]) < 0.9 <= seen[-1]
    assert (summary["epochs_done"], summary["steps_done"]) == (len(seen), 3 * len(seen))
    assert 1 < summary["epochs_done"] < 20
    assert summary["test_accuracy_best"] == summary["test_accuracy_last"]


def test_a_time_budget_ends_a_run_well_in_mid_epoch(lab: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "EXECUTION_S", 0.0)
    monkeypatch.setattr(Session, "fit_s", property(lambda self: 0.3 * self.step))  # an update takes 0.3 s
    work = submitted(lab, limited(time_budget_s=3))
    outcome = trained(work)
    summary = outcome.summary
    assert (outcome.status, outcome.error, summary["ended_by"]) == (Status.SUCCEEDED, "", "time_budget_s")
    assert (summary["steps_done"], summary["epochs_done"], len(validations(work))) == (10, 3, 3)
    assert summary["test_accuracy_last"] is not None
    assert lab.metrics.checkpoints(work.run.id)[-1].step == lab.metrics.snapshots(work.run.id)[-1].step == 10


class Killed(BaseException):
    """Stands for the end of a process."""


def test_a_run_that_was_killed_after_it_met_its_limit_does_not_train_on_when_it_is_resumed(
    lab: Store, patient: tuple[Work, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    through, expected = patient[0], patient[1].summary
    work = submitted(lab, limited(patience=2))
    with monkeypatch.context() as patch:
        patch.setattr(fit, "_outcome", killed)
        with pytest.raises(Killed):
            trained(work)
    lab.runs.move(work.run.id, Status.LOST)
    lab.runs.resume(work.run.id, LOCAL)
    outcome = trained(claimed(lab))
    assert outcome.status is Status.SUCCEEDED
    for name in ("ended_by", "steps_done", "epochs_done", "best_step", "test_accuracy_last", "test_accuracy_best"):
        assert outcome.summary[name] == expected[name], name
    assert points_of(work, "loss") == points_of(through, "loss")
    assert validations(work) == validations(through)


def test_a_run_that_fails_leaves_no_frame(lab: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    work = submitted(lab)
    work.files.save_frame(9, {"number": np.ones(1)})
    work.files.watch()
    monkeypatch.setattr(callbacks.Recorder, "on_execution_end", killed)
    with pytest.raises(Killed):
        trained(work)
    assert work.files.frame_stamp() == 0
    assert not work.files.is_watched()


def killed(*_: Any, **__: Any) -> Outcome:
    raise Killed


def test_a_run_that_blows_up_says_at_which_step_and_keeps_only_finite_weights(lab: Store) -> None:
    wild = CONFIG.changed(["optimizer=sgd", "learning_rate=10", "layers=flatten,dense:64:linear,dense:64:linear"])
    work = submitted(lab, replace(wild, epochs=40))
    outcome = trained(work)
    step = outcome.summary["steps_done"]
    assert outcome.status is Status.DIVERGED
    assert f"at step {step}" in outcome.error
    assert "learning rate is 10" in outcome.error
    assert list(points_of(work, "loss")) == list(range(step))
    assert not work.files.model.exists()
    for snapshot in lab.metrics.snapshots(work.run.id):
        arrays = work.files.load_snapshot(snapshot.step, "weights/")
        assert all(np.isfinite(array).all() for array in arrays.values())


def test_epochs_too_short_to_save_each_leave_the_same_best_network_and_all_their_numbers(
    lab: Store, through: tuple[Work, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "SAVED_EPOCHS", 0)
    monkeypatch.setattr(callbacks, "SAVE_SHARE", 1e-9)
    config = replace(CONFIG, epochs=5)
    every = submitted(lab, config)
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "SAVED_EPOCHS", 10)
        expected = trained(every).summary
    seldom = submitted(lab, config)
    found = trained(seldom).summary
    for name in ("best_step", "test_accuracy_best", "test_accuracy_last"):
        assert found[name] == expected[name], name
    assert points_of(seldom, "loss") == points_of(every, "loss")
    steps = [{checkpoint.step for checkpoint in lab.metrics.checkpoints(one.run.id)} for one in (seldom, every)]
    assert steps == [{found["best_step"], *kept} for kept in ({3, 15}, {12, 15})]


def test_the_best_is_kept_even_if_a_checkpoint_of_that_step_was_just_saved(
    lab: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "CHECKPOINT_S", 0.0)  # as when the last one is ten seconds old
    work = submitted(lab)
    summary = trained(work).summary
    assert summary["best_step"] is not None
    assert [c.step for c in lab.metrics.checkpoints(work.run.id) if c.best] == [summary["best_step"]]
    assert "probabilities_best" in work.files.load_predictions()


def test_data_that_changed_since_the_run_was_set_up_is_refused(lab: Store) -> None:
    work = submitted(lab, dataset_version="another")
    with pytest.raises(DatasetError, match=r"the data has changed.*version another.*Start a new run"):
        fit.train(work)


@pytest.mark.usefixtures("tiny_arrays")
def test_data_that_has_gone_meanwhile_is_prepared_anew(store: Store) -> None:
    work = submitted(store)
    fit._data(work)
    assert open_prepared(store.settings, "tiny").version == store.runs.get(work.run.id).dataset_version


def test_pretrained_weights_that_are_not_here_are_downloaded_before_the_network_is_built(
    lab: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_line(settings: Settings, file: Remote, say: object) -> None:
        raise UnreachableError(f"{file.name} could not be downloaded")

    monkeypatch.setattr(download, "_fetch", no_line)
    work = submitted(lab, CONFIG.changed(["layers=pretrained:mobilenet_v2:none,global_pool"]))
    with pytest.raises(UnreachableError, match=r"^mobilenet_v2_weights.*_no_top.h5 could not be downloaded"):
        fit.train(work)
