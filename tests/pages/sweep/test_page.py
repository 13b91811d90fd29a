"""Sweeps: the dialog that starts one, and the page of its group."""

from core.store import Status, Store
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns
from tests.support.reading import said, words_of
from tests.support.tab import Tab

CHANGES = [["learning_rate=0.001", "batch_size=32"], ["learning_rate=0.01", "batch_size=32"]]
CHANGES += [["learning_rate=0.001", "batch_size=64"], ["learning_rate=0.01", "batch_size=64"]]


def visited(visit: Visit, group: str) -> Tab:
    app = visit("compare", group=group)
    assert not app.exception
    return app


def test_a_form_offers_to_try_several_values_and_says_what_they_cost(visit: Visit, store: Store) -> None:
    app = visit("cnn")
    assert not app.exception
    app.button(key="sweep_offer").click().run()
    assert not app.exception
    assert "Tries 0.002, 0.02, 0.2" in words_of(app)
    assert "3 runs, up to" in words_of(app)
    app.text_input(key="sweep_one_learning_rate").set_value("1e-3..1e-1:x").run()
    assert "the range of learning_rate cannot be used" in said(app.error[0])
    assert app.button(key="sweep_start").disabled
    app.text_input(key="sweep_one_learning_rate").set_value("0.001, 0.01").run()
    app.selectbox(key="sweep_second").set_value("optimizer").run()
    app.multiselect(key="sweep_two_optimizer").set_value(["adam", "sgd"]).run()
    app.button(key="sweep_start").click().run()
    runs = store.runs.list(owners=[ME])
    assert len({run.group for run in runs}) == 1
    assert {(run.config["learning_rate"], run.config["optimizer"]) for run in runs} == {
        *((rate, name) for rate in (0.001, 0.01) for name in ("adam", "sgd"))
    }
    assert all(run.config["validation_fraction"] for run in runs)


def test_a_grid_is_drawn_while_it_trains_and_its_owner_stops_it(visit: Visit, store: Store, past: PastRuns) -> None:
    for changes, accuracy in zip(CHANGES[:2], (0.9, 0.5), strict=True):
        past.finished(changes=["validation_fraction=0.1", *changes], group="g", summary={"val_accuracy_last": accuracy})
    for changes in CHANGES[2:]:
        past.queued(changes=["validation_fraction=0.1", *changes], group="g")
    app = visited(visit, "g")
    words = words_of(app)
    assert app.title[0].value == "Learning rate and batch size"
    assert "moves the mean validation accuracy by 40.0 points: 50.0 % at 0.01, 90.0 % at 0.001" in words
    assert list(app.dataframe[0].value["State"]) == ["finished", "finished", "waiting", "waiting"]
    assert list(app.dataframe[0].value["Learning rate"])[:2] == ["0.001", "0.01"]
    app.button(key="sweep_best").click().run()
    assert not app.exception
    assert "Only the learning rate differs, 0.001 → 0.01" in words_of(app)
    app = visited(visit, "g")
    app.button(key="sweep_stop").click().run()
    assert store.runs.count(status=[Status.STOPPED]) == 2
    assert not app.get("sweep_stop")


def test_others_see_the_numbers_of_a_group_but_cannot_stop_it(visit: Visit, past: PastRuns) -> None:
    past.finished(changes=["epochs=1"], group="g", owner=SOMEBODY_ELSE)
    past.queued(changes=["epochs=2"], group="g", owner=SOMEBODY_ELSE)
    app = visited(visit, "g")
    assert "sweep_stop" not in [button.key for button in app.button]
    assert "so no run is called the best" in said(app.info[0])
    assert "there is no group" in said(visit("compare", group="none").error[0])


def test_a_learning_curve_says_what_more_data_would_bring(visit: Visit, past: PastRuns) -> None:
    for size, mistakes in ((100, 320), (1000, 110), (2000, 83), (0, 64)):
        past.finished(changes=[f"train_images={size}"], group="g", mistakes=mistakes)
    app = visited(visit, "g")
    assert app.title[0].value == "Does more data help?"
    assert "8,000 examples would bring the error from 6.4 % to about 5" in words_of(app)


def test_presets_of_several_families_are_trained_on_one_budget(visit: Visit, store: Store) -> None:
    app = visit("compare")
    app.button(key="budget_offer").click().run()
    assert not app.exception
    app.number_input(key="budget_seconds").set_value(7).run()
    assert "8 runs, about" in words_of(app)
    app.multiselect(key="budget_presets_mnist_5k").set_value(["cnn:fast"]).run()
    assert "these presets make no group, expected 2 to 12, received 1" in said(app.error[0])
    assert app.button(key="budget_start").disabled
    app.multiselect(key="budget_presets_mnist_5k").set_value(["cnn:fast", "mlp:digits"]).run()
    app.button(key="budget_start").click().run()
    assert not app.exception
    runs = store.runs.list(owners=[ME])
    assert {(run.family, run.preset, run.config["time_budget_s"]) for run in runs} == {
        ("cnn", "fast", 7),
        ("mlp", "digits", 7),
    }
    assert len({run.group for run in runs}) == 1
    app = visited(visit, str(runs[0].group))
    assert app.title[0].value == "7 s of training each"
    assert list(app.dataframe[0].value["State"]) == ["waiting", "waiting"]


def test_a_group_of_several_families_leads_to_their_comparison(visit: Visit, past: PastRuns) -> None:
    past.finished(group="g", preset="fast", changes=["time_budget_s=7"])
    past.finished(group="g", preset="digits", family="mlp", changes=["time_budget_s=7"], mistakes=80)
    app = visited(visit, "g")
    assert set(app.dataframe[0].value["Network"]) == {"CNN: Fast digits", "MLP: Digits without convolution"}
    assert app.dataframe[0].value["95 % interval"].str.contains(" % to ").all()
    app.button(key="sweep_best").click().run()
    assert not app.exception
    assert "different kinds of networks, CNN → MLP" in words_of(app)
