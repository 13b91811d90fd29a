"""What the browser is sent of the curves of several runs."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import streamlit as st

from core.families import find_family
from core.figures.colours import RUNS, TRAINING, VALIDATION
from core.store import Run, Store
from core.store.metrics import Point
from core.store.records import NewRun
from pages._ui.runs import curves, metrics_cache
from pages._ui.runs.curves import draw_curves, send_anew

Sent = Callable[..., dict[str, Any]]


@pytest.fixture
def sent(store: Store, monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Draw the curves of runs as they are now, and return what the component is sent."""
    state: dict[str, Any] = {}
    taken: list[dict[str, Any]] = []
    monkeypatch.setattr(metrics_cache, "FRESH_S", -1.0)
    monkeypatch.setattr(metrics_cache.shell, "store", lambda: store)
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(
        "pages._ui.components.charts.live_chart._component", lambda **given: taken.append(given["data"])
    )
    metrics_cache.points_of.clear()
    send_anew()

    def drawn(runs: Sequence[Run], **how: Any) -> dict[str, Any]:
        draw_curves([store.runs.get(run.id) for run in runs], **how)
        return json.loads(json.dumps(taken[-1]))

    return drawn


def queue(store: Store, family: str = "cnn", dataset: str = "mnist_5k", name: str = "a run") -> Run:
    config = find_family(family).preset_for(curves.shell.dataset(dataset).spec, dataset).config.to_dict()
    return store.runs.submit(
        NewRun(kind="train", dataset=dataset, family=family, owner="ann", name=name, config=config)
    )


def add(store: Store, run: Run, *steps: int) -> None:
    store.metrics.append(run.id, [Point(step, 0, float(step), {"loss": 1 / (1 + step)}) for step in steps])


def steps_of(sent: dict[str, Any]) -> list[list[int]]:
    return [[row[1] for row in run["rows"]] for run in sent["runs"]]


def test_each_run_is_sent_its_own_points_and_only_those_that_are_new(store: Store, sent: Sent) -> None:
    one, two = queue(store), queue(store)
    add(store, one, 0, 1)
    add(store, two, 0)
    assert steps_of(sent([one, two])) == [[0, 1], [0]]
    sent([one, two])  # the first update once more, since it may have been lost
    add(store, one, 2, 3)
    assert steps_of(sent([one, two])) == [[2, 3], []]
    assert steps_of(sent([one, two])) == [[2, 3], []]
    assert steps_of(sent([one, two])) == [[], []]
    add(store, two, 1)
    assert steps_of(sent([one, two])) == [[], [1]]


def test_another_generation_starts_its_run_anew_and_no_other(store: Store, sent: Sent) -> None:
    one, two = queue(store), queue(store)
    for run in (one, two):
        add(store, run, 0, 1, 2)
    before = sent([one, two])
    sent([one, two])
    store.metrics.rewind(two.id, 1)
    after = sent([one, two])
    assert steps_of(after) == [[], [0, 1]]
    assert [run["generation"] for run in before["runs"]] == [0, 0]
    assert [run["generation"] for run in after["runs"]] == [0, 1]


def test_a_run_that_joins_is_sent_whole_and_the_others_are_not(store: Store, sent: Sent) -> None:
    one, two = queue(store), queue(store)
    for run in (one, two):
        add(store, run, 0, 1)
    sent([one])
    sent([one])
    assert steps_of(sent([one, two])) == [[], [0, 1]]


def test_a_full_run_of_the_script_sends_everything_again(store: Store, sent: Sent) -> None:
    run = queue(store)
    add(store, run, 0, 1)
    for _ in range(3):
        sent([run])
    send_anew()
    assert steps_of(sent([run])) == [[0, 1]]


