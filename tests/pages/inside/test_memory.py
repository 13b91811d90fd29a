"""Inside a memory: what is asked of the probe, what is drawn, and who sees what of it."""

import json
from typing import Any

import numpy as np
import pytest

from core.families.sequence.family import PRESETS
from core.store import Run
from pages._ui.components.drawing.canvas import CanvasDrawing
from pages._ui.inside.memory.reach import measure
from tests.pages.conftest import Visit
from tests.pages.data.test_private_data import private
from tests.pages.inside.test_page import INK
from tests.support.past_runs import PastRuns
from tests.support.reading import captions, data_of, said, views_of, words_of

__all__ = ["private"]

TEXT = 'an "if" (b)'
TRACKS = {
    "found": np.array([[0.1, -0.9], [0.4, 0.2]]),
    "measured": np.array([[0.1, -0.8], [0.5, 0.2]]),
    "is_bool": np.array([False, True]),
    "names": np.frombuffer(json.dumps(["depth", "quoted"]).encode(), np.uint8),
    "steps": np.array(640),
}


GATES = {"LSTM": ("forget", "input", "candidate", "output", "cell"), "GRU": ("update", "reset", "candidate")}


def step_of(layer: str) -> dict[str, np.ndarray]:
    gates = GATES["GRU" if layer.startswith("gru") else "LSTM"]
    numbers = {f"{what}/{gate}": np.ones(2) for gate in gates for what in ("kernel", "recurrent")}
    return {"x": np.ones(2), "before": np.zeros(2), **numbers, "value/hidden": np.array(0.5)} | {
        f"value/{gate}": np.array(0.5) for gate in gates
    }


