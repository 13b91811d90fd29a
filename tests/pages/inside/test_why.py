"""Inside, why: methods, how far to trust them, and what would change the network's mind."""

import threading
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import prepare
from core.probe.client import Subject
from core.runs.sharing.secret_link import make_link
from core.settings import Settings
from core.store import Store
from pages._ui.components.drawing.canvas import CanvasDrawing
from tests.pages.conftest import Visit
from tests.pages.data.test_private_data import LOCKED, private
from tests.pages.inside.test_page import INK
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import captions, data_of, words_of

__all__ = ["private"]
POINTS = np.linspace(1, 0, 5, dtype=np.float32)


class Oracle:
    """A probe whose network says 7, and 3 after any change of more than 4 grey levels."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.right, self.likeness = 190, 0.1
        self.empty = False
        self.may_answer = threading.Event()

    def __call__(
        self,
        settings: Any,
        subject: Subject,
        method: str,
        given: np.ndarray,
        *,
        actor: Any,
        deadline_s: float,
        **options: Any,
    ) -> dict[str, np.ndarray]:
        self.asked.append((method, options))
        is_row = given.ndim == 1
        if method == "skill":
            return {name: np.array(n) for name, n in (("right", self.right), ("guessed", 25), ("count", 200))}
        if method == "trust":
            curves = {
                "deletion": POINTS**3,
                "insertion": 1 - POINTS**3,
                "deletion/random": POINTS,
                "insertion/random": 1 - POINTS,
            }
            alike = np.full(3, self.likeness, np.float32)
            return {
                **curves,
                "likeness": alike,
                "likeness/signed": alike,
                "most": np.array(float(not self.empty)),
                "random": np.ones(given.shape, np.float32),
            }
        says = np.full((3, 10), 0.01, np.float32)
        says[[0, 1, 2], [7, 3, 3]] = 0.91
        if method in ("pgd", "fgsm"):
            changed = np.stack([given] * 3) + np.array([0, 1, 1], given.dtype).reshape(-1, *[1] * given.ndim)
            flips = np.array([False, True, True])
            return {
                "before": says[0],
                "answers": says,
                "changed": changed,
                "flips": flips,
                "sizes": np.array([4, 6, 8], np.float32),
            }
        if method == "fewest_pixels":
            one = {"before": says[0], "answers": says[1:2], "changed": given[None], "flips": np.array([True])}
            return {**one, "pixels": np.array([[3, 4], [5, 6]])}
        target = options["target"] if options["target"] >= 0 else 7
        map_ = np.zeros(given.shape, np.float32) if self.empty else np.full(given.shape, 0.5, np.float32)
        more = {"change": np.float32(2), "completeness": np.float32(0.002)} if method == "integrated_gradients" else {}
        answers = np.array([250.2], np.float32) if is_row else says[0]
        return {"attribution": map_, "target": np.array(0 if is_row else target), "answers": answers, **more}


@pytest.fixture
def oracle(probe: Any, monkeypatch: pytest.MonkeyPatch) -> Oracle:
    oracle = Oracle()
    monkeypatch.setattr("core.probe.client.ask", oracle)
    monkeypatch.setattr("pages._ui.inside.subject.PATIENCE_S", 30.0)
    return oracle


def test_two_methods_stand_side_by_side_with_how_far_to_trust_them(
    visit: Visit, past: PastRuns, oracle: Oracle
) -> None:
    app = visit("inside", run=past.finished().id, inside_view="Why", inside_input="test.17")
    assert not app.exception
    text = words_of(app)
    assert "The network says **7 (91.0 %)**." in text
    assert text.count("Random weights give another map (rank correlation 0.10)") == 2
    assert text.count("The answer hangs on what is marked.") == 2
    assert "The parts add up to the change of the logit, +2, but for 0.2 %." in text
    assert not app.warning
    for key, title in (("why_0_map", "Grad-CAM: 7"), ("why_1_map", "Integrated gradients: 7")):
        (picture,) = data_of(app, key)["pictures"]
        assert picture["title"] == title
    assert data_of(app, "why_1_map")["pictures"][0]["low"] == "-1.00"


def test_choices_are_part_of_the_question(visit: Visit, past: PastRuns, oracle: Oracle) -> None:
    run = past.finished()
    app = visit("inside", run=run.id, inside_view="Why", inside_input="test.17")
    app.get_by_key(f"why_class_{run.id}").set_value(3)
    app.get_by_key(f"why_first_{run.id}").set_value("rise")
    app.get_by_key(f"why_baseline_{run.id}").set_value("blurred")
    oracle.asked.clear()
    app.run()
    asked = dict(oracle.asked)
    assert asked["rise"] == asked["integrated_gradients"] == {"target": 3, "baseline": "blurred"}
    assert data_of(app, "why_0_map")["pictures"][0]["title"] == "RISE: 3"


def test_choices_stand_in_the_link_and_come_back(visit: Visit, past: PastRuns, oracle: Oracle) -> None:
    run = past.finished()
    app = visit("inside", run=run.id, inside_view="Why", inside_input="test.17")
    assert not [name for name in app.query_params if name.startswith("why_")]
    chosen = {"why_class": 3, "why_first": "rise", "why_second": "nothing", "why_baseline": "white"}
    chosen |= {"why_attack": "fgsm", "why_towards": 5}
    for name, value in chosen.items():
        app.get_by_key(f"{name}_{run.id}").set_value(value)
    app.get_by_key(f"why_opacity_{run.id}").set_value(0.5)
    app.run()
    link = dict(app.query_params)
    assert {name: link[name] for name in link if name.startswith("why_")} == {
        **{name: str(value) for name, value in chosen.items()},
        "why_opacity": "0.5",
    }
    again = visit("inside", **link)
    assert {name: again.get_by_key(f"{name}_{run.id}").value for name in chosen} == chosen
    (picture,) = data_of(again, "why_0_map")["pictures"]
    assert picture["title"] == "RISE: 3"


def test_an_attack_begins_at_the_smallest_change_that_works(visit: Visit, past: PastRuns, oracle: Oracle) -> None:
    run = past.finished()
    app = visit("inside", run=run.id, inside_view="Why", inside_input="test.17")
    words = (
        "With a change of **at most 6 of 255 grey levels** in each pixel it says **3 (91.0 %)** instead of 7 (91.0 %)."
    )
    assert words in words_of(app)
    assert [one["title"] for one in data_of(app, "why_attack_pictures")["pictures"]] == [
        *("As it is", "The change, enlarged", "Changed")
    ]
    app.get_by_key(f"why_attack_{run.id}").set_value("fewest_pixels").run()
    assert "With **2 pixels** it says **3 (91.0 %)** instead of 7 (91.0 %)." in words_of(app)


def test_an_example_that_is_called_generated_is_pushed_until_it_is_called_real(
    visit: Visit, past: PastRuns, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = np.array([[-0.5], [0.25], [2.0]], np.float32)

    def judge(settings: Any, subject: Any, method: str, given: np.ndarray, **options: Any) -> dict[str, np.ndarray]:
        if method not in ("answer", "pgd"):
            return oracle(settings, subject, method, given, **options)
        oracle.asked.append((method, options))
        before, changed = np.array([-1.0], np.float32), np.stack([given] * 3)
        if method == "answer":
            return {"score": before[None]}
        sizes, never = np.array([4, 6, 8], np.float32), np.zeros(3, bool)
        return {"before": before, "answers": scores, "changed": changed, "flips": never, "sizes": sizes}

    monkeypatch.setattr("core.probe.client.ask", judge)
    run = past.running(step=100, family="gan", preset="digits_30s")
    app = visit("inside", run=run.id, inside_part="discriminator", inside_view="Why", inside_input="test.17")
    assert not app.exception
    words = "With a change of **at most 6 of 255 grey levels** in each pixel it says **0.250, real** instead of -1.00, "
    assert f"{words}generated." in words_of(app)
    assert dict(oracle.asked)["pgd"]["towards"] == 1


def test_doubts_are_said(visit: Visit, past: PastRuns, oracle: Oracle) -> None:
    oracle.right, oracle.likeness = 21, 0.9
    app = visit("inside", run=past.finished().id, inside_view="Why", inside_input="test.17")
    assert "right on 21 of 200 test examples" in app.warning[0].value
    assert words_of(app).count("Random weights give a map that looks alike (rank correlation 0.90)") == 2


def test_no_answer_to_one_question_is_shown_as_that_to_another(
    visit: Visit, past: PastRuns, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = past.finished()
    app = visit("inside", run=run.id, inside_view="Why", inside_input="test.17")
    monkeypatch.setattr("pages._ui.inside.subject.PATIENCE_S", 0.0)
    monkeypatch.setattr(Oracle, "__call__", lambda *given, **more: oracle.may_answer.wait(30))
    app.get_by_key(f"why_attack_{run.id}").set_value("fewest_pixels")
    app.get_by_key(f"why_first_{run.id}").set_value("rise").run()
    assert not app.exception
    assert "it says" not in words_of(app)
    assert [element.key for element in app if getattr(element, "key", "") == "why_0_map"] == []
    oracle.may_answer.set()


def test_an_empty_map_is_said_to_be_empty_and_nothing_else(visit: Visit, past: PastRuns, oracle: Oracle) -> None:
    oracle.empty = True
    app = visit("inside", run=past.finished().id, inside_view="Why", inside_input="test.17")
    assert sum("zero everywhere" in warning.value for warning in app.warning) == 2
    assert "Random weights give" not in words_of(app)


def test_a_row_is_explained_by_column(visit: Visit, past: PastRuns, oracle: Oracle, settings: Settings) -> None:
    prepare(settings, "diabetes")
    run = past.finished(family="mlp", preset="diabetes", dataset="diabetes", summary={"r2_last": 0.4})
    app = visit("inside", run=run.id, inside_view="Why", inside_input="test.1")
    assert not app.exception
    assert "The network says **250**." in words_of(app)
    assert "age" in data_of(app, "why_0_map")["figure"].lower()
    assert "grad_cam" not in dict(oracle.asked)


def test_a_stranger_may_explain_a_drawing_but_not_attack(
    visit: Visit, past: PastRuns, oracle: Oracle, private: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.inside.given.source.drawn", lambda key: CanvasDrawing(4, INK, False))
    run = past.finished(dataset=private)
    app: AppTest = visit("inside", key="c" * 32, run=run.id, inside_view="Why")
    assert not app.exception
    assert "The network says **7 (91.0 %)**." in words_of(app)
    assert LOCKED in captions(app)
    assert "pgd" not in dict(oracle.asked)


def test_the_holder_of_a_secret_link_saves_no_test_image_not_even_a_disturbed_one(
    visit: Visit, store: Store, past: PastRuns, oracle: Oracle, private: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.inside.given.source.drawn", lambda key: CanvasDrawing(4, INK, False))
    run = past.finished(dataset=private)
    link = {"key": "c" * 32, "secret": make_link(store, run.id, ME)}
    app = visit("inside", **link, run=run.id, inside_view="Why")
    assert {button.label for button in app.get("download_button")} == {"PNG", "NPZ", "CSV"}  # of their drawing
    app = visit("inside", **link, run=run.id, inside_view="Why", inside_input="test.1")
    app.slider(key="inside_noise").set_value(12.0).run()
    assert not app.exception
    assert "pgd" in dict(oracle.asked)
    assert app.get("download_button") == []
