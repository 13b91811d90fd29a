"""The CNN page with a run: from Train to its results."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy.exc import DatabaseError, OperationalError

from core.config import Block, Config
from core.families.cnn import PRESETS
from core.settings import Settings
from core.store import Status, Store
from core.store.metrics import Point
from tests.pages.conftest import Visit
from tests.support.past_runs import KEY, ME, SOMEBODY_ELSE, PastRuns, frame, gallery, look
from tests.support.reading import captions, data_of, layers_seen, said, words_of
from tests.support.tab import Tab

ANYBODY = "c" * 32  # the key of a browser that owns nothing


# Train


def test_train_queues_a_run_of_this_visitor_with_what_is_set(
    visit: Visit, store: Store, foremen: list[Settings]
) -> None:
    app = visit("cnn", preset="article", layers="conv:4:3:relu,flatten", max_images="2000")
    app.slider(key="cnn_epochs").set_value(3)
    foremen.clear()
    app.button(key="train").click().run()
    assert not app.exception
    (run,) = store.runs.list(owners=[ME])
    expected = PRESETS["article"].config.changed(["layers=conv:4:3:relu,flatten", "max_images=0", "epochs=3"])
    assert run.config == expected.to_dict()
    assert (run.status, run.owner, run.dataset) == (Status.QUEUED, ME, "mnist_5k")
    assert (run.family, run.preset, run.dataset_version is None) == ("cnn", "article", False)
    assert app.query_params["run"] == run.id
    assert foremen


@pytest.mark.parametrize("run", [Tab.run, Tab.run_late])
def test_a_number_that_is_typed_and_left_by_pressing_train_is_trained_with(
    visit: Visit, store: Store, run: Callable[[Tab], Tab]
) -> None:
    app = visit("cnn", preset="article")
    app.number_input(key="cnn_seed").set_value(77)
    app.button(key="train").click()
    run(app)
    assert [found.config["seed"] for found in store.runs.list(owners=[ME])] == [77]
    assert app.query_params["run"] == store.runs.list(owners=[ME])[0].id
    run(app)
    assert len(store.runs.list(owners=[ME])) == 1  # a click counts once


def test_train_shows_the_new_run_live_even_if_results_of_another_were_open(
    visit: Visit, store: Store, past: PastRuns
) -> None:
    app = visit("cnn", run=past.finished().id)
    assert app.segmented_control(key="cnn_view").value == "Results"
    app.button(key="train").click().run()
    newest = store.runs.list(owners=[ME])[0]
    assert app.query_params["run"] == newest.id
    assert app.segmented_control(key="cnn_view").value == "Live"
    assert "Starting: TensorFlow is loading, about 10 s" in words_of(app)


def test_train_waits_for_the_data_if_it_is_not_prepared_yet(visit: Visit, store: Store, settings: Settings) -> None:
    (settings.home / "prepared").unlink()
    app = visit("cnn")
    assert "The data is being prepared" in words_of(app)
    app.button(key="train").click().run()
    assert not app.exception
    (run,), (preparation,) = store.runs.list(owners=[ME]), store.runs.list(kind="prepare")
    assert run.after == preparation.id
    assert "The data is being prepared, once for all runs." in words_of(app)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full")), "full"),
        (DatabaseError("INSERT", {}, sqlite3.DatabaseError("database disk image is malformed")), "core recover"),
    ],
)
def test_train_on_a_full_or_damaged_disk_is_one_clear_sentence(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch, error: DatabaseError, words: str
) -> None:
    def fails(*_: Any) -> None:
        raise error

    app = visit("cnn")
    monkeypatch.setattr("core.store.runs.runs.Runs.submit_all", fails)
    app.button(key="train").click().run()
    assert not app.exception
    (shown,) = app.error
    assert words in said(shown)


def test_a_full_disk_is_said_before_anybody_tries(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages._ui.shell.shell.is_full", lambda home: True)
    (shown,) = visit("cnn").error
    assert "The disk of this server is full: new training waits" in said(shown)


# Links to runs


def test_a_link_to_a_run_alone_takes_over_its_settings(visit: Visit, past: PastRuns) -> None:
    run = past.finished(preset="article", changes=["learning_rate=0.003", "epochs=7"])
    app = visit("cnn", run=run.id)
    assert app.select_slider(key="cnn_learning_rate").value == 0.003
    assert app.slider(key="cnn_epochs").value == 7
    expected = {"v": "3", "preset": "article", "learning_rate": "0.003", "epochs": "7", "dataset": "mnist_5k"}
    assert {**expected, "run": run.id}.items() <= dict(app.query_params).items()


@pytest.mark.parametrize("run_id", ["nothing", "1m8", "../../etc/passwd", "'; drop table runs; --", "%00", "x" * 3000])
def test_a_link_to_an_unknown_run_is_one_clear_sentence(visit: Visit, store: Store, run_id: str) -> None:
    app = visit("cnn", run=run_id)
    assert not app.exception
    (error,) = app.error
    assert said(error).startswith("there is no run")
    assert "Check the link" in said(error)
    assert "This network has not learned anything yet." in words_of(app)


def test_after_an_unknown_run_train_still_works(visit: Visit, store: Store) -> None:
    app = visit("cnn", run="nothing")
    app.button(key="train").click().run()
    assert not app.error
    assert app.query_params["run"] == store.runs.list(owners=[ME])[0].id


def test_a_link_to_a_task_that_is_no_training_is_one_clear_sentence(visit: Visit, past: PastRuns) -> None:
    task = past.queued(kind="prepare", family=None)
    app = visit("cnn", run=task.id)
    assert not app.exception
    (error,) = app.error
    assert "is not a CNN" in said(error)


def test_a_run_of_another_version_of_the_form_is_one_clear_sentence(visit: Visit, past: PastRuns) -> None:
    run = past.queued(config={**PRESETS["fast"].config.to_dict(), "schema": 99})
    app = visit("cnn", run=run.id)
    assert not app.exception
    (warning,) = app.warning
    assert "another version" in said(warning)
    assert visit("cnn").button(key="train")


# Waiting and training


def test_a_queued_run_says_its_place(visit: Visit, past: PastRuns) -> None:
    past.running(owner=SOMEBODY_ELSE)
    past.queued(owner=SOMEBODY_ELSE)
    app = visit("cnn", run=past.queued().id)
    assert "Waiting: 1 before you" in words_of(app)  # the one who trains has had a turn
    assert "its link opens the run again" in words_of(app)


def test_a_queued_run_stops_at_once(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.queued()
    app = visit("cnn", run=run.id)
    app.button(key="run_stop").click().run()
    assert store.runs.get(run.id).status is Status.STOPPED
    assert "Stopped" in words_of(app)
    assert app.button(key="run_resume").label == "Resume"


def test_a_running_run_shows_how_far_it_is(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.running(name="my digits").id)
    assert not app.exception
    assert "**Training, epoch 4 of 10**" in words_of(app)
    assert "my digits" in words_of(app)
    assert "0:12 left · 5,210 images/s · CPU" in words_of(app)
    (bar,) = app.get("progress")
    assert bar.value == 30


def test_stop_asks_the_worker_once(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.running()
    app = visit("cnn", run=run.id)
    assert app.button(key="run_stop").label == "Stop"
    app.button(key="run_stop").click().run()
    (asked,) = store.runs.pending(run.id)
    assert (asked.kind, asked.by) == ("stop", ME)
    assert store.runs.get(run.id).status is Status.RUNNING
    assert app.button(key="run_stop").label == "Stopping"
    assert app.button(key="run_stop").disabled


def test_stop_that_comes_too_late_alarms_nobody(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.running()
    app = visit("cnn", run=run.id)
    store.runs.move(run.id, Status.SUCCEEDED, lease=run.lease)
    app.button(key="run_stop").click().run()
    assert not app.exception
    assert not app.error
    assert "Finished" in words_of(app)


def test_the_results_of_a_run_that_still_trains_say_why_there_are_none(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.running().id)
    app.segmented_control(key="cnn_view").set_value("Results").run()
    assert "appear here when training has ended" in said(app.info[0])


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.STOPPED, Status.LOST])
# Results: more in test_cnn_results.py


def test_somebody_elses_run_has_no_buttons(visit: Visit, past: PastRuns, status: Status) -> None:
    made = {Status.QUEUED: past.queued, Status.RUNNING: past.running}
    run = made[status]() if status in made else past.ended(status)
    app = visit("cnn", run=run.id, key=ANYBODY)
    assert not app.exception
    assert run_buttons(app) == set()
    assert ("Only the visitor who started it can stop it." in captions(app)) is not status.is_final


# Stopped, lost, failed


@pytest.mark.parametrize(("status", "words"), [(Status.STOPPED, "Stopped"), (Status.LOST, "Interrupted")])
def test_a_run_that_was_broken_off_can_be_resumed(
    visit: Visit, store: Store, past: PastRuns, status: Status, words: str
) -> None:
    run = past.ended(status, error="Its worker process ended." if status is Status.LOST else "")
    app = visit("cnn", run=run.id)
    assert f"**{words} at step 30 of 100**" in words_of(app)
    assert [said(info) for info in app.info] == [run.error] * bool(run.error)
    app.button(key="run_resume").click().run()
    assert not app.exception
    assert store.runs.get(run.id).status is Status.QUEUED
    assert "Starting: TensorFlow is loading, about 10 s" in words_of(app)


@pytest.mark.parametrize(("key", "resumes"), [(KEY, True), (ANYBODY, False)])
def test_a_run_that_was_stopped_before_it_began_shows_a_sentence_and_what_can_be_done(
    visit: Visit, store: Store, past: PastRuns, key: str, resumes: bool
) -> None:
    run = past.queued()
    store.runs.stop(run.id, ME)
    app = visit("cnn", run=run.id, key=key)
    assert not app.exception
    (why,) = [said(info) for info in app.info]
    assert "stopped before it began" in why
    assert ("**Resume**" in why) == resumes
    drawn = [getattr(part, "key", "") for part in app]
    assert "run_curves" not in drawn
    assert not [name for name in drawn if str(name).startswith("look_")]
    assert "Starting" not in words_of(app)


def test_a_stopped_run_that_was_at_its_end_offers_nothing_to_resume(visit: Visit, past: PastRuns) -> None:
    tested = {"test_accuracy_last": 0.5, "test_size": 10, "epochs_done": 1}
    app = visit("cnn", run=past.ended(Status.STOPPED, step=100, summary=tested).id, cnn_view="Live")
    assert run_buttons(app) == {"run_results", "run_train_on"}


def test_a_run_that_was_lost_while_it_was_tested_can_be_resumed(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.ended(Status.LOST, step=100).id)
    assert app.button(key="run_resume").label == "Resume"


@pytest.mark.parametrize(("status", "leads_to"), [(Status.FAILED, "run_repeat"), (Status.DIVERGED, "run_results")])
def test_a_run_that_went_wrong_says_why_and_leads_on(
    visit: Visit, past: PastRuns, status: Status, leads_to: str
) -> None:
    run = past.ended(status, error="The loss became NaN at step 30; the learning rate is 10.")
    app = visit("cnn", run=run.id)
    assert not app.exception
    assert [said(error) for error in app.error] == [run.error]
    assert run_buttons(app) == {leads_to}


def test_a_run_that_failed_is_trained_again(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.ended(Status.FAILED, error="Its worker process ended.")
    app = visit("cnn", run=run.id)
    app.button(key="run_repeat").click().run()
    assert not app.exception
    (again,) = store.runs.list(status=[Status.QUEUED], kind="train", owners=[run.owner])
    assert (again.config, again.name) == (run.config, run.name)


def test_a_run_without_a_test_says_that_there_are_no_results(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.ended(Status.FAILED, error="It failed at /usr/lib/keras/x.py.").id)
    assert "It failed at x.py." in said(app.error[0])
    app.segmented_control(key="cnn_view").set_value("Results").run()
    assert not app.exception
    assert "ended before it could be tested" in said(app.info[0])


@pytest.mark.parametrize(
    ("changes", "ended_by", "words"),
    [
        (["patience=3"], "patience", "Ended early: 3 more epochs did not improve the validation accuracy."),
        (["target_accuracy=0.9"], "target_accuracy", "the validation accuracy reached the target of 90.0 %."),
        (["time_budget_s=20"], "time_budget_s", "Ended by its time budget of 20 s."),
    ],
)
@pytest.mark.parametrize("view", ["Live", "Results"])
def test_a_run_that_ended_before_its_last_epoch_says_why(
    visit: Visit, past: PastRuns, changes: list[str], ended_by: str, words: str, view: str
) -> None:
    run = past.finished(changes=["validation_fraction=0.2", *changes], summary={"ended_by": ended_by})
    app = visit("cnn", run=run.id, cnn_view=view)
    assert not app.exception
    assert words in captions(app.get_by_key("run_state"))


def test_a_run_that_came_to_its_last_epoch_says_nothing_of_an_end(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.finished(summary={"ended_by": ""}).id)
    assert "Ended" not in captions(app.get_by_key("run_state"))


# Live


def curve_rows(app: Tab) -> list[list[float | None]]:
    """Return the rows that the curves of the page's one run were sent."""
    [run] = data_of(app, "run_curves")["runs"]
    return run["rows"]