def test_what_happened_is_looked_for_once_in_each_fiftieth_of_a_run(store: Store, sent: Sent) -> None:
    run = queue(store)
    claimed = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert claimed is not None
    told = []
    for step, loss in ((1, 1.0), (2, 9.0), (20, 99.0), (21, 999.0)):
        store.metrics.append(run.id, [Point(step, 0, 0.0, {"loss": loss})])
        store.runs.report(run.id, claimed.lease, progress={"step": step, "total_steps": 1000})
        told.append([mark["step"] for mark in sent([run])["marks"]])
    assert told == [[], [], [20], [20]]


def test_runs_have_names_and_different_colours(store: Store, sent: Sent) -> None:
    runs = [queue(store, name=f"run {number}") for number in range(12)]
    drawn = sent(runs)["runs"]
    assert [run["label"] for run in drawn] == [run.name for run in runs]
    assert len({run["color"] for run in drawn}) == 12 == len(RUNS)


def test_the_metrics_of_one_run_have_the_colours_of_training_and_validation(store: Store, sent: Sent) -> None:
    loss, *_ = sent([queue(store)])["charts"]
    assert dict(zip(loss["names"], loss["colors"], strict=True)) == {"training": TRAINING, "validation": VALIDATION}


def test_runs_of_several_families_share_the_charts_that_they_have_in_common(store: Store, sent: Sent) -> None:
    cnn, mlp, gan = queue(store), queue(store, "mlp"), queue(store, "gan")
    for run in (cnn, mlp):
        store.metrics.append(run.id, [Point(0, 0, 0.0, {"loss": 2.0, "accuracy": 0.1})])
    store.metrics.append(gan.id, [Point(0, 0, 0.0, {"d_loss": 1.0, "loss": 9.0})])
    drawn = sent([cnn, mlp, gan])
    titles = [chart["title"] for chart in drawn["charts"]]
    assert titles[:2] == ["Loss", "Accuracy"]
    assert titles.count("Accuracy") == 1
    loss, accuracy = (chart["columns"][0] for chart in drawn["charts"][:2])
    values = [[row[0][loss], row[0][accuracy]] for row in (run["rows"] for run in drawn["runs"])]
    assert values == [[2.0, 0.1], [2.0, 0.1], [None, None]]  # a GAN has no such chart, whatever it measures
    columns = [column for chart in drawn["charts"] for column in chart["columns"]]
    assert columns == list(range(4, len(drawn["runs"][0]["rows"][0])))


def test_numbers_in_other_units_are_not_drawn_in_one_chart(store: Store, sent: Sent) -> None:
    classes, number = queue(store, "mlp"), queue(store, "mlp", "hills")
    for run, loss in ((classes, 2.0), (number, 7.0)):
        store.metrics.append(run.id, [Point(0, 0, 0.0, {"loss": loss})])
    drawn = sent([classes, number])
    columns = {chart["unit"]: chart["columns"][0] for chart in drawn["charts"] if chart["title"] == "Loss"}
    assert len(columns) == 2
    losses = [[run["rows"][0][column] for column in columns.values()] for run in drawn["runs"]]
    assert losses == [[2.0, None], [None, 7.0]]


def test_one_chart_can_be_asked_for(store: Store, sent: Sent) -> None:
    run = queue(store)
    assert [chart["title"] for chart in sent([run], metric="accuracy")["charts"]] == ["Accuracy"]


def test_runs_of_one_set_share_a_colour_and_each_says_how_many_examples_an_epoch_has(store: Store, sent: Sent) -> None:
    runs = [queue(store) for _ in range(3)]
    drawn = sent(runs, sets=["x", "y", "x"])["runs"]
    assert [run["color"] for run in drawn] == [RUNS[0], RUNS[1], RUNS[0]]
    assert [run["set"] for run in drawn] == ["x", "y", "x"]
    config = find_family("cnn").config_type.from_dict(runs[0].config)
    spec = curves.shell.dataset("mnist_5k").spec
    assert {run["examples"] for run in drawn} == {spec.train_size - config.validation_size(spec)}
