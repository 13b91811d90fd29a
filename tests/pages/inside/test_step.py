"""Inside, One step: what is asked of the probe, what the graph is sent, and who sees what of it."""

import json
from typing import Any

import numpy as np
import pytest

from core.families.mlp import PRESETS
from core.store import Run
from pages._ui.components.backprop.backprop import Walked, walked_in
from pages._ui.components.drawing.canvas import CanvasDrawing
from tests.pages.conftest import Visit
from tests.pages.data.test_private_data import private
from tests.pages.inside.test_page import INK
from tests.support import one_step
from tests.support.past_runs import PastRuns
from tests.support.reading import captions, data_of, views_of, words_of

__all__ = ["private"]

VIEW = {"inside_view": "One step"}
LOCKED = np.array([[[False, True]], [[True, True]]])
LOCKS = {
    "functions": np.stack([np.frombuffer(b'{"dense_1": "tanh"}', np.uint8)] * 2),
    "examples": np.array([256, 256]),
    "counts/dense_1": np.ones((2, 4), np.int64),
    "edges/dense_1": np.tile(np.linspace(-2, 2, 5), (2, 1)),
    "locked/dense_1": LOCKED[:, 0],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the page asks the probe."""
    found: list[tuple[str, dict[str, Any]]] = []

    def answer(store: Any, run: Any, step: int, method: str, given: Any, **options: Any) -> dict[str, np.ndarray]:
        question = json.loads(options["asked"])
        found.append((method, {**question, "wanted": options["wanted"], "given": given, "step": step}))
        return one_step.answer(given, options["wanted"], question)

    def over_time(store: Any, run: Any, steps: Any, method: str, given: Any, **options: Any) -> dict[str, np.ndarray]:
        found.append((method, {"steps": list(steps)}))
        return LOCKS

    monkeypatch.setattr("pages._ui.inside.subject.ask_snapshot", answer)
    monkeypatch.setattr("pages._ui.inside.moments.history.ask_over_time", over_time)
    for module in ("subject", "step.locks"):
        monkeypatch.setattr(f"pages._ui.inside.{module}.PATIENCE_S", 30.0)
    return found


def points(past: PastRuns, **new: Any) -> Run:
    config = PRESETS["xor"].config.to_dict()
    return past.running(**{"step": 100, "family": "mlp", "dataset": "xor", "preset": "xor", "config": config, **new})


def digits(past: PastRuns, **new: Any) -> Run:
    return past.finished(family="mlp", preset="digits", **new)


def test_a_point_is_stepped_with_the_runs_optimiser_first(visit: Visit, past: PastRuns, asked: list[Any]) -> None:
    run = points(past)
    app = visit("inside", run=run.id, **VIEW)
    assert not app.exception
    sent = data_of(app, f"step_graph_{run.id}")
    assert sent["names"] == [["x", "y"], ["h1", "h2", "h3", "h4"], ["blue", "orange"]]
    assert [(rule["title"], rule["isOwn"]) for rule in sent["about"]["rules"]][:2] == [("Adam", True), ("SGD", False)]
    assert (sent["taken"], sent["examples"]) == (0, ["this point"])
    (_, question) = asked[0]
    assert [rule["settings"]["rate"] for rule in question["rules"]] == pytest.approx([0.0005] * 6)
    app.selectbox(key=f"step_right_{run.id}_None").select(1).run()
    app.select_slider(key=f"step_rate_{run.id}").set_value(10.0).run()
    assert asked[-1][1]["wanted"].tolist() == [1.0]
    assert asked[-1][1]["rules"][0]["settings"]["rate"] == pytest.approx(0.005)
    assert "they are not on this server" in captions(app) or "it is not on this server" in captions(app)


def test_a_step_has_the_rate_that_the_run_had_then_and_says_that_its_loss_is_another(
    visit: Visit, past: PastRuns, asked: list[Any]
) -> None:
    config = {**PRESETS["xor"].config.to_dict(), "loss": "focal"}
    run = points(past, config=config, steering={"changes": [[10, "learning_rate", 0.002]]})
    app = visit("inside", run=run.id, **VIEW)
    assert asked[0][1]["rules"][0]["settings"]["rate"] == pytest.approx(0.002)
    assert "another loss small, focal" in data_of(app, f"step_graph_{run.id}")["words"]


def test_steps_are_taken_from_where_they_began(
    visit: Visit, past: PastRuns, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = points(past)
    monkeypatch.setattr("pages._ui.inside.step.view.walked_in", lambda key, mark: Walked(2, 1))
    app = visit("inside", run=run.id, **VIEW)
    assert (asked[-1][1]["taken"], asked[-1][1]["by"]) == (2, 1)
    assert data_of(app, f"step_graph_{run.id}")["taken"] == 2


def test_a_walk_counts_from_its_own_start_only(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"mark": "here", "taken": 3, "by": 1}
    monkeypatch.setattr("streamlit.session_state", {"key": {"walked": told}, "bad": {"walked": {"taken": "x"}}})
    assert walked_in("key", "here") == Walked(3, 1)
    assert walked_in("key", "elsewhere") == walked_in("bad", "here") == walked_in("none", "here") == Walked()


def test_a_batch_has_training_images_and_locks_are_told_with_their_step(
    visit: Visit, past: PastRuns, asked: list[Any]
) -> None:
    run = digits(past)
    app = visit("inside", run=run.id, inside_input="test.3", **VIEW)
    app.selectbox(key=f"step_count_{run.id}").select(4).run()
    assert asked[-1][1]["given"].shape == (4, 28, 28, 1)
    assert len(asked[-1][1]["wanted"]) == 4
    assert data_of(app, f"step_graph_{run.id}")["examples"][1:] == [f"training image {k}" for k in (1, 2, 3)]
    assert ":material/lock: since step 100: unit 1" in words_of(app)
    assert ":material/lock: from the beginning: unit 2" in words_of(app)
    app.run()
    locks = {"0": "saturated since step 100", "1": "saturated from the beginning"}
    assert data_of(app, f"step_graph_{run.id}")["locks"] == {"dense_1": locks}
    app.multiselect(key=f"step_units_{run.id}_0").select(5).run()
    assert asked[-1][1]["shown"] == {"0": [5]}
    assert data_of(app, f"step_graph_{run.id}")["names"][0] == ["px 1,6"]


def test_a_stranger_sees_no_weight_or_gradient_of_private_data(
    visit: Visit, past: PastRuns, asked: list[Any], private: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.inside.given.source.drawn", lambda key: CanvasDrawing(4, INK, False))
    run = digits(past, dataset=private)
    app = visit("inside", key="c" * 32, run=run.id, **VIEW)
    assert not app.error
    assert asked == []
    assert "The weights and gradients of its steps are shown only to the owner" in words_of(app)


def test_only_chains_of_dense_layers_have_this_view_and_their_results_lead_there(
    visit: Visit, past: PastRuns, asked: list[Any]
) -> None:
    images = visit("inside", run=past.finished().id, **VIEW)
    assert "One step" not in views_of(images)
    run = digits(past)
    app = visit("mlp", run=run.id, mlp_view="Results")
    (link,) = [one.proto for one in app.page_link if one.label.startswith("One step: how backpropagation")]
    assert link.query_string == f"run={run.id}&inside_view=One+step"
