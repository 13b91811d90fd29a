"""What the CNN page says of a run that has ended: how good it is."""

import json
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics

from core.datasets import Dataset, find_dataset
from core.datasets.targets import Classes
from core.store import Run, Status, Store
from pages._ui.results.matrix import MOST
from tests.pages.conftest import Visit
from tests.support.past_runs import SOMEBODY_ELSE, TEST_SIZE, PastRuns
from tests.support.reading import data_of, said, words_of
from tests.support.tab import Tab

# The headline


@pytest.mark.parametrize("mistakes", [0, 1, 38, 80])
def test_the_accuracy_is_that_of_the_stored_answers_with_its_interval(
    visit: Visit, past: PastRuns, mistakes: int
) -> None:
    app = visit("cnn", run=past.finished(mistakes=mistakes).id)
    right = TEST_SIZE - mistakes
    interval = binomtest(right, TEST_SIZE).proportion_ci(0.95, method="wilson")
    assert app.metric[0].value == f"{100 * right / TEST_SIZE:.1f} %"
    assert f"{right:,} of 1,000 unseen images right;" in words_of(app)
    low, high = 100 * interval.low, 100 * interval.high
    assert f"probably {low:.1f}\N{EN DASH}{high:.1f} % (95 % interval)" in words_of(app)


