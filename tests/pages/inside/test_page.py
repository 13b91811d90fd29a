"""Inside: a run's network at a saved moment, an example, and a view."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.components.drawing.canvas import CanvasDrawing
from pages._ui.components.timeline.timeline import Moved
from tests.pages.conftest import FakeProbe, Visit
from tests.support.past_runs import SOMEBODY_ELSE, PastRuns
from tests.support.reading import captions, data_of, said

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
