"""Runs from the command line to their files, through the real queue and a real worker."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import psutil
import pytest

from core.cli.report import SUMMARY_KEYS
from core.datasets import open_prepared, prepare
from core.errors import ProbeError
from core.families.cnn import PRESETS
from core.jobs.queue import read_queue
from core.probe.client import Subject, ask
from core.store import Status
from core.store.records import LOCAL
from tests.support.lab import SLOW_50, SOON_S, TINY, Lab


def test_train_reports_the_promised_keys(finished: dict) -> None:
    assert set(finished) == {"run", "status", *SUMMARY_KEYS}
    assert finished["status"] == "succeeded"
    assert finished["epochs_done"] == 1  # 540 images an epoch, 1,000 in all
    assert all(finished[key] is not None for key in SUMMARY_KEYS)


def test_run_again_finds_every_number_equal_to_the_last_digit(shared_lab: Lab, finished: dict) -> None:
    found = json.loads(shared_lab.command("run-again", finished["run"], "--json"))
    assert found["match"], found["sentence"]
    names = {number["name"] for number in found["numbers"]}
    assert names >= {"loss", "val_accuracy", "test_accuracy_last"}
    assert found["test_accuracy_last"] == finished["test_accuracy_last"]


def test_show_and_runs_tell_the_same_as_train(shared_lab: Lab, finished: dict) -> None:
    shown = json.loads(shared_lab.command("show", finished["run"], "--json"))
    assert shown.items() >= finished.items()
    assert shown["name"] == "mine"
    assert finished in json.loads(shared_lab.command("runs", "--json"))


def test_the_saved_model_gives_the_reported_accuracy_from_raw_images(shared_lab: Lab, finished: dict) -> None:
    data = open_prepared(shared_lab.settings, "mnist_5k")
    model = keras.saving.load_model(shared_lab.store.files(finished["run"]).model)
    answers = model(np.asarray(data.x_test)).numpy()
    assert (answers.argmax(1) == data.y_test).mean() == pytest.approx(finished["test_accuracy_last"], abs=1e-6)
    assert model.count_params() == finished["parameters"]


def test_saved_predictions_are_those_of_last_and_best(shared_lab: Lab, finished: dict) -> None:
    found = shared_lab.store.files(finished["run"]).load_predictions()
    for which in ("last", "best"):
        answers = found[f"probabilities_{which}"]
        right = (answers.argmax(1) == found["y_true"]).mean()
        assert answers.dtype == np.float32
        assert right == pytest.approx(finished[f"test_accuracy_{which}"], abs=1e-6)


def test_every_update_left_one_point_and_validation_came_after_each_epoch(shared_lab: Lab, finished: dict) -> None:
    points = shared_lab.store.metrics.since(finished["run"])
    total = shared_lab.run(finished["run"]).progress["total_steps"]
    assert shared_lab.steps_seen(finished["run"]) == list(range(total + 1))
    assert [p.step for p in points if "val_loss" in p.values] == [9, total]


def test_saved_moments_are_log_spaced_and_hold_weights_and_views(shared_lab: Lab, finished: dict) -> None:
    steps = [snapshot.step for snapshot in shared_lab.store.metrics.snapshots(finished["run"])]
    arrays = shared_lab.store.files(finished["run"]).load_snapshot(0)
    assert steps[0] == 0
    assert steps[-1] == shared_lab.run(finished["run"]).progress["total_steps"]
    views = {"weights", "maps", "units", "kernels", "probabilities", "gallery"}
    assert {name.split("/")[0] for name in arrays} == views


def test_a_rate_that_is_too_high_ends_as_diverged_with_a_reason(shared_lab: Lab) -> None:
    layers = "layers=conv:4:3:linear,flatten,dense:32:linear,dense:32:linear"
    wild = ["--set", layers, "--set", "optimizer=sgd", "--set", "learning_rate=10", "--set", "precision=float32"]
    out = shared_lab.command("train", "cnn", "--preset", "article", *wild, "--json", status=1)
    run = shared_lab.run(json.loads(out)["run"])
    assert run.status is Status.DIVERGED
    assert f"step {run.progress['step']}" in run.error or "at step" in run.error
    assert "learning rate is 10" in run.error
    assert all(np.isfinite(list(p.values.values())).all() for p in shared_lab.store.metrics.since(run.id))


def test_detach_does_not_wait_and_stop_ends_a_run_between_updates_and_keeps_what_it_learned(shared_lab: Lab) -> None:
    said = json.loads(shared_lab.command("train", "cnn", *SLOW_50, "--detach", "--json"))
    assert set(said) == {"run", "status"}
    assert said["status"] in (Status.QUEUED, Status.RUNNING)  # a spare may have taken it already
    run_id = said["run"]
    shared_lab.wait_for_step(run_id, 3)
    shared_lab.command("stop", run_id)
    run = shared_lab.run(run_id)
    done = shared_lab.store.metrics.checkpoints(run_id)[-1].step
    assert run.status is Status.STOPPED
    assert 3 <= done < run.progress["total_steps"]
    assert shared_lab.store.runs.controls(run_id)[0].applied_step == done
    assert shared_lab.store.files(run_id).model.is_file()


def test_a_second_run_waits_for_the_first_and_may_leave_the_queue(shared_lab: Lab) -> None:
    first, second = shared_lab.train(*SLOW_50), shared_lab.train(*TINY)
    shared_lab.wait_for_step(first, 1)
    waiting = shared_lab.run(second)
    assert waiting.status is Status.QUEUED
    assert read_queue(shared_lab.store).wait(waiting).ahead == 1
    assert shared_lab.store.runs.stop(second, LOCAL).status is Status.STOPPED
    shared_lab.store.runs.stop(first, LOCAL)
    shared_lab.wait_for(first, Status.STOPPED)


def test_a_worker_that_needs_too_much_memory_is_ended_with_a_sentence(lab: Lab) -> None:
    prepare(lab.settings, "mnist_5k")
    small = Lab(replace(lab.settings, memory_mb=300))
    run = small.wait_for(small.train(*SLOW_50), Status.FAILED)
    assert "more than 300 MB" in run.error


# The probe


def test_the_probe_sees_what_numpy_computes_from_the_saved_weights(shared_lab: Lab, finished: dict) -> None:
    run = shared_lab.run(finished["run"])
    config = PRESETS["fast"].config.from_dict(run.config)
    moment = shared_lab.store.metrics.snapshots(run.id)[-1].step
    image = np.array(open_prepared(shared_lab.settings, "mnist_5k").x_test[0])
    subject = Subject("cnn", "mnist_5k", config, run.id, moment)
    seen = ask(shared_lab.settings, subject, "feature_maps", image, deadline_s=SOON_S, actor=LOCAL)
    weights = shared_lab.store.files(run.id).load_snapshot(moment, "weights/")
    kernel, bias = weights["weights/0000"], weights["weights/0001"]
    windows = np.lib.stride_tricks.sliding_window_view(image[..., 0] / 255, (3, 3))  # (26, 26, 3, 3)
    expected = np.maximum(np.einsum("yxij,ijf->yxf", windows, kernel[:, :, 0]) + bias, 0)
    np.testing.assert_allclose(seen["maps/conv_1"], expected, atol=1e-5)
    assert seen["probabilities"].sum() == pytest.approx(1, abs=1e-5)


def test_random_weights_follow_the_seed(shared_lab: Lab) -> None:
    image = np.zeros((28, 28, 1), np.uint8)
    first, same, other = (
        ask(
            shared_lab.settings,
            Subject("cnn", "mnist_5k", PRESETS["article"].config.changed([f"seed={seed}"])),
            "feature_maps",
            image,
            deadline_s=SOON_S,
            actor=LOCAL,
        )["kernels/conv_1"]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 0


def test_a_question_that_makes_no_sense_gets_a_sentence(shared_lab: Lab) -> None:
    subject = Subject("cnn", "mnist_5k", PRESETS["article"].config)
    with pytest.raises(ProbeError, match="does not fit"):
        ask(shared_lab.settings, subject, "feature_maps", np.zeros((8, 8, 1), np.uint8), deadline_s=SOON_S, actor=LOCAL)
    with pytest.raises(ProbeError, match="no_such_method"):
        ask(
            shared_lab.settings,
            subject,
            "no_such_method",
            np.zeros((28, 28, 1), np.uint8),
            deadline_s=SOON_S,
            actor=LOCAL,
        )


def test_only_this_user_can_reach_the_probe(shared_lab: Lab) -> None:
    socket = shared_lab.settings.home / "probe.sock"
    for path in (socket, shared_lab.settings.home / "probe.key"):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_the_foreman_never_loads_tensorflow(shared_lab: Lab, finished: dict) -> None:
    [foreman] = shared_lab.processes("core.jobs.foreman")
    assert not any("tensorflow" in region.path for region in foreman.memory_maps())
    assert any("tensorflow" in region.path for region in psutil.Process(shared_lab.spare().pid).memory_maps())


def test_a_number_is_learned_told_by_its_errors_and_answered_for_rows(shared_lab: Lab, tmp_path: Path) -> None:
    options = ["--preset", "diabetes", "--set", "epochs=5", "--json"]
    told = json.loads(shared_lab.command("train", "mlp", *options))
    assert told["test_r2_last"] < 1
    assert told["test_rmse_last"] > told["test_mae_last"] > 0
    data, asked = open_prepared(shared_lab.settings, "diabetes"), tmp_path / "rows.csv"
    pd.DataFrame(data.x_test[:3], columns=data.spec.features.names).to_csv(asked, index=False)
    answers = json.loads(shared_lab.command("predict", told["run"], str(asked), "--json"))
    assert [(row["file"], row["row"]) for row in answers] == [(str(asked), number) for number in (1, 2, 3)]
    said = shared_lab.store.files(told["run"]).load_predictions()["values_last"][:3]
    np.testing.assert_allclose([row["value"] for row in answers], said, rtol=1e-3)
