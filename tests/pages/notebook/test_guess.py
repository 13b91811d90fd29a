"""The guess beside Train, and what is told of it."""

from core.store import Store
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import data_of, words_of

STRANGER = "b" * 32


def test_a_guess_is_stored_with_the_run_drawn_with_its_curves_and_told_at_its_end(
    visit: Visit, store: Store, past: PastRuns
) -> None:
    rival = past.finished(name="the rival", mistakes=60)
    app = visit("cnn", preset="fast")
    app.number_input(key="guess_test_accuracy_last").set_value(95.0)
    app.selectbox(key="guess_rival").set_value(rival.id)
    app.button(key="FormSubmitter:guess_form-Write it down").click().run()
    assert not app.exception
    app.button(key="train").click().run()
    assert not app.exception
    run = store.runs.get(app.query_params["run"])
    assert [(one.value, one.rival) for one in store.guesses.about(run.id)] == [(0.95, None), (None, rival.id)]
    assert "You guessed 95.0 %." in words_of(app)
    assert app.number_input(key="guess_test_accuracy_last").value is None  # the next run has its own
    app.button(key="train").click().run()  # the same again: it is offered, and nothing is guessed about it
    assert len(store.guesses.of(ME)) == 2
    claimed = store.runs.claim("train", host="there", slot="train-9", pid=1)
    assert claimed is not None
    past.finish(claimed, mistakes=36)
    mine, other = (visit("cnn", run=run.id, cnn_view="Results", key=key) for key in ("a" * 32, STRANGER))
    assert "You guessed 95.0 %; it reached 96.4 %: 1.4 points higher." in words_of(mine)
    assert "Its owner guessed 95.0 %" in words_of(other)
    assert "the rival" not in words_of(other)


def test_the_guess_is_a_line_in_the_chart_it_belongs_to(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.running()
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into guesses (run, owner, key, value, created) values (?, ?, 'test_accuracy_last', 0.9, 0)",
            (run.id, ME),
        )
    app = visit("cnn", run=run.id)
    assert not app.exception
    assert {chart["title"]: chart["levels"] for chart in data_of(app, "run_curves")["charts"]} == {
        "Loss": [],
        "Accuracy": [["guess", 0.9]],
    }
    stranger = visit("cnn", run=run.id, key=STRANGER)
    assert not any(chart["levels"] for chart in data_of(stranger, "run_curves")["charts"])
