"""The results of networks that answer texts, and the page to try one, without a browser."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.datasets import DATASETS
from core.datasets.texts.pairs.rows import pair_rows
from core.families.sequence.family import PRESETS
from core.runs.translating import as_row, translation
from core.store import Run, Status, Store
from tests.pages.conftest import Visit
from tests.support.past_runs import PastRuns
from tests.support.reading import said, words_of

SUMS = DATASETS["sums"].spec
PAIRS = [("1+2", "3"), ("10+20", "30"), ("100+200", "300"), ("7+8", "15")]
X, Y = pair_rows(PAIRS, list(SUMS.features.vocabulary), 7, 5)


@pytest.fixture
def answered(past: PastRuns, store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that has learned sums, tested on four of them, of which it got one wrong."""
    config = PRESETS["sums"].config.to_dict()
    run = past.running(step=100, family="sequence", preset="sums", dataset="sums", config=config)
    output = np.stack([Y, np.zeros(Y.shape)], 2).astype(np.float32)
    output[3, 0, 0] += 1
    store.files(run.id).save_predictions({"ids": np.arange(4), "y_true": Y, "said_last": output})
    summary = {"parameters": 193, "steps_done": 100, "epochs_done": 10, "fit_s": 72.4, "test_exact_last": 0.75}
    summary |= {"test_token_accuracy_last": 0.9, "test_exact_copy": 0.0, "test_token_accuracy_copy": 0.1}
    store.runs.move(run.id, Status.SUCCEEDED, lease=run.lease, summary=summary)
    seen = SimpleNamespace(x_test=X, y_test=Y)
    monkeypatch.setattr("pages._ui.results.token_sequence.examples_seen", lambda *given: seen)
    monkeypatch.setattr("pages._ui.home.try_answers.open_seen", lambda *given: seen)

    def answer(store: Store, run: Run, spec: object, rows: np.ndarray, **how: object) -> list[object]:
        assert how.get("step", 100) in (None, 100)  # the last one, which was tested, or on Try it the best
        shares = np.full((5, 7), 1 / 7, np.float32)
        tokens = [pair_rows([("1", "300")], list(SUMS.features.vocabulary), 7, 5)[1][0] for _ in rows]
        return [translation(row, one, shares, SUMS) for row, one in zip(rows, tokens, strict=True)]

    def answer_texts(store: Store, run: Run, spec: object, texts: list[str], **how: object) -> list[object]:
        return answer(store, run, spec, np.stack([as_row(text, SUMS) for text in texts]), **how)

    monkeypatch.setattr("pages._ui.results.token_sequence.translate_rows", answer)
    monkeypatch.setattr("pages._ui.results.translating.translate", answer_texts)
    return store.runs.get(run.id)


@pytest.mark.parametrize("preset", ["dates", "sums", "tiny_transformer"])
def test_a_preset_opens_says_what_it_is_and_can_be_trained(visit: Visit, preset: str) -> None:
    app = visit("sequence", preset=preset)
    assert not app.exception
    assert PRESETS[preset].sentence in words_of(app)
    assert not app.button(key="train").disabled


def test_what_would_see_the_answer_is_refused_in_one_sentence(visit: Visit) -> None:
    app = visit("sequence", preset="sums", layers="decoder:64,attention:4:full")
    assert not app.exception
    assert "attention_1 sees all steps" in said(app.error[0])
    assert app.button(key="train").disabled


def test_exact_answers_stand_beside_simple_methods_and_by_length(visit: Visit, answered: Run) -> None:
    app = visit("sequence", run=answered.id, sequence_view="Results")
    assert not app.exception
    assert [metric.value for metric in app.metric] == ["75.0 %", "90.0 %"]
    assert "3 of 4 unseen texts are answered without any mistake" in words_of(app)
    tables = {tuple(frame.value.columns): frame.value for frame in app.dataframe}
    methods = tables["Model", "Exact answers", "Characters"]
    assert methods.to_numpy().tolist() == [["This network", 75.0, 90.0], ["Repeating the question", 0.0, 10.0]]
    by_length = next(table for columns, table in tables.items() if columns[0] == "Characters of the question")
    assert by_length["Texts"].sum() == 4
    assert np.dot(by_length["Exact"], by_length["Texts"]) == 3


def test_a_text_of_ones_own_is_answered_in_results_and_on_the_page_to_try_it(visit: Visit, answered: Run) -> None:
    for page, more in (("sequence", {"sequence_view": "Results"}), ("try", {})):
        app = visit(page, run=answered.id, **more)
        assert not app.exception
        app.text_input(key="translate_text").set_value("12+3")
        app.button(key="translate_go").click().run()
        assert "12+3 \u2192 300" in [block.value for block in app.code]
        assert "Where it looked" in words_of(app)
        app.text_input(key="translate_text").set_value("12*3")
        app.button(key="translate_go").click().run()
        assert "the network has never seen" in said(app.error[0])
