"""The page of sequence networks without a browser."""

import numpy as np
import pytest

from core.families.sequence.family import PRESETS
from core.store import Run, Status, Store
from core.store.metrics import Point
from tests.pages.conftest import Visit
from tests.support.past_runs import PastRuns
from tests.support.reading import data_of, said, words_of

COUNTED = {"nats_uniform": 4.57, "nats_1gram": 3.24, "nats_3gram": 1.76, "nats_5gram": 1.44}


@pytest.fixture
def written(past: PastRuns, store: Store) -> Run:
    """A run that has learned to write, tested."""
    config = PRESETS["write"].config.to_dict()
    run = past.running(step=100, family="sequence", preset="write", dataset="python_docs", config=config)
    store.metrics.rewind(run.id, -1)
    points = [Point(0, 0, 0.0, {"loss": 4.6, "accuracy": 0.0, **COUNTED}), Point(1, 0, 0.1, {"loss": 4.5})]
    store.metrics.append(run.id, points)
    counted = {f"test_{name}": value for name, value in COUNTED.items()}
    store.files(run.id).save_predictions({"ids": np.arange(2), "y_true": np.zeros((2, 3), int)})
    summary = {"parameters": 193, "steps_done": 100, "epochs_done": 10, "fit_s": 72.4, "test_nats_last": 1.5, **counted}
    store.runs.move(run.id, Status.SUCCEEDED, lease=run.lease, summary=summary)
    return store.runs.get(run.id)


@pytest.mark.parametrize("preset", ["write", "language_of_name", "forecast", "vanishing"])
def test_a_preset_opens_says_what_it_is_and_can_be_trained(visit: Visit, preset: str) -> None:
    app = visit("sequence", preset=preset)
    assert not app.exception
    assert PRESETS[preset].sentence in words_of(app)
    assert not app.button(key="train").disabled


def test_what_would_see_the_next_character_is_refused_in_one_sentence(visit: Visit) -> None:
    app = visit("sequence", preset="write", layers="lstm:64:both")
    assert "lstm_1 reads both ways" in said(app.error[0])
    assert app.button(key="train").disabled


def test_the_surprise_stands_beside_counting_in_words_table_and_chart(visit: Visit, written: Run) -> None:
    app = visit("sequence", run=written.id, sequence_view="Results")
    assert not app.exception
    assert [metric.value for metric in app.metric] == ["1.500 nats", "2.164 bits", "4.48"]
    assert "**Counting after four characters** is 0.060 nats better" in words_of(app)
    [table] = [frame.value for frame in app.dataframe if "Nats a character" in frame.value]
    assert table["Nats a character"].tolist() == [1.5, 4.57, 3.24, 1.76, 1.44]
    loss, right = data_of(app, "results_curves")["charts"]
    assert [tuple(level) for level in loss["levels"]] == [
        ("all alike", 4.57),
        ("1-gram", 3.24),
        ("3-gram", 1.76),
        ("5-gram", 1.44),
    ]
    assert list(right["levels"]) == []


def test_it_writes_on_from_a_prompt_of_ones_own(visit: Visit, written: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def write(*given: object, **how: object) -> str:
        asked.append((given[3], how["count"], how["temperature"], how["seed"]))
        return " loop is compound"

    monkeypatch.setattr("pages._ui.results.next_token.write_on", write)
    app = visit("sequence", run=written.id, sequence_view="Results")
    app.text_area(key="write_prompt").set_value("The for")
    app.button(key="write_go").click().run()
    assert not app.exception
    assert asked == [("The for", 500, 0.8, 0)]
    assert "The for\u2503 loop is compound" in [block.value for block in app.code]


def test_a_run_on_texts_cannot_be_opened_inside_and_says_what_can(visit: Visit, past: PastRuns) -> None:
    config = PRESETS["write"].config.to_dict()
    run = past.running(family="sequence", preset="write", dataset="python_docs", config=config)
    app = visit("inside", run=run.id)
    assert "learned from texts, expected one that learned from images, points or rows" in said(app.error[0])
