"""The page that compares runs."""

import pytest

from core.datasets import open_prepared
from core.runs.comparison.baselines import Baselines
from core.settings import Settings
from core.store import Status, Store
from pages._ui.runs.actions import COMPARE
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns
from tests.support.reading import data_of, said, without_signs, words_of
from tests.support.tab import Tab


@pytest.fixture
def batches(settings: Settings, past: PastRuns) -> list[str]:
    def trained(size: int) -> str:
        run = past.finished(
            name=f"batch {size}", changes=[f"batch_size={size}"], mistakes=size, dataset_version=version
        )
        return run.id

    version = open_prepared(settings, "mnist_5k").version
    return [trained(32), trained(64)]


def compared(visit: Visit, *run_ids: str, **more: str) -> Tab:
    app = visit("compare", runs=",".join(run_ids), **more)
    assert not app.exception
    return app


def test_two_runs_are_compared_from_the_sentence_to_the_pictures(visit: Visit, batches: list[str]) -> None:
    app = compared(visit, *batches)
    words = words_of(app)
    assert "Only the batch size differs, 32 → 64: test accuracy" in words
    assert "This network B is worse than A by 3.2 points" in words
    assert "**A right, B wrong: 32**" in words
    assert "**B right, A wrong: 0**" in words
    assert "2 networks have been measured on these test examples" in words
    table = app.table[0].value
    assert list(table.loc["Batch size"]) == ["32", "64"]
    assert "Epochs" not in table.index
    app.toggle(key="compare_all").set_value(True).run()
    assert "Epochs" in app.table[0].value.index
    app.button(key=f"drop_{batches[0]}").click().run()
    assert "Tick one more run" in words_of(app)
    assert app.query_params["runs"] == batches[1]


def test_the_table_lists_what_may_be_seen_and_keeps_test_results_back(
    visit: Visit, store: Store, past: PastRuns, batches: list[str]
) -> None:
    past.finished(name="hidden", owner=SOMEBODY_ELSE)
    app = compared(visit)
    rows = app.dataframe[0].value
    assert set(rows["Run"]) == {"batch 32", "batch 64"}
    assert not [name for name in rows.columns if "test" in name.lower()]
    assert sorted(rows["batch_size"]) == [32, 64]  # it differs, so it is shown
    app.text_input(key="find").set_value("batch_size>50").run()
    assert list(app.dataframe[0].value["Run"]) == ["batch 64"]
    app.text_input(key="find").set_value("batchsize>50").run()
    assert not app.exception
    assert "no run has a column 'batchsize'" in said(app.error[0])


def test_a_run_that_is_gone_is_said_and_the_others_stay(visit: Visit, store: Store, batches: list[str]) -> None:
    store.runs.delete(batches[1], ME)
    app = compared(visit, batches[0], batches[1], "nothing")
    assert len(app.warning) == 2
    assert "Tick one more run" in words_of(app)


def test_repeats_of_both_are_queued_once(visit: Visit, store: Store, batches: list[str]) -> None:
    app = compared(visit, *batches)
    app.button(key="repeat_3").click().run()
    assert not app.exception
    queued = store.runs.list(owners=[ME], status=[Status.QUEUED])
    assert sorted((run.config["batch_size"], run.config["seed"]) for run in queued) == [
        (32, 1),
        (32, 2),
        (64, 1),
        (64, 2),
    ]
    assert "repeat_3" not in {button.key for button in app.button}


def test_a_run_is_taken_to_the_page_from_its_menu(visit: Visit, batches: list[str]) -> None:
    app = visit("home")
    app.get_by_key(f"menu_{batches[0]}").click(COMPARE)
    app.run()
    assert not app.exception
    assert "Tick one more run" in words_of(app)
    assert app.button(key="compare_these").disabled


def test_without_runs_the_page_leads_to_the_first_one(visit: Visit) -> None:
    app = compared(visit)
    assert not app.dataframe
    assert "Nothing has been trained yet" in words_of(app)


def looked_at(app: Tab, view: str) -> Tab:
    app.segmented_control(key="compare_view").set_value(view).run()
    assert not app.exception
    return app


def test_a_link_opens_the_chosen_view(visit: Visit, batches: list[str]) -> None:
    app = compared(visit, *batches, compare_view="Calibration")
    assert "Mean gap between confidence and share right" in words_of(app)
    assert app.get_by_key("compare_views") is not None


