"""Home: what networks say of a drawing, and training one's own."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import ProbeError
from core.families.cnn import PRESETS
from core.runs.demo_run import ensure_demo_run, find_demo_run
from core.store import Run, Status, Store
from pages._ui.components.drawing.canvas import CanvasDrawing
from tests.pages.conftest import FakeProbe, Visit
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns, look
from tests.support.reading import data_of, said

INK = np.zeros((84, 84), np.uint8)
INK[10:70, 40:48] = 255


@pytest.fixture
def demo(store: Store, past: PastRuns) -> Run:
    """The demo network, trained."""
    run = ensure_demo_run(store)
    claimed = store.runs.claim("train", host="there", slot="train-demo", pid=1)
    assert claimed is not None
    assert claimed.id == run.id
    for step in (0, 50, 100):
        past.save_snapshot_of(claimed, step)
    return past.finish(claimed)


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something is drawn, and the pen is up."""
    monkeypatch.setattr("pages._ui.home.first_minute.drawn", lambda key: CanvasDrawing(7, INK, False))


def voices(app: AppTest) -> list[dict]:
    return data_of(app, "home_reading")["series"]


def paper(app: AppTest) -> dict:
    return data_of(app, "home_canvas")


def test_a_new_home_queues_the_demo_network_once(visit: Visit, store: Store) -> None:
    visit("home")
    visit("home", key="b" * 32)
    (run,) = store.runs.list()
    assert find_demo_run(store) == run
    assert run.priority < 0


def test_before_anything_is_drawn_the_canvas_says_what_to_do(visit: Visit, demo: Run) -> None:
    app = visit("home")
    assert not app.exception
    assert paper(app)["hint"] == "Draw a digit, 0 to 9"
    assert [sample["alt"] for sample in paper(app)["samples"]] == [f"A handwritten {digit}" for digit in range(10)]
    (voice,) = voices(app)
    assert (voice["title"], voice["snapshots"], voice["empty"]) == ("Demo network", [], "is ready")


def test_a_drawing_is_read_by_the_demo_network_at_all_its_snapshots(
    visit: Visit, demo: Run, draw: None, probe: FakeProbe
) -> None:
    app = visit("home")
    (voice,) = voices(app)
    assert [snapshot["label"] for snapshot in voice["snapshots"]] == ["untrained", "after step 50", "at the end"]
    for moment, step in zip(voice["snapshots"], (0, 50, 100), strict=True):
        np.testing.assert_allclose(moment["values"], look(step)["probabilities"], atol=1e-4)
    assert {subject.run for subject in probe.asked if subject.run} == {demo.id}
    assert paper(app)["seen"] == 7
    assert paper(app)["again_ms"] is None
    seen = data_of(app, "home_filters")
    assert (seen["maps"]["count"], seen["kernels"]["count"]) == (2, 2)


