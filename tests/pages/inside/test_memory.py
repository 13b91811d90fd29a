"""Inside, Memory and Time step: what is asked of the probe, what is drawn, and who sees what of it."""

import json
from typing import Any

import numpy as np
import pytest

from core.families.sequence.family import PRESETS
from core.store import Run
from tests.pages.conftest import Visit
from tests.support.past_runs import PastRuns
from tests.support.reading import captions, data_of, said, views_of

TEXT = 'an "if" (b)'
TRACKS = {
    "found": np.array([[0.1, -0.9], [0.4, 0.2]]),
    "measured": np.array([[0.1, -0.8], [0.5, 0.2]]),
    "is_bool": np.array([False, True]),
    "names": np.frombuffer(json.dumps(["depth", "quoted"]).encode(), np.uint8),
    "steps": np.array(640),
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the page asks the probe."""
    found: list[tuple[str, dict[str, Any]]] = []

    def answer(store: Any, run: Any, step: int, method: str, given: Any, **options: Any) -> dict[str, np.ndarray]:
        found.append((method, {**options, "given": given, "run": run.id, "step": step}))
        steps = len(given) if options.get("text") is None else len(options["text"])
        if method == "memory_step":
            gates = {"LSTM": ("forget", "input", "candidate", "output"), "GRU": ("update", "reset", "candidate")}
            kind = "GRU" if options["layer"].startswith("gru") else "LSTM"
            numbers = {f"{what}/{gate}": np.ones(2) for gate in gates[kind] for what in ("kernel", "recurrent")}
            ends = {
                f"value/{part}": np.array(0.5)
                for part in (*gates[kind], "cell", "hidden")[: None if kind == "LSTM" else 5]
            }
            return {"x": np.ones(2), "before": np.zeros(2), **numbers, **ends}
        return TRACKS if method == "tracks" else {"values": np.linspace(-1, 1, 2 * steps).reshape(steps, 2)}

    monkeypatch.setattr("pages._ui.inside.subject.ask_snapshot", answer)
    monkeypatch.setattr("pages._ui.inside.subject.PATIENCE_S", 30.0)
    return found


def writer(past: PastRuns, **new: Any) -> Run:
    config = {**PRESETS["write"].config.to_dict(), **new.pop("config", {})}
    return past.running(step=100, family="sequence", preset="write", dataset="python_docs", config=config, **new)


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
