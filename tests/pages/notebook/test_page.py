"""The notebook, and how findings and guesses come into it."""

import pytest

from core.store import Status, Store
from core.store.notes.guesses import add_guesses
from core.store.records import NewGuess
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import words_of


@pytest.fixture
def pair(past: PastRuns) -> list[str]:
    return [past.finished(changes=[f"batch_size={size}"], mistakes=size, name=f"size {size}").id for size in (32, 64)]


def test_a_comparison_is_kept_annotated_reported_and_deleted(visit: Visit, store: Store, pair: list[str]) -> None:
    assert "will be kept here" in words_of(visit("notebook"))
    app = visit("compare", runs=",".join(pair))
    app.text_area(key="compare_keep_note").set_value("smaller is better")
    app.button(key="FormSubmitter:compare_keep_form-Keep").click().run()
    assert not app.exception
    [kept] = store.findings.list(ME)
    assert (kept.note, kept.runs) == ("smaller is better", pair)
    book = visit("notebook")
    words = words_of(book)
    assert not book.exception
    assert "Only the batch size differs, 32 → 64: test accuracy" in words
    assert "This network B is worse than A by 3.2 points" in words
    book.text_area(key=f"finding_note_{kept.id}").set_value("at least here").run()
    assert store.findings.get(kept.id, ME).note == "at least here"
    store.runs.delete(pair[1], ME)
    book = visit("notebook")
    assert "deleted since" in words_of(book)
    assert "will be kept here" in words_of(visit("notebook", key="b" * 32))
    book.button(key=f"finding_delete_{kept.id}").click().run()
    assert not book.exception
    assert store.findings.count(ME) == 0


def test_the_record_of_guesses_counts_what_came_to_its_end(visit: Visit, store: Store, past: PastRuns) -> None:
    key = "test_accuracy_last"
    for seed, (value, mistakes) in enumerate([(0.9, 40), (0.98, 40), (0.5, None)]):
        run = past.queued(changes=[f"seed={seed}"], name=f"run {seed}", priority=1)
        with store.engine.begin() as connection:
            add_guesses(connection, run.id, ME, [NewGuess(key, value=value)], 0.0)
        claimed = store.runs.claim("train", host="there", slot=f"slot-{seed}", pid=1)
        assert claimed is not None
        if mistakes is None:
            store.runs.move(run.id, Status.FAILED, lease=claimed.lease)
        else:
            past.finish(claimed, mistakes=mistakes)
    book = visit("notebook")
    assert not book.exception
    assert {one.label: one.value for one in book.metric} == {
        "Guesses": "3",
        "Test accuracy: off by": "4.0 points",
    }
    assert "so the guess does not count" in words_of(book)