def test_while_the_pen_is_down_only_the_newest_snapshot_is_asked(
    visit: Visit, demo: Run, probe: FakeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.home.first_minute.drawn", lambda key: CanvasDrawing(3, INK, True))
    (voice,) = voices(visit("home"))
    assert [snapshot["label"] for snapshot in voice["snapshots"]] == ["at the end"]
    assert [subject.step for subject in probe.asked if subject.run] == [100]


def test_a_probe_that_wakes_up_is_said_and_the_drawing_is_sent_again(
    visit: Visit, demo: Run, draw: None, probe: FakeProbe
) -> None:
    probe.is_awake = False
    app = visit("home")
    assert not app.exception
    assert not app.error
    assert data_of(app, "home_reading")["note"] == "The process that reads drawings is busy."
    assert paper(app)["again_ms"] > 0


def test_train_queues_a_run_of_mine_like_the_demos_with_chance_of_its_own(
    visit: Visit, store: Store, demo: Run
) -> None:
    app = visit("home")
    app.button(key="home_train_button").click().run()
    assert not app.exception
    (run,) = store.runs.list(owners=[ME])
    assert run.config == replace(PRESETS["fast"].config, seed=run.config["seed"]).to_dict()
    assert run.config["seed"] != demo.config["seed"]
    assert run.priority > demo.priority
    assert [voice["title"] for voice in voices(app)] == ["Demo network", "Your network"]
    assert voices(app)[1]["empty"] == "is waiting for its turn"
    assert not [button for button in app.button if button.key == "home_train_button"]


def test_behind_others_the_finished_one_reads_meanwhile_and_is_called_so(
    visit: Visit, past: PastRuns, demo: Run
) -> None:
    past.running(owner=SOMEBODY_ELSE)
    past.queued()
    captions = [caption.value for caption in visit("home").caption]
    assert "Meanwhile, draw for the demo network, which is already trained." in captions


def test_while_mine_learns_both_networks_read_the_same_drawing(
    visit: Visit, past: PastRuns, demo: Run, draw: None
) -> None:
    past.running(step=30)
    demos, mine = voices(visit("home"))
    assert demos["snapshots"][-1]["label"] == "at the end"
    assert [snapshot["label"] for snapshot in mine["snapshots"]] == ["after step 30"]


def test_when_mine_is_trained_the_slider_is_over_its_moments_and_the_next_steps_are_there(
    visit: Visit, past: PastRuns, demo: Run, draw: None
) -> None:
    run = past.finished()
    app = visit("home")
    demos, mine = voices(app)
    assert len(demos["snapshots"]) == 1
    assert [snapshot["label"] for snapshot in mine["snapshots"]] == ["untrained", "at the end"]
    for name in ("change", "fails", "photos", "try"):
        assert app.button(key=f"home_{name}").label
    app.button(key="home_fails").click().run()
    assert not app.exception
    assert app.query_params["run"] == run.id
    assert app.metric[0].value == "96.2 %"


def test_a_run_that_ended_while_home_was_watched_is_changed_in_the_live_view(
    visit: Visit, past: PastRuns, demo: Run
) -> None:
    run = past.running()
    app = visit("home")
    past.finish(run)
    app.run()
    app.button(key="home_change").click().run()
    assert not app.exception
    assert app.session_state["cnn_view"] == "Live"


def test_the_best_of_mine_reads_and_another_can_be_chosen(visit: Visit, past: PastRuns, demo: Run) -> None:
    by_heart = past.finished(name="by heart", summary={"train_accuracy_last": 1.0, "test_accuracy_last": 0.6})
    best = past.finished(name="best", summary={"train_accuracy_last": 0.91, "val_accuracy_last": 0.97})
    past.finished(name="last", summary={"train_accuracy_last": 0.99, "val_accuracy_last": 0.9})
    app = visit("home")
    (menu,) = app.selectbox
    assert menu.options == [
        "last · 90.0 % of validation images",
        "best · 97.0 % of validation images",
        "by heart · 60.0 % of test images",
    ]
    assert menu.value == best.id
    menu.set_value(by_heart.id).run()
    assert not app.exception
    assert app.query_params["network"] == by_heart.id
    assert visit("home", network=by_heart.id).selectbox[0].value == by_heart.id
    assert visit("home", network=by_heart.id, key="c" * 32).selectbox == []  # others have their own


def test_the_one_that_was_watched_stays_when_it_has_ended(visit: Visit, past: PastRuns, demo: Run) -> None:
    past.finished(name="better", summary={"train_accuracy_last": 0.99})
    run = past.running(name="watched")
    app = visit("home")
    assert app.selectbox[0].value == run.id
    past.finish(run, summary={"train_accuracy_last": 0.5})
    app.run()
    assert app.selectbox[0].value == run.id


def test_runs_of_others_and_runs_without_a_network_are_not_mine(visit: Visit, past: PastRuns, demo: Run) -> None:
    past.finished(owner=SOMEBODY_ELSE)
    past._store.runs.stop(past.queued().id, ME)
    app = visit("home")
    assert [voice["title"] for voice in voices(app)] == ["Demo network"]
    assert app.button(key="home_train_button").label == "Train"


def test_a_refused_question_is_one_clear_sentence(visit: Visit, demo: Run, draw: None, probe: FakeProbe) -> None:
    probe.refusal = ProbeError("this network is made of cheese")
    app = visit("home")
    assert not app.exception
    assert [said(error) for error in app.error] == ["this network is made of cheese."]
    assert paper(app)["seen"] == 7  # the canvas is still there, and may send the next drawing


def test_a_demo_network_that_cannot_be_trained_leaves_home_usable(visit: Visit, store: Store) -> None:
    ensure_demo_run(store)
    claimed = store.runs.claim("train", host="there", slot="train-0", pid=1)
    assert claimed is not None
    store.runs.move(claimed.id, Status.FAILED, error="no memory")
    app = visit("home")
    assert not app.exception
    assert voices(app)[0]["empty"] == "Failed"
