"""The network as a graph, on the page of a run and before it."""

import base64
from typing import Any

import numpy as np
import pytest

from core.datasets import open_prepared, prepare
from core.figures.network.dense import flat
from core.settings import Settings
from core.store import Run, Status, Store
from core.store.metrics import Snapshot
from pages._ui.components.graph.graph import UNTRAINED
from tests.pages.conftest import FakeProbe, Visit
from tests.support.past_runs import PastRuns
from tests.support.reading import boxes_of, data_of

WEIGHTS = [np.full(shape, 0.5, np.float32) for shape in ((2, 8), (8,), (8, 2), (2,))]  # of the preset `xor`


def weights(step: int) -> dict[str, np.ndarray]:
    return {f"weights/{index:04d}": array + step for index, array in enumerate(WEIGHTS)}


def moments(data: dict[str, Any]) -> dict[int, float]:
    """Return the first weight of each moment that was sent."""
    return {step: float(numbers(text)[0]) for step, text in data["frames"]}


def numbers(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4")


@pytest.fixture(autouse=True)
def _points(settings: Settings) -> None:
    """Prepare the points in a folder of this home alone: other tests tell of runs whose points are missing."""
    (settings.home / "prepared").unlink()
    prepare(settings, "xor")


@pytest.fixture
def running(past: PastRuns, store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of points under way, with a moment between its last snapshot and now."""

    def save(self: PastRuns, run: Run, step: int) -> None:
        store.files(run.id).save_snapshot(step, weights(step))
        store.metrics.add_snapshot(run.id, Snapshot(step, 0, 0.0))

    monkeypatch.setattr(PastRuns, "save_snapshot_of", save)
    run = past.running(step=20, family="mlp", dataset="xor", preset="xor")
    store.files(run.id).save_frame(25, {"weights": flat(weights(25))})
    return run


def test_a_run_under_way_sends_its_moments_so_far_and_the_newest(
    visit: Visit, running: Run, settings: Settings
) -> None:
    app = visit("mlp", run=running.id)
    data, newest = data_of(app, "graph"), data_of(app, "moments")
    assert data["isLive"]
    assert moments(data) == {0: 0.5, 20: 20.5}
    assert moments(newest) == {25: 25.5}
    assert newest["identity"] == data["identity"]
    examples, points = data["examples"], open_prepared(settings, "xor")
    x = numbers(examples["x"]).reshape(-1, 2)
    assert x.shape == (450, 2)
    assert {tuple(row) for row in x[: examples["training"]]} <= {tuple(row) for row in points.x_train}
    assert {tuple(row) for row in x[examples["training"] :]} <= {tuple(row) for row in points.x_test}


def test_the_moments_of_a_run_that_has_ended_are_its_snapshots(visit: Visit, running: Run, store: Store) -> None:
    store.runs.move(running.id, Status.SUCCEEDED, lease=running.lease, summary={"test_accuracy_last": 0.9})
    app = visit("mlp", run=running.id, mlp_view="Live", mlp_step="0")
    data = data_of(app, "graph")
    assert (data["isLive"], data["step"], moments(data)) == (False, 0, {0: 0.5, 20: 20.5})
    assert (data["offer"], data["steps"]) == ("Train on from here", [0, 20])


def test_who_may_not_see_the_data_is_sent_neither_examples_nor_weights(
    visit: Visit, running: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.shell.privacy.may_view", lambda *_: False)
    app = visit("mlp", run=running.id)
    assert [box["name"] for box in boxes_of(app)] == ["input", "dense_1", "logits", "probabilities"]
    assert {"graph", "moments"}.isdisjoint(str(node.key) for node in app if getattr(node, "key", None))


def test_the_network_of_the_form_is_drawn_before_it_is_trained(
    visit: Visit, probe: FakeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.studio.untrained.ask", lambda *asked, **more: weights(0))
    data = data_of(visit("mlp", preset="xor"), "graph")
    assert moments(data) == {UNTRAINED: 0.5}
    assert [layer["name"] for layer in data["layers"]] == ["dense_1", "logits", "probabilities"]
    assert data["examples"]["training"] == 300
