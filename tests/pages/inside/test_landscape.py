"""The view Loss surface: the way of a run through the loss around its weights."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from core.store import Run, Store
from tests.pages.conftest import Visit
from tests.support.past_runs import PastRuns
from tests.support.reading import captions, data_of

SHAPES = [(784, 2), (2,), (2, 10), (10,)]
OF = {"family": "mlp", "preset": "digits", "changes": ["layers=dense:2:relu"]}


@pytest.fixture
def run(past: PastRuns, store: Store) -> Run:
    run = past.finished(**OF)
    for step in (0, 100):
        weights = {f"weights/{k:04d}": np.full(shape, step / 100, np.float32) for k, shape in enumerate(SHAPES)}
        store.files(run.id).save_snapshot(step, weights)
    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The questions that the probe was asked about surfaces."""
    found: list[dict[str, Any]] = []

    def ask(store: Store, run: Run, step: int, method: str, given: np.ndarray, **options: Any) -> dict[str, np.ndarray]:
        found.append({"method": method, "step": step, **options})
        return {"losses": np.arange(1.0, 5.0).reshape(2, 2), "examined": np.array(256)}

    monkeypatch.setattr("pages._ui.inside.subject.ask_snapshot", ask)
    return found


def surfaces(asked: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in asked if one["method"] == "loss_surface"]


def test_the_way_is_drawn_over_the_loss_along_it(visit: Visit, run: Run, asked: list[dict[str, Any]]) -> None:
    app = visit("inside", run=run.id, inside_view="Loss surface")
    assert not app.exception
    [one] = surfaces(asked)
    assert one["loss"] == "cross_entropy"
    assert one["along"].shape == (2, 1600)
    assert "from 1.00 (dark) to 4.00 (light)" in captions(app)
    assert "hold 100.0 % of the way" in captions(app)
    assert "after step 100" in data_of(app, "landscape")["figure"]


def test_two_weights_can_be_chosen_by_name(visit: Visit, run: Run, asked: list[dict[str, Any]]) -> None:
    app = visit("inside", run=run.id, inside_view="Loss surface")
    app.segmented_control(key="landscape_way").set_value("Over two weights").run()
    app.selectbox(key=f"landscape_1_{run.id}").set_value(1599).run()
    assert not app.exception
    last = surfaces(asked)[-1]["along"]
    assert np.flatnonzero(last[0]).tolist() == [0]
    assert np.flatnonzero(last[1]).tolist() == [1599]
    assert "logits bias 9, change from now" in data_of(app, "landscape")["figure"]


def test_one_moment_is_no_way(visit: Visit, past: PastRuns, asked: list[dict[str, Any]]) -> None:
    run = past.running(step=0, **OF)
    app = visit("inside", run=run.id, inside_view="Loss surface")
    assert "One saved moment is no way yet" in app.info[0].value
    assert not surfaces(asked)