def test_always_saying_the_commonest_class_stands_beside_it(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished()
    truth = np.array([4] * 7 + [1] * 3)
    store.files(run.id).save_predictions(
        {"ids": np.arange(10), "y_true": truth, "probabilities_last": np.eye(10, dtype=np.float32)[truth]}
    )
    assert "Always predicting the most common class, 4, reaches 70.0 %." in words_of(visit("cnn", run=run.id))


def test_the_results_say_what_they_cost(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.finished().id)
    assert "12,345 parameters · 10 epochs, 100 steps · 1:12 of training · Our fixed split" in words_of(app)


def test_a_run_on_few_of_the_images_says_on_how_many(visit: Visit, past: PastRuns) -> None:
    words = words_of(visit("cnn", run=past.finished(changes=["train_images=500"]).id))
    assert "of training · trained on 500 of 4,000 training images, tested on 1,000 images." in words


def test_a_best_moment_by_validation_stands_beside_the_last(visit: Visit, past: PastRuns) -> None:
    summary = {"best_step": 80, "test_accuracy_best": 0.971, "epochs_done": 1}
    app = visit("cnn", run=past.finished(summary=summary).id)
    assert "Best by validation, step 80: 97.1 %; last, step 100: 96.2 %." in words_of(app)
    assert "1 epoch, 100 steps" in words_of(app)


@pytest.mark.parametrize(
    ("train", "changes", "expected"),
    [
        (0.981, [], "98.1 % of its training images right, 96.2 % of unseen ones: a gap of 1.9 points. Small:"),
        (1.0, [], "a gap of 3.8 points. Moderate:"),
        (0.95, [], "1.2 points more. It does no worse on unseen images"),
        (0.7, ["label_noise=0.3"], "Its training labels were corrupted on purpose"),
        (1.0, ["test_shift=dark"], "Its test images were changed on purpose"),
    ],
)
def test_the_gap_between_training_and_test_is_said_in_words(
    visit: Visit, past: PastRuns, train: float, changes: list[str], expected: str
) -> None:
    run = past.finished(summary={"train_accuracy_last": train, "train_size": 2000}, changes=changes)
    assert expected in words_of(visit("cnn", run=run.id))


def test_a_run_that_was_not_measured_on_training_images_has_no_such_sentence(visit: Visit, past: PastRuns) -> None:
    assert "of its training images right" not in words_of(visit("cnn", run=past.finished().id))


# The reference


def article(past: PastRuns, store: Store, accuracy: float, seed: int, **new: Any) -> Run:
    """A finished run of the article's network, as if on `mnist`."""
    changes = [f"seed={seed}", *new.pop("changes", [])]
    summary = {"test_accuracy_last": accuracy}
    return past.finished(preset="article", changes=changes, dataset="mnist", summary=summary, **new)


@pytest.fixture
def as_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the full MNIST be the small one, which is here."""
    monkeypatch.setattr("pages._ui.shell.shell.find_dataset", lambda settings, name: _found(settings, name))


def _found(settings: Any, name: str) -> Dataset:
    return find_dataset(settings, "mnist_5k" if name == "mnist" else name)


@pytest.mark.usefixtures("as_mnist")
def test_a_recipe_is_held_against_its_source_and_our_own_runs(visit: Visit, store: Store, past: PastRuns) -> None:
    results = [0.99, 0.985, 0.992]
    runs = [article(past, store, accuracy, seed) for seed, accuracy in enumerate(results[:2])]
    article(past, store, results[2], 2, owner=SOMEBODY_ELSE)
    article(past, store, 0.5, 3, changes=["learning_rate=0.1"])
    text = words_of(visit("cnn", run=runs[0].id))
    assert "The source of this recipe reports 98.00 %." in text
    assert f"{100 * np.mean(results):.2f} %, mean of the 3 finished runs" in text
    assert f"standard deviation {100 * np.std(results, ddof=1):.2f} points" in text


@pytest.mark.usefixtures("as_mnist")
def test_one_run_of_a_recipe_has_no_spread(visit: Visit, store: Store, past: PastRuns) -> None:
    text = words_of(visit("cnn", run=article(past, store, 0.99, 5).id))
    assert "99.00 %, the only finished run" in text
    assert "standard deviation" not in text


@pytest.mark.usefixtures("as_mnist")
def test_other_settings_or_data_have_no_reference(visit: Visit, store: Store, past: PastRuns) -> None:
    changed = article(past, store, 0.99, 0, changes=["epochs=4"])
    elsewhere = past.finished(preset="article")
    for run in (changed, elsewhere):
        assert "source of this recipe" not in words_of(visit("cnn", run=run.id))


# Which network


def with_best(past: PastRuns, store: Store) -> Run:
    run = past.running(step=100)
    last, best = past.predictions(38), past.predictions(20)
    past.finish(run, summary={"best_step": 80, "test_accuracy_best": 0.98})
    store.files(run.id).save_predictions({**last, "probabilities_best": best["probabilities_last"]})
    return store.runs.get(run.id)


def test_which_network_is_shown_is_chosen_once_for_the_page(visit: Visit, store: Store, past: PastRuns) -> None:
    app = visit("cnn", run=with_best(past, store).id)
    assert app.metric[0].value == "96.2 %"
    last = total(app)
    app.segmented_control(key="_results_network").set_value("Best by validation").run()
    assert app.metric[0].value == "98.0 %"
    assert (last, total(app)) == (962, 980)
    app.run()
    assert app.metric[0].value == "98.0 %"


def test_a_run_without_a_best_network_offers_no_choice(visit: Visit, store: Store, past: PastRuns) -> None:
    app = visit("cnn", run=with_best(past, store).id)
    app.segmented_control(key="_results_network").set_value("Best by validation").run()
    other = visit("cnn", run=past.finished().id)
    assert "_results_network" not in [control.key for control in other.segmented_control]


def total(app: Tab) -> int:
    """Return how many images the matrix has on its diagonal."""
    return int(np.trace(np.array(data_of(app, "confusion")["counts"])))


# The matrix


def test_the_confusion_matrix_counts_what_was_called_what(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished(mistakes=38)
    found = store.files(run.id).load_predictions()
    expected = metrics.confusion_matrix(found["y_true"], found["probabilities_last"].argmax(1))
    sent = data_of(visit("cnn", run=run.id), "confusion")
    assert sent["counts"] == expected.tolist()
    assert (sent["classes"], sent["chosen"]) == ([str(n) for n in range(10)], None)


def test_behind_an_open_cell_are_its_first_images(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished(mistakes=38)
    app = visit("cnn", run=run.id)
    app.session_state["_open_cell"] = (f"{run.id}/{run.generation}/last", 3, 3)
    app.run()
    found = store.files(run.id).load_predictions()
    count = int(((found["y_true"] == 3) & (found["probabilities_last"].argmax(1) == 3)).sum())
    assert f"Is **3**, predicted correctly: showing {MOST} of {count}" in words_of(app)
    assert len(data_of(app, "cell_images")["pictures"]) == MOST < count
    assert data_of(app, "confusion")["chosen"] == [3, 3]


def test_an_open_cell_of_another_run_is_closed(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.finished().id)
    app.session_state["_open_cell"] = ("another/0/last", 3, 3)
    app.run()
    assert data_of(app, "confusion")["chosen"] is None
    assert "showing" not in words_of(app)


# Each class, galleries, calibration


def test_each_class_has_its_scores_and_the_weakest_is_named(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished(mistakes=38)
    found = store.files(run.id).load_predictions()
    truth, called = found["y_true"], found["probabilities_last"].argmax(1)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, called)
    app = visit("cnn", run=run.id)
    table = app.dataframe[0].value
    np.testing.assert_allclose(table[["Precision", "Recall", "F1"]].to_numpy().T / 100, [precision, recall, f1])
    assert table["Test images"].tolist() == support.tolist()
    assert f"**{f1.argmin()}** does worst" in words_of(app)
    assert f"precision {100 * precision.mean():.1f} %, recall {100 * recall.mean():.1f} %" in words_of(app)


def test_the_surest_mistakes_come_first(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished(mistakes=38)
    truth = store.files(run.id).load_predictions()["y_true"]
    shown = data_of(visit("cnn", run=run.id), "mistakes")["pictures"]
    digits = [int(truth[n]) for n in range(12)]
    expected = [f"said {(digit + 1) % 10}, {99 - n} %\nis {digit}" for n, digit in enumerate(digits)]
    assert [picture["below"] for picture in shown] == expected
    assert shown[0]["alt"] == f"test image 0: said {(digits[0] + 1) % 10}, 99 %, is {digits[0]}"


def test_no_mistakes_is_said(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.finished(mistakes=0).id)
    assert not app.exception
    assert "It made none on the test images." in words_of(app)
    assert "No class does worse than another." in words_of(app)


def test_the_least_sure_of_the_right_answers_are_shown(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished(mistakes=10)
    found = past.predictions(10)
    row = found["probabilities_last"][500]
    digit = int(found["y_true"][500])
    row[:], row[digit] = 0.08, 0.28
    store.files(run.id).save_predictions(found)
    first = data_of(visit("cnn", run=run.id), "unsure")["pictures"][0]
    assert first["below"] == f"said {digit}, 28 %\nis {digit}"


def test_the_calibration_is_said_in_words(visit: Visit, past: PastRuns) -> None:
    app = visit("cnn", run=past.finished(mistakes=0).id)  # 90 % sure and always right
    assert "At a confidence of about 90.0 % it is right in 100.0 % of cases (1,000 answers" in words_of(app)
    assert "10.0 points apart" in words_of(app)
    assert json.loads(data_of(app, "calibration")["figure"])["layout"]["xaxis"]["title"]["text"]


# Two classes


@pytest.fixture
def two(past: PastRuns, store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A finished run that tells two classes apart, not too well."""
    from dataclasses import replace

    def only_two(settings: Any, name: str) -> Dataset:
        known = find_dataset(settings, name)
        return replace(known, spec=replace(known.spec, target=Classes(("well", "ill"))))

    run = past.finished()
    rng = np.random.default_rng(0)
    truth = (rng.random(300) < 0.4).astype(int)
    ill = np.clip(rng.normal(0.35 + 0.3 * truth, 0.2), 0, 1)
    answers = np.stack([1 - ill, ill], axis=1).astype(np.float32)
    store.files(run.id).save_predictions({"ids": np.arange(300), "y_true": truth, "probabilities_last": answers})
    monkeypatch.setattr("pages._ui.shell.shell.find_dataset", only_two)
    return run


@pytest.mark.parametrize("positive", [0, 1])
def test_two_classes_have_a_threshold_and_both_areas(visit: Visit, store: Store, two: Run, positive: int) -> None:
    found = store.files(two.id).load_predictions()
    is_positive, scores = found["y_true"] == positive, found["probabilities_last"][:, positive]
    app = visit("cnn", run=two.id)
    app.segmented_control(key="positive").set_value(positive).run()
    app.slider(key="threshold").set_value(0.3).run()
    assert not app.exception
    called = scores >= 0.3
    values = {metric.label: metric.value for metric in app.metric}
    assert values["Sensitivity"] == f"{100 * metrics.recall_score(is_positive, called):.1f} %"
    assert values["Specificity"] == f"{100 * metrics.recall_score(~is_positive, ~called):.1f} %"
    assert f"(AUC) {metrics.roc_auc_score(is_positive, scores):.3f}" in words_of(app)
    assert f"average precision {metrics.average_precision_score(is_positive, scores):.3f}" in words_of(app)
    assert f"{(called & ~is_positive).sum()} are false alarms" in words_of(app)


def test_a_moved_threshold_draws_nothing_else(visit: Visit, two: Run) -> None:
    app = visit("cnn", run=two.id)
    app.slider(key="threshold").set_value(0.3).run()
    assert "roc" in app.drawn_anew
    assert not {"confusion", "classes", "calibration", "train"} & set(app.drawn_anew)


def test_more_than_two_classes_have_no_threshold(visit: Visit, past: PastRuns) -> None:
    assert "threshold" not in [slider.key for slider in visit("cnn", run=past.finished().id).slider]


def test_results_without_their_images_still_count(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished()
    (store.settings.home / "prepared").unlink()
    app = visit("cnn", run=run.id)
    assert not app.exception
    assert app.metric[0].value == "96.2 %"
    assert "The images are not on this server" in words_of(app)
    assert run.status is Status.SUCCEEDED
    assert not [said(error) for error in app.error]