def test_more_data_is_tried_with_the_settings_of_one_run(visit: Visit, store: Store, batches: list[str]) -> None:
    app = compared(visit, *batches)
    menu = app.get_by_key("more_data_of")
    assert menu.options[1].startswith("B: on 100, 1,000, 2,000 and 4,000 examples, about ")
    menu.click(menu.options[1])
    app.run()
    assert not app.exception
    assert app.title[0].value == "Does more data help?"
    assert {run.config["batch_size"] for run in store.runs.list(status=[Status.QUEUED])} == {64}


def test_what_changed_and_what_it_costs_is_drawn_when_it_is_opened(visit: Visit, batches: list[str]) -> None:
    app = compared(visit, *batches)
    words = words_of(looked_at(app, "Confusions"))
    assert "**What changed most: against A, B calls**" in words
    assert "more often: " in words
    assert "Mean gap between confidence and share right: **A** " in words_of(looked_at(app, "Calibration"))
    looked_at(app, "Costs and results")
    assert app.selectbox(key="compare_across").value == "batch_size"  # both took as long, and have as many parameters
    assert "No Pareto front is drawn, since batch size (examples) is no cost" in words_of(app)


def test_of_three_runs_those_that_none_beats_are_named(visit: Visit, past: PastRuns) -> None:
    costs = {"quick": (10.0, 90), "slow": (40.0, 20), "worse": (50.0, 60)}
    runs = [
        past.finished(name=name, changes=[f"seed={at}"], mistakes=wrong, summary={"fit_s": seconds}).id
        for at, (name, (seconds, wrong)) in enumerate(costs.items())
    ]
    app = looked_at(compared(visit, *runs), "Costs and results")
    assert "**Pareto front: A, B.**" in words_of(app)
    assert "**All that differs.**" in words_of(app)
    assert "Mean over seeds" in [toggle.label for toggle in app.toggle]
    app.toggle(key="compare_means").set_value(True).run()
    sent = data_of(app, "compare_curves")["runs"]
    assert {run["label"] for run in sent} == {"A, B, C: mean of 3 seeds"}
    assert len({run["set"] for run in sent}) == 1


def test_simple_methods_are_measured_by_a_task_and_stand_beside_the_runs(
    visit: Visit, store: Store, batches: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = looked_at(compared(visit, *batches), "Baselines")
    assert [task.dataset for task in store.runs.list(kind="baselines")] == ["mnist_5k"]
    results = {"tree": {"test_accuracy_last": 0.95}, "majority": {"test_accuracy_last": 0.1}}
    known = Baselines(open_prepared(settings, "mnist_5k").version, results, 4000, 4000, 784, 784, ("logistic",))
    monkeypatch.setattr("pages._ui.compare.closer.baselines.read_baselines", lambda *given: known)
    app.run()
    assert not app.exception
    rows = app.table[1].value
    assert list(rows.index) == ["**A batch 32**", "Decision tree", "**B batch 64**", "The most common class"]
    words = words_of(app)
    assert "**decision tree**, reaches 95.0 %: better are only A." in words
    assert "Left out, since too big or too slow: logistic regression." in words


def test_a_logged_script_stands_beside_a_run_of_ours_in_the_lists_and_on_its_own_page(
    visit: Visit, past: PastRuns, batches: list[str]
) -> None:
    script = past.logged()
    app = compared(visit, batches[0], script.id)
    words = words_of(app)
    assert "These are different kinds of networks, CNN → Logged script" in words
    assert "only the numbers can be compared" in words
    assert without_signs(list(app.table[0].value.loc["Validation accuracy"])[1]) == "75.0 %"
    rows = app.dataframe[0].value.set_index("Run")
    assert list(rows.loc["a script", "Curve"]) == [0.8] * 4
    assert "Its data is not here" in words_of(looked_at(app, "Networks"))
    home = visit("home")
    assert not home.exception
    assert "by a script" in words_of(home)
    page = visit("logged", run=script.id)
    assert not page.exception
    assert "Finished: 75.0 %" in words_of(page)
    assert not [one.label for one in page.button if one.label in ("Use these settings", "Train again")]
    assert not visit("logged", run=past.logged(is_over=False).id).exception
    assert "was not logged by a script" in said(visit("logged", run=batches[0]).error[0])