def test_all_points_from_step_0_are_drawn(visit: Visit, past: PastRuns) -> None:
    run = past.running(step=30)
    app = visit("cnn", run=run.id)
    sent = data_of(app, "run_curves")
    assert [row[1] for row in curve_rows(app)] == list(range(31))
    assert curve_rows(app)[0][4:] == [2.3, None, pytest.approx(0.1), None]
    assert [chart["title"] for chart in sent["charts"]] == ["Loss", "Accuracy"]
    assert sent["note"] == "Every step is drawn."


@pytest.mark.parametrize(("per_epoch", "epochs"), [(8, [0.0, 0.125, 2.5]), (None, [0, 0, 2])])
def test_a_point_says_its_epoch_in_parts_where_that_is_known_and_its_seconds(
    visit: Visit, store: Store, past: PastRuns, per_epoch: int | None, epochs: list[float]
) -> None:
    run = past.running(step=20)
    assert run.lease is not None
    progress = {**run.progress, **({"steps_per_epoch": per_epoch} if per_epoch else {})}
    store.runs.report(run.id, run.lease, progress=progress)
    rows = curve_rows(visit("cnn", run=run.id))
    assert [rows[step][2] for step in (0, 1, 20)] == epochs
    assert [rows[step][3] for step in (0, 1, 20)] == pytest.approx([0, 0.1, 2.0])


