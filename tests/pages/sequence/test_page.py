"""The page of sequence networks without a browser."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS, DataSpec
from core.datasets.features import MISSING
from core.datasets.texts.tokens import WORD
from core.families.sequence.family import PRESETS
from core.runs.writing import Draws, Said, Written
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
    points = [
        Point(0, 0, 0.0, {"loss": 4.6, "accuracy": 0.0, "gradient_clip": 1.0, **COUNTED}),
        Point(1, 0, 0.1, {"loss": 4.5}),
    ]
    store.metrics.append(run.id, points)
    past.save_snapshot_of(run, 100)
    counted = {f"test_{name}": value for name, value in COUNTED.items()}
    store.files(run.id).save_predictions({"ids": np.arange(2), "y_true": np.zeros((2, 3), int)})
    summary = {"parameters": 193, "steps_done": 100, "epochs_done": 10, "fit_s": 72.4, "test_nats_last": 1.5, **counted}
    store.runs.move(run.id, Status.SUCCEEDED, lease=run.lease, summary=summary)
    return store.runs.get(run.id)


@pytest.mark.parametrize("preset", ["write", "language_of_name", "forecast", "exploding"])
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
    loss, right, gradient = data_of(app, "results_curves")["charts"]
    assert [tuple(level) for level in loss["levels"]] == [
        ("all alike", 4.57),
        ("1-gram", 3.24),
        ("3-gram", 1.76),
        ("5-gram", 1.44),
    ]
    assert list(right["levels"]) == []
    assert [tuple(level) for level in gradient["levels"]] == [("clipped to", 1.0)]


def test_strangers_get_no_word_of_a_text_with_the_drawing(
    visit: Visit, past: PastRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = PRESETS["write"].config.to_dict()
    run = past.running(family="sequence", preset="write", dataset="python_docs", config=config)
    known = DATASETS["python_docs"]
    words = replace(known, spec=replace(known.spec, features=replace(known.spec.features, unit=WORD)))
    monkeypatch.setitem(DATASETS, "python_docs", words)
    sent = {}
    for sees in (True, False):
        monkeypatch.setattr("pages._ui.shell.privacy.may_view", lambda *_, sees=sees: sees)
        drawn = data_of(visit("sequence", run=run.id), "network")
        sent[sees] = set(drawn["lanes"][0]["boxes"][-1]["names"])
    assert {"a", "z"} < sent[True]
    assert sent[False] == {MISSING}


def said_of(text: str) -> dict[str, Any]:
    """What a network thought of each character of a text."""
    likeliest = (((text[0], 0.5), ("z", 0.1)),) * len(text)
    return {"signs": tuple(text), "nats": np.full(len(text), 0.7), "likeliest": likeliest}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a network was asked to write or to read, without one."""
    asked: list[Any] = []

    def write(store: Store, run: Run, spec: DataSpec, prompt: str, draws: Draws, **how: Any) -> Written:
        asked.append((prompt, draws, how["step"]))
        return Written(**said_of(" loop"), kept=np.full(5, 2), cut=np.full(5, 0.25))

    def read(store: Store, run: Run, spec: DataSpec, rows: range, **how: Any) -> Said:
        asked.append(rows)
        return Said(**said_of("while"))

    monkeypatch.setattr("pages._ui.writing.write_on.write_on", write)
    monkeypatch.setattr("pages._ui.writing.surprise.surprise_at", read)
    monkeypatch.setattr("pages._ui.runs.snapshots.is_prepared", lambda *_: True)
    return asked


def test_it_writes_on_from_a_prompt_of_ones_own_and_says_what_was_cut_off(
    visit: Visit, written: Run, asked: list[Any]
) -> None:
    app = visit("sequence", run=written.id, sequence_view="Results")
    assert asked == [range(7)]  # the coloured test text, 448 characters
    assert [row["sign"] for row in data_of(app, "surprise_text")["rows"]] == list("while")
    app.text_area(key="write_prompt").set_value("The for")
    app.number_input(key="write_top_k").set_value(2)
    app.button(key="write_go").click().run()
    assert not app.exception
    assert asked[1:] == [("The for", Draws(500, 0.8, 2, 1.0, 0), 100)]
    shown = data_of(app, "write_text")
    assert shown["before"] == "The for"
    assert shown["rows"][1] == {
        "sign": "l",
        "nats": 0.7,
        "likeliest": [[" ", 0.5], ["z", 0.1]],
        "kept": 2,
        "cut": 0.25,
    }
    [summary] = [caption.value for caption in app.caption if caption.value.startswith("After the bar")]
    assert "It drew among 2.0 characters on average; what was cut off had 25.0 % of its trust." in summary


def test_anybody_with_the_link_can_let_it_write_on_a_whole_screen(visit: Visit, written: Run, asked: list[Any]) -> None:
    assert "Try it" in [link.label for link in visit("sequence", run=written.id).page_link]
    app = visit("try", run=written.id)
    assert app.title[0].value == "Begin a text: how does it go on?"
    assert "Unseen text surprises it by 1.500 nats a character." in words_of(app)
    app.button(key="write_go").click().run()
    assert data_of(app, "write_text")["before"] == "The "