def answer_to(method: str, steps: int, options: dict[str, Any]) -> dict[str, np.ndarray]:
    """What the probe would say."""
    shares = np.tile(np.linspace(1, 2, 97, dtype=np.float32) / 145.5, (steps, 1))
    why = {"attribution": np.linspace(-1, 1, steps)[:, None], "target": np.array(40), "answers": shares[0]}
    written = np.arange(2, 2 + options.get("count", 0), dtype=np.int32) % 90 + 2
    values = np.ones(len(written))
    return {
        "memory_step": lambda: step_of(options["layer"]),
        "tracks": lambda: TRACKS,
        "states": lambda: {"values": np.linspace(-1, 1, 2 * steps).reshape(steps, 2)},
        "predictions": lambda: {"shares": shares},
        "sequence_gradients": lambda: {**why, "change": np.array(2.0), "completeness": np.array(0.001)},
        "clamped": lambda: {
            "free": written,
            "clamped": np.where(np.arange(len(written)) < 9, written, 3),
            "free_values": values,
            "clamped_values": -values,
            "first_shares": shares[:2],
        },
        "reach": lambda: {"reach": np.full(28, 1e-3), "examples": np.array(64)},
    }[method]()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the page asks the probe."""
    found: list[tuple[str, dict[str, Any]]] = []

    def answer(store: Any, run: Any, step: int, method: str, given: Any, **options: Any) -> dict[str, np.ndarray]:
        found.append((method, {**options, "given": given, "run": run.id, "step": step}))
        text = options.get("text")
        return answer_to(method, len(given if text is None else text), options)

    def over_time(store: Any, run: Any, steps: Any, *rest: Any, **options: Any) -> dict[str, np.ndarray]:
        said = [answer(store, run, step, *rest, **options) for step in steps]
        return {name: np.stack([one[name] for one in said]) for name in said[0]}

    monkeypatch.setattr("pages._ui.inside.subject.ask_snapshot", answer)
    monkeypatch.setattr("pages._ui.inside.memory.reach.ask_over_time", over_time)
    monkeypatch.setattr("pages._ui.inside.subject.PATIENCE_S", 30.0)
    return found


def writer(past: PastRuns, **new: Any) -> Run:
    config = {**PRESETS["write"].config.to_dict(), **new.pop("config", {})}
    return past.running(step=100, family="sequence", preset="write", dataset="python_docs", config=config, **new)


def reader(past: PastRuns, **new: Any) -> Run:
    """A run that reads digits row by row."""
    config = PRESETS["rows_of_digits"].config.to_dict()
    return past.finished(family="sequence", preset="rows_of_digits", config=config, **new)


def test_ones_own_text_is_read_at_its_own_length_and_a_click_chooses_a_unit(
    visit: Visit, past: PastRuns, asked: list[Any]
) -> None:
    run = writer(past)
    app = visit("inside", run=run.id, inside_unit="1", inside_place="4")
    assert not app.exception
    assert views_of(app)[:2] == ["Memory", "Time step"]
    app.text_area(key=f"inside_text_{run.id}").set_value(TEXT).run()
    (method, question) = asked[-1]
    assert (method, question["layer"], question["what"]) == ("states", "lstm_1", "hidden")
    assert len(question["text"]) == len(TEXT)
    assert question["given"].shape == (64,)
    sent = data_of(app, f"memory_states_{run.id}")
    assert "".join(sent["pieces"]) == TEXT
    assert (sent["units"], sent["chosen"]) == (2, {"unit": 1, "place": 4})
    app.selectbox(key=f"inside_part_of_{run.id}").select("forget").run()
    assert asked[-1][1]["what"] == "forget"
    assert "it is not on this server" in captions(app)


def test_a_step_is_written_out_and_other_networks_stand_beside_it(
    visit: Visit, past: PastRuns, asked: list[Any]
) -> None:
    run, other = writer(past), writer(past, config={"layers": ["gru:8"]})
    app = visit("inside", run=run.id, inside_view="Time step")
    sent = data_of(app, f"memory_step_{run.id}")
    assert (sent["kind"], sent["unit"], sent["bends"]["forget"]) == ("LSTM", 0, "sigmoid")
    assert sent["said"].startswith("Unit 1 of lstm_1 reads “⏎” after “:”")
    app.number_input(key=f"memory_step_unit_{run.id}_128_0").set_value(3).run()
    assert asked[-1][1]["unit"] == 2
    app.multiselect(key=f"memory_step_peers_{run.id}").select(other.id).run()
    assert not app.exception
    assert (asked[-1][1]["run"], asked[-1][1]["layer"]) == (other.id, "gru_1")
    assert data_of(app, f"memory_step_{other.id}")["kind"] == "GRU"


def test_a_text_that_is_empty_or_unknown_is_one_sentence(visit: Visit, past: PastRuns, asked: list[Any]) -> None:
    run = writer(past)
    app = visit("inside", run=run.id)
    app.text_area(key=f"inside_text_{run.id}").set_value("").run()
    assert "Give the network a text" in said(app.info[0])
    app.text_area(key=f"inside_text_{run.id}").set_value("über").run()
    assert "It knows no 'ü'" in captions(app)
    assert not app.exception


def test_a_changed_sign_shows_how_all_later_predictions_move(visit: Visit, past: PastRuns, asked: list[Any]) -> None:
    run = writer(past)
    app = visit("inside", run=run.id, inside_view="Predictions", inside_place="3")
    [text] = data_of(app, f"expected_text_{run.id}")["texts"]
    assert len(text["values"]) == len(text["bars"]) == len(text["pieces"])
    came = [name for name, _, is_right in text["bars"][0] if is_right]
    assert came == [text["pieces"][1]], "what came is always among the bars"
    app.text_input(key=f"expected_change_{run.id}_3").set_value("Z").run()
    before, after = data_of(app, f"expected_text_{run.id}")["texts"]
    assert (before["pieces"][3], after["pieces"][3]) == (" ", "Z")
    assert asked[-1][1]["text"][3] == asked[-2][1]["text"][3] + ord("Z") - ord(" ")
    app.text_input(key=f"expected_change_{run.id}_3").set_value("ab").run()
    assert "not one sign that the network knows" in captions(app)


def test_the_parts_of_an_answer_are_shown_by_sign_and_by_word(visit: Visit, past: PastRuns, asked: list[Any]) -> None:
    run = writer(past)
    app = visit("inside", run=run.id, inside_view="Why", inside_place="4")
    assert (asked[-1][0], asked[-1][1]["place"]) == ("sequence_gradients", 4)
    [by_sign] = data_of(app, f"why_text_{run.id}")["texts"]
    app.segmented_control(key="why_by").set_value("Words").run()
    [by_words] = data_of(app, f"why_text_{run.id}")["texts"]
    assert by_words["values"][0] == pytest.approx(sum(by_sign["values"][:3]), abs=1e-3), "The"
    assert "add up to the change of the logit" in words_of(app)


def test_a_clamped_cell_writes_beside_the_free_one(visit: Visit, past: PastRuns, asked: list[Any]) -> None:
    run = writer(past)
    app = visit("inside", run=run.id, inside_view="Clamp", inside_unit="7")
    (method, question) = asked[-1]
    assert (method, question["what"], question["unit"], question["value"]) == ("clamped", "cell", 7, -10.0)
    free, held = data_of(app, f"clamp_text_{run.id}")["texts"]
    assert free["pieces"][:9] == held["pieces"][:9]
    assert "from character 10 on" in words_of(app)


def test_how_far_back_is_drawn_for_several_moments_and_runs(visit: Visit, past: PastRuns, asked: list[Any]) -> None:
    run, other = reader(past), reader(past)
    app = visit("inside", run=run.id, inside_view="How far back")
    app.multiselect(key=f"reach_peers_{run.id}").select(other.id).run()
    assert not app.exception
    assert {(question["run"], question["step"]) for method, question in asked if method == "reach"} == {
        (one.id, step) for one in (run, other) for step in (0, 100)
    }
    assert len(json.loads(data_of(app, f"reach_{other.id}")["figure"])["data"]) == 2


def test_units_that_follow_something_are_offered_and_colour_the_sequence(
    visit: Visit, past: PastRuns, asked: list[Any]
) -> None:
    run = reader(past)
    app = visit("inside", run=run.id, inside_view="Memory", inside_input="test.3")
    assert data_of(app, f"memory_states_{run.id}")["columns"] == 28
    assert app.button(key="memory_unit_1").label == "Unit 2: r = \N{MINUS SIGN}0.80"
    app.button(key="memory_unit_1").click().run()
    assert data_of(app, f"memory_states_{run.id}")["chosen"]["unit"] == 1


def test_a_stranger_sees_the_states_of_a_drawing_and_nothing_that_tells_of_the_data(
    visit: Visit, past: PastRuns, asked: list[Any], private: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.inside.given.source.drawn", lambda key: CanvasDrawing(4, INK, False))
    run = reader(past, dataset=private)
    for view in ("Memory", "Time step", "How far back"):
        app = visit("inside", key="c" * 32, run=run.id, inside_view=view)
        assert not app.error
        assert "it is private" in words_of(app)
    assert {method for method, _ in asked} == {"states"}


@pytest.mark.parametrize("view", ["Memory", "Weights"])
def test_what_a_network_says_that_writes_is_not_for_strangers(
    visit: Visit, past: PastRuns, asked: list[Any], monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    monkeypatch.setattr("pages._ui.shell.privacy.may_view", lambda *_: False)
    app = visit("inside", run=writer(past).id, inside_view=view)
    assert not app.error
    assert "which could be what it learned by heart, is shown only to the owner" in captions(app)
    assert asked == []


def test_a_stranger_sees_an_embeddings_weights_under_no_name_and_of_a_text_what_was_typed(
    visit: Visit, past: PastRuns, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.shell.privacy.may_view", lambda *_: False)
    config = {**PRESETS["language_of_name"].config.to_dict(), "layers": ["lstm:8"]}
    run = past.running(step=100, family="sequence", preset="language_of_name", dataset="names", config=config)
    app = visit("inside", run=run.id, inside_layer="embedding")
    app.text_area(key=f"inside_text_{run.id}").set_value("Zoë☃").run()
    assert app.selectbox(key=f"inside_layer_{run.id}").options == ["lstm_1"]
    assert asked[-1][1]["layer"] == "lstm_1"
    sent = data_of(app, f"memory_states_{run.id}")
    assert "".join(sent["pieces"]) == "Zoë☃", "whether it knows a part is not told"


def test_accuracy_is_measured_at_each_length() -> None:
    def draw(rng: np.random.Generator, count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((count, length), np.int32), np.arange(count) % 2

    asked: list[Any] = []

    def says_one(x: np.ndarray) -> np.ndarray:
        asked.append(x.shape[1])
        return np.tile([0.0, 1.0], (len(x), 1))

    found = measure(draw, False, [4, 8], [says_one])
    assert asked == [4, 8]
    assert found["measured"].tolist() == [[0.5, 0.5]]
    assert found["simplest"].tolist() == [0.5, 0.5]
