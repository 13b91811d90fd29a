"""A network from elsewhere is brought on its page, tested, and shown like a run."""

import io
import json
import zipfile
from typing import Any

import pytest

from core.store import Run, Status, Store
from core.store.records import IMPORTED, NewRun
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import captions, said, words_of

LAYERS = [
    json.dumps(["Rescaling", {"scale": 1 / 255}, "rescale", []]),
    json.dumps(["Flatten", {}, "flat", ["rescale"]]),
    json.dumps(["Dense", {"units": 10}, "logits", ["flat"]]),
    json.dumps(["Activation", {"activation": "softmax"}, "probabilities", ["logits"]]),
]
CONFIG = {"file": "mine.keras", "scale": "0 to 1", "layers": LAYERS}


def layer(name: str, **config: Any) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": name, "config": {"name": name.lower(), **config}}


def keras_file(*layers: dict[str, Any], units: int = 10) -> bytes:
    """A file as Keras writes it, but for its weights."""
    first = layer("InputLayer", batch_shape=[None, 28, 28, 1])
    last = [layer("Flatten"), layer("Dense", units=units, activation="softmax")]
    described = {"module": "keras", "class_name": "Sequential", "config": {"layers": [first, *layers, *last]}}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("config.json", json.dumps(described))
        file.writestr("metadata.json", "{}")
        file.writestr("model.weights.h5", b"")
    return content.getvalue()


@pytest.fixture(autouse=True)
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take weights for sound without a process of its own."""
    monkeypatch.setattr("core.elsewhere.file.ask_apart", lambda *asked: b"")


@pytest.fixture
def brought(store: Store, past: PastRuns) -> Run:
    """A run as the test of a network leaves it."""
    run = past.running(step=1, family="elsewhere", preset="elsewhere", config=CONFIG, name="mine")
    store.files(run.id).save_predictions(past.predictions(38))
    store.files(run.id).write_json("imported", {"file": "mine.keras", "imported": 1.0})
    told = {"parameters": 7850, "test_accuracy_last": 0.962, "test_size": 1000}
    store.runs.move(run.id, Status.SUCCEEDED, lease=run.lease, summary=told, origin=IMPORTED)
    return store.runs.get(run.id)


def test_a_file_is_checked_its_data_chosen_and_its_test_followed(
    visit: Visit, store: Store, brought: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = visit("elsewhere")
    app.file_uploader[0].upload("mine.keras", keras_file(layer("Lambda")), "application/zip").run()
    assert "Lambda" in said(app.error[0])
    app.file_uploader[0].upload("mine.keras", keras_file(), "application/zip").run()
    assert not app.exception
    assert "takes 28x28x1" in words_of(app.main)
    assert "order of the classes: 0, 1, 2" in captions(app.main)
    app.button(key="bring_go").click().run()
    [task] = store.runs.list(kind="load")
    assert (task.owner, task.dataset, task.config["scale"], task.name) == (ME, "mnist_5k", "zero_to_one", "mine")
    assert "bring_stop" in {button.key for button in app.button}
    claimed = store.runs.claim("load", host="here", slot="load-0", pid=1)
    store.runs.move(task.id, Status.SUCCEEDED, lease=claimed.lease, summary={"run": brought.id})
    app.run()
    assert app.title[0].value == "Trained elsewhere"
    assert app.query_params["run"] in (brought.id, [brought.id])


def test_a_network_of_other_classes_cannot_be_tested(visit: Visit) -> None:
    app = visit("elsewhere")
    app.file_uploader[0].upload("mine.keras", keras_file(units=7), "application/zip").run()
    assert "another number of classes" in said(app.error[0])
    assert app.button(key="bring_go").disabled


def test_why_a_test_failed_is_said_and_another_file_can_be_chosen(visit: Visit, store: Store) -> None:
    new = NewRun(kind="load", dataset="mnist_5k", owner=ME, name="mine", config={}, subject="one")
    task = store.runs.submit_once(new)
    claimed = store.runs.claim("load", host="here", slot="load-0", pid=1)
    store.runs.move(task.id, Status.FAILED, lease=claimed.lease, error="Keras could not load this network.")
    app = visit("elsewhere")
    app.session_state["_bring_task"] = task.id
    app.run()
    assert said(app.error[0]) == "Keras could not load this network."
    app.button(key="bring_again").click().run()
    assert app.file_uploader


def test_its_page_shows_results_and_offers_no_training(visit: Visit, brought: Run) -> None:
    app = visit("elsewhere", run=brought.id)
    assert not app.exception
    assert not app.error
    assert "7,850 parameters · trained elsewhere · tested on 1,000 images." in captions(app.main)
    assert "from mine.keras" in captions(app.main)
    assert "96.2 %" in words_of(app.main)
    assert not {f"use_{brought.id}", "run_train_on"} & {button.key for button in app.button}


def test_it_stands_on_compare_and_can_be_looked_into(visit: Visit, brought: Run) -> None:
    for page in ("compare", "inside"):
        app = visit(page)
        assert not app.exception
    assert brought.id in str([link.proto for link in app.page_link])
    assert not visit("compare", runs=f"{brought.id}").exception
    for page in ("inside", "try"):
        app = visit(page, run=brought.id)
        assert not app.exception
        assert not app.error


@pytest.mark.parametrize("view", ["Why", "Over time", "Learned", "Examples", "Weights", "One step"])
def test_what_it_learned_from_is_not_asked_for(visit: Visit, brought: Run, view: str) -> None:
    app = visit("inside", run=brought.id, inside_view=view, inside_input="test.17", inside_cell="3.5")
    assert not app.exception
    if view == "Why":
        assert "trained elsewhere: what it learned from is not known here" in captions(app)
    if view == "Examples":
        assert app.get_by_key("images_how").options == ["Wall"]
