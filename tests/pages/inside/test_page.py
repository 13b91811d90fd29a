"""Inside: a run's network at a saved moment, an example, and a view."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.families.mlp import PRESETS as MLP_PRESETS
from pages._ui.components.drawing.canvas import CanvasDrawing
from pages._ui.components.timeline.timeline import Moved
from tests.pages.conftest import FakeProbe, Visit
from tests.support.past_runs import SOMEBODY_ELSE, PastRuns
from tests.support.reading import captions, data_of, said, views_of

INK = np.zeros((84, 84), np.uint8)
INK[10:70, 40:48] = 255


def time_of(app: AppTest) -> dict:
    (key,) = [element.key for element in app if str(getattr(element, "key", "")).startswith("inside_time_")]
    return data_of(app, key)


def test_without_a_run_the_visitors_networks_and_the_demo_can_be_opened(visit: Visit, past: PastRuns) -> None:
    mine, others = past.finished(name="mine"), past.finished(owner=SOMEBODY_ELSE, name="theirs")
    past.queued(name="not begun")
    app = visit("inside")
    assert not app.exception
    links = [link.proto for link in app.page_link if link.proto.page == "inside"]
    assert [link.query_string for link in links] == [f"run={mine.id}"]
    assert others.id not in str(links)
    assert "It has not begun to learn yet." in captions(app)


def test_a_run_opens_at_its_end_with_the_canvas_first(visit: Visit, past: PastRuns, probe: FakeProbe) -> None:
    app = visit("inside", run=past.finished().id)
    assert not app.exception
    assert app.title[0].value == "Inside"
    assert time_of(app)["steps"] == [0, 100]
    assert time_of(app)["chosen"] == 100
    assert data_of(app, "inside_canvas")["hint"].startswith("Draw here")
    assert not probe.asked


def test_a_drawing_is_looked_at_at_the_moment_of_the_link(
    visit: Visit, past: PastRuns, probe: FakeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.inside.given.source.drawn", lambda key: CanvasDrawing(4, INK, False))
    run = past.finished()
    app = visit("inside", run=run.id, inside_step="0")
    assert data_of(app, "inside_canvas")["seen"] == 4
    assert [(one.run, one.step) for one in probe.asked] == [(run.id, 0)]
    monkeypatch.setattr("pages._ui.inside.page.moved", lambda key: Moved(3, 100))
    app.run()
    assert (probe.asked[-1].step, time_of(app)["seen"]) == (100, 3)
    assert "inside_step" not in app.query_params


def test_a_test_example_of_the_link_stands_there_with_its_class(visit: Visit, past: PastRuns, probe: FakeProbe) -> None:
    run = past.finished()
    app = visit("inside", run=run.id, inside_input="test.17")
    assert app.get_by_key(f"inside_row_{run.id}").value == 17
    assert "It is" in captions(app)
    assert len(probe.asked) == 1
    assert app.query_params["inside_input"] in ("test.17", ["test.17"])


@pytest.mark.parametrize("text", ["test.x", "test.99999999", "-1", "test.1.2"])
def test_a_malformed_link_opens_something_that_exists(
    visit: Visit, past: PastRuns, probe: FakeProbe, text: str
) -> None:
    app = visit("inside", run=past.finished().id, inside_input=text, inside_step=text, inside_view=text)
    assert not app.exception
    assert not app.error


def test_a_run_without_a_network_is_refused_in_a_sentence(visit: Visit, past: PastRuns) -> None:
    assert "has saved no network yet" in said(visit("inside", run=past.queued().id).error[0])
    assert "has no network here" in said(visit("inside", run=past.logged().id).error[0])


def test_the_image_that_is_looked_at_can_be_disturbed_and_is_no_test_image_then(
    visit: Visit, past: PastRuns, probe: FakeProbe
) -> None:
    app = visit("inside", run=past.finished().id, inside_input="test.17")
    before = data_of(app, layers_of(app))["given"]
    app.slider(key="inside_noise").set_value(60.0).run()
    assert data_of(app, layers_of(app))["given"] != before
    app.slider(key="inside_noise").set_value(0.0).run()
    assert data_of(app, layers_of(app))["given"] == before
    app.slider(key="inside_contrast").set_value(0).run()
    assert data_of(app, layers_of(app))["given"] != before


def layers_of(app: AppTest) -> str:
    (key,) = [element.key for element in app if str(getattr(element, "key", "")).startswith("inside_layers_")]
    return key


def test_test_images_are_found_by_class_and_answer(visit: Visit, past: PastRuns, probe: FakeProbe) -> None:
    run = past.finished(mistakes=38)
    app = visit("inside", run=run.id, inside_input="test.17")
    assert "1,000 found" in captions(app)
    app.selectbox(key=f"inside_kind_{run.id}").set_value("Confident mistakes").run()
    assert "38 found" in captions(app)
    found = [picture["alt"].split(",")[0] for picture in data_of(app, "inside_found")["pictures"]]
    assert found == [f"test image {row}" for row in range(10)], "the first was the surest"
    app.button(key="inside_page1").click().run()
    assert data_of(app, "inside_found")["pictures"][0]["alt"].startswith("test image 10,")
    classes = app.selectbox(key=f"inside_class_{run.id}")
    assert classes.value is not None, "else Streamlit offers to empty it"
    classes.set_value(3).run()
    assert all(picture["alt"].endswith(", 3") for picture in data_of(app, "inside_found")["pictures"])


OF_WEIGHTS = ("Weights", "First weights", "Loss surface")


@pytest.mark.parametrize(
    ("new", "part", "views"),
    [
        ({"family": "gan", "preset": "digits_30s"}, "generator", ["Layers", "Over time", "Weights"]),
        (
            {"family": "gan", "preset": "digits_30s"},
            "discriminator",
            ["Layers", "Why", "Over time", "Learned", "Weights"],
        ),
        (
            {"family": "mlp", "preset": "diabetes", "dataset": "diabetes"},
            "network",
            ["Layers", "Columns", "Why", "Over time", "Learned", "One step", *OF_WEIGHTS],
        ),
        ({}, "network", ["Layers", "Why", "Over time", "Learned", "Examples", *OF_WEIGHTS]),
    ],
)
def test_only_views_that_make_sense_for_a_network_are_offered(
    visit: Visit, past: PastRuns, new: dict[str, str], part: str, views: list[str]
) -> None:
    app = visit("inside", run=past.running(step=100, **new).id, inside_part=part, inside_view="Examples")
    assert not app.exception
    assert views_of(app) == views


def test_what_is_opened_of_the_network_comes_from_the_link_and_is_read(
    visit: Visit, past: PastRuns, probe: FakeProbe
) -> None:
    run = past.finished(changes=["layers=conv:2,pool,flatten"])
    app = visit("inside", run=run.id, inside_input="test.1", inside_open="conv_1.1")
    sent = data_of(app, layers_of(app))
    assert (sent["opened"], sent["unit"]["about"]["kind"]) == ({"layer": "conv_1", "unit": 1}, "other")
    assert [box["name"] for box in sent["boxes"]][:3] == ["input", "rescale", "conv_1"]
    gone = visit("inside", run=run.id, inside_input="test.1", inside_open="conv_7.1")
    assert data_of(gone, layers_of(gone))["opened"] == {"layer": "", "unit": -1}


def test_each_number_of_a_row_can_be_changed(visit: Visit, past: PastRuns, probe: FakeProbe) -> None:
    config = MLP_PRESETS["xor"].config.to_dict()
    app = visit("inside", run=past.running(family="mlp", dataset="xor", preset="xor", config=config).id)
    before = data_of(app, layers_of(app))["given"]
    app.slider(key="inside_cell_xor_0").set_value(1.0).run()
    assert not app.exception
    assert data_of(app, layers_of(app))["given"] not in ("", before)


def test_results_lead_inside(visit: Visit, past: PastRuns) -> None:
    run = past.finished()
    app = visit("cnn", run=run.id, cnn_view="Results")
    links = {link.label: link.proto for link in app.page_link}
    assert [links[label].page for label in ("Inside", "Look inside")] == ["inside", "inside"]
    assert links["Look inside"].query_string == f"run={run.id}"