def test_a_full_run_of_the_script_sends_every_point_again(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.running(step=30).id)
    app.run()
    app.run()
    assert len(curve_rows(app)) == 31


def test_a_resumed_run_starts_the_curves_again(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.running()
    app = visit("cnn", run=run.id)
    [before] = data_of(app, "run_curves")["runs"]
    store.metrics.rewind(run.id, 10)
    app.run()
    [after] = data_of(app, "run_curves")["runs"]
    assert after["generation"] != before["generation"]
    assert [row[1] for row in after["rows"]] == list(range(11))


def test_a_long_run_says_how_many_of_its_steps_are_drawn(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.ended(Status.STOPPED, step=0, total_steps=5000)
    store.metrics.append(run.id, [Point(n, 0, n / 10, {"loss": 1.0, "accuracy": 0.5}) for n in range(1, 5001)])
    app = visit("cnn", run=run.id)
    trained = [row for row in curve_rows(app) if row[1] > 0]
    assert f" {len(trained):,} of 5,000" in data_of(app, "run_curves")["note"]


def test_a_tick_sends_only_what_is_new_and_shows_how_far_it_is(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.running(step=30)
    app = visit("cnn", run=run.id)
    app.tick()
    store.metrics.append(run.id, [Point(31, 3, 3.1, {"loss": 0.5, "accuracy": 0.9})])
    progress = {**run.progress, "step": 31, "epoch": 4}
    assert run.lease is not None
    store.runs.report(run.id, run.lease, progress=progress)
    app.tick()
    assert [row[1] for row in curve_rows(app)] == [31]
    assert "**Training, epoch 5 of 10**" in words_of(app)
    assert "train" not in app.drawn_anew  # nothing but the run itself was drawn again


def test_a_run_that_ends_while_it_is_watched_offers_its_results_and_stays(visit: Visit, past: PastRuns) -> None:
    run = past.running(step=100)
    app = visit("cnn", run=run.id)
    assert app.segmented_control(key="cnn_view").value == "Live"
    past.finish(run)
    app.tick()
    assert not app.exception
    assert app.segmented_control(key="cnn_view").value == "Live"
    assert "**Finished: 96.2 %**" in words_of(app)
    assert curve_rows(app)
    app.button(key="run_results").click().run()
    assert app.segmented_control(key="cnn_view").value == "Results"
    assert app.metric[0].value == "96.2 %"
    assert "run_results" not in [button.key for button in app.button]


def test_a_late_message_of_the_live_view_does_not_take_the_results_away(visit: Visit, past: PastRuns) -> None:
    run = past.running(step=100)
    app = visit("cnn", run=run.id)
    app.segmented_control(key="cnn_view").set_value("Code").run()
    app.segmented_control(key="cnn_view").set_value("Live").run()
    known = app.states
    past.finish(run)
    app.tick()
    app.button(key="run_results").click().run()
    app._run(known)  # from a browser that has not heard of the results yet
    assert app.segmented_control(key="cnn_view").value == "Results"


@pytest.mark.parametrize(("made", "says_so"), [("queued", True), ("running", True), ("finished", False)])
def test_settings_beside_a_run_that_is_not_over_are_for_the_next(
    visit: Visit, past: PastRuns, made: str, says_so: bool
) -> None:
    app = visit("cnn", run=getattr(past, made)(owner=SOMEBODY_ELSE).id)
    (heading,) = [part.value for part in app.subheader if part.value.startswith("Settings")]
    assert ("of the next run" in heading) == says_so


def test_settings_can_be_changed_while_a_run_is_watched(visit: Visit, past: PastRuns) -> None:
    run = past.running()
    app = visit("cnn", run=run.id)
    app.slider(key="cnn_epochs").set_value(5).run()
    app.button(key="cnn_layers_duplicate").click().run()
    app.tick()
    assert not app.exception
    assert app.query_params["epochs"] == "5"
    assert app.query_params["run"] == run.id
    assert "**Training, epoch 4 of 10**" in words_of(app)


def test_the_newest_snapshot_is_shown_while_it_trains(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.running(step=30).id)
    assert data_of(app, "look_kernels")["snapshot"] == "30"
    assert data_of(app, "look_kernels")["pictures"][0]["alt"]


def test_the_network_of_a_run_that_trains_shows_the_newest_of_snapshot_and_frame(
    visit: Visit, past: PastRuns, store: Store
) -> None:
    run = past.running(step=30)
    app = visit("cnn", run=run.id)
    assert data_of(app, "network")["snapshot"] == "30"
    assert {"input", "conv_1", "kernels/conv_1"} <= layers_seen(app)
    assert store.files(run.id).is_watched()
    store.files(run.id).save_frame(34, frame(34).to_arrays())
    app.tick()
    assert data_of(app, "network")["snapshot"] == "34"
    shown = data_of(app, "network")["frame"]["answer"]
    assert shown == pytest.approx(look(34)["probabilities"].tolist(), abs=1e-4)
    store.files(run.id).save_frame(20, frame(20).to_arrays())  # of an attempt before
    app.tick()
    assert data_of(app, "network")["snapshot"] == "30"


def test_a_chosen_snapshot_of_a_run_that_has_ended_moves_its_network(visit: Visit, past: PastRuns) -> None:
    run = past.finished()
    app = visit("cnn", run=run.id, cnn_view="Live")
    (slider,) = [one for one in app.select_slider if str(one.key).startswith("snapshot_")]
    newest, first = data_of(app, "network"), slider.options[0]
    slider.set_value(int(first)).run()
    chosen = data_of(app, "network")
    assert (newest["snapshot"], chosen["snapshot"]) == (slider.options[-1], first)
    assert chosen["frame"]["answer"] == pytest.approx(look(int(first))["probabilities"].tolist(), abs=1e-4)
    assert data_of(app, "look_kernels")["snapshot"] == first


def test_the_same_test_images_are_answered_in_each_snapshot(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.running(step=30).id)
    shown = data_of(app, "look_gallery")
    assert shown["snapshot"] == "30"
    answers = gallery(30)["gallery/probabilities"]
    said = [
        f"{'Right' if row.argmax() == n % 10 else 'Wrong'}: is {n % 10}, says {row.argmax()} ({100 * row.max():.0f} %)"
        for n, row in enumerate(answers)
    ]
    assert [picture["title"] for picture in shown["pictures"]] == said
    assert shown["pictures"][3]["bars"] == pytest.approx(answers[3].tolist(), abs=1e-4)
    assert "they do not influence training" in words_of(app)


def test_a_network_that_is_not_trained_says_when_test_images_come(visit: Visit) -> None:
    app = visit("cnn")
    assert data_of(app, "look_gallery")["pictures"] == []
    assert "They appear with the snapshots of a run" in words_of(app)


def test_the_moments_of_a_run_that_has_ended_can_be_chosen(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.ended(Status.STOPPED).id)
    (slider,) = [slider for slider in app.select_slider if slider.key.startswith("snapshot_")]
    assert slider.value == 30
    last = data_of(app, "look_kernels")
    slider.set_value(0).run()
    first = data_of(app, "look_kernels")
    assert (last["snapshot"], first["snapshot"]) == ("30", "0")
    assert last["pictures"][0]["png"] != first["pictures"][0]["png"]
    assert "After step 0," in words_of(app)
    app.pills(key="cnn_preset").set_value("lenet5").run()
    assert "not with the settings beside it" in words_of(app)


def test_before_the_first_moment_the_page_says_when_it_comes(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.queued().id)
    assert "The first snapshot is taken at step 0." in words_of(app)


def test_a_damaged_moment_leaves_the_rest_of_the_page(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.ended(Status.STOPPED)
    for path in (store.files(run.id).folder / "snapshots").iterdir():
        path.write_bytes(b"PK\x03\x04 torn")
    app = visit("cnn", run=run.id)
    assert not app.exception
    assert app.get_by_key("run_curves")


def test_somebody_elses_results_can_be_seen(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.finished(owner=SOMEBODY_ELSE).id)
    assert app.metric[0].value == "96.2 %"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "missing": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-2000]),
    "something else": lambda path: path.write_bytes(b"not a zip file at all"),
    "a byte flipped": flip,
    "an entry missing": lambda path: np.savez(path, ids=np.arange(3)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_answers_are_one_clear_sentence(visit: Visit, store: Store, past: PastRuns, damage: str) -> None:
    run = past.finished()
    DAMAGE[damage](store.files(run.id).folder / "predictions.npz")
    app = visit("cnn", run=run.id)
    assert not app.exception
    (error,) = app.error
    assert "predictions.npz" in said(error)
    assert "Traceback" not in said(error)
    app.segmented_control(key="cnn_view").set_value("Live").run()
    assert not app.error


def test_a_view_that_does_not_exist_is_ignored(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.finished().id, cnn_view="Nonsense")
    assert not app.exception
    assert app.segmented_control(key="cnn_view").value in ("Live", "Results")


def test_the_view_is_part_of_the_link(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.finished().id, cnn_view="Live")
    assert app.segmented_control(key="cnn_view").value == "Live"
    assert app.get_by_key("run_curves")


# What a visit keeps


def test_a_visit_keeps_no_arrays_and_no_models(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.finished().id)
    app.segmented_control(key="cnn_view").set_value("Live").run()
    kept = dict(app.session_state.to_dict())
    for leaf in leaves(kept):
        assert isinstance(leaf, str | int | float | Config | Block | None), type(leaf)
    assert len(json.dumps(kept, default=repr)) < 10_000


def run_buttons(app: Tab) -> set[str]:
    """Return what can be done with the run that is shown."""
    assert app.button(key="train")
    return {button.key for button in app.button if button.key.startswith("run_")}


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in leaves(part)]
    if isinstance(value, list | tuple | set):
        return [leaf for part in value for leaf in leaves(part)]
    return [value]
