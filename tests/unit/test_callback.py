"""Training outside Glassbox, read back from its store; Keras' own history is the oracle."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from core.callback import GlassboxCallback
from core.families import find_family
from core.runs.comparison import compare
from core.store import Run, Status, Store
from core.store.records import LOCAL, LOGGED

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = (X.sum(1) > 0).astype("int32")
Fit = Callable[..., keras.callbacks.History]


class AfterBatch(keras.callbacks.Callback):
    """Does something after the third batch of the second epoch."""

    def __init__(self, does: Callable[[], None]) -> None:
        super().__init__()
        self._does, self._epoch = does, 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if (self._epoch, batch) == (1, 2):
            self._does()


@pytest.fixture(scope="module")
def model() -> keras.Model:
    model = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1, "sigmoid")]
    )
    model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
    return model


@pytest.fixture
def fit(model: keras.Model, store: Store) -> Fit:
    def fit(*more: keras.callbacks.Callback, home: Any = store.settings.home, **named: Any) -> Any:
        given = {"batch_size": 16, "epochs": 3, "verbose": 0, "validation_split": 0.25, **named}
        return model.fit(X, Y, callbacks=[GlassboxCallback("mine", home), *more], **given)

    return fit


def logged(store: Store) -> Run:
    [run] = store.runs.list()
    return run


def test_a_fit_is_logged_with_its_settings_curves_and_results(fit: Fit, store: Store) -> None:
    history = fit().history
    run = logged(store)
    assert (run.status, run.name, run.owner, run.origin) == (Status.SUCCEEDED, "mine", LOCAL, LOGGED)
    known = {
        name: run.config[name] for name in ("optimizer", "learning_rate", "batch_size", "epochs", "loss", "layers")
    }
    assert list(known.values()) == ["SGD", 0.5, 16, 3, "binary_crossentropy", "Dense 3, Dense 1"]
    assert {name: run.summary[f"{name}_last"] for name in history} == {name: ends[-1] for name, ends in history.items()}
    assert (run.summary["parameters"], run.summary["steps_done"]) == (4 * 3 + 3 + 3 + 1, 9)
    points = store.metrics.since(run.id)
    ends = [point.values for point in points if "val_loss" in point.values]
    assert ends == [{name: values[epoch] for name, values in history.items()} for epoch in range(3)]
    assert {point.step for point in points} == set(range(1, 10))
    assert store.files(run.id).numbers.exists()  # so that a lost database does not lose it


def test_its_charts_and_results_follow_from_the_names_of_its_metrics(fit: Fit, store: Store) -> None:
    fit()
    run = logged(store)
    family = find_family(str(run.family))
    charts = {chart.title: chart.metrics for chart in family.charts_of(run.progress["metrics"])}
    assert charts == {name.capitalize(): (name, f"val_{name}") for name in ("loss", "accuracy", "auc")}
    result = family.result(run.summary)
    assert (result.title, result.say(0.5)) == ("Validation accuracy", "50.0 %")
    assert family.result({"loss_last": 0.25}).title == "Training loss"


def test_two_scripts_are_compared_by_their_numbers_alone(fit: Fit, store: Store) -> None:
    fit()
    fit(epochs=1)
    found = compare(store, [run.id for run in reversed(store.runs.list())], LOCAL)
    assert "Only the epochs differ, 3 → 1: validation accuracy" in found.sentence
    assert (
        found.pairs[0].verdict.sentence
        == "A logged script keeps its data to itself, so only the numbers can be compared."
    )
    assert [len(repeats) for repeats in found.repeats] == [1, 1]


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("no more data"), Status.FAILED), (KeyboardInterrupt(), Status.STOPPED)]
)
def test_an_exception_reaches_the_caller_and_the_record(
    fit: Fit, store: Store, error: BaseException, status: Status
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        fit(AfterBatch(fail))
    run = logged(store)
    assert run.status is status
    assert "val_accuracy_last" in run.summary  # of the epoch that was complete
    assert run.error == ("ValueError: no more data" if status is Status.FAILED else "It was interrupted.")


def test_a_loss_that_is_not_a_number_is_called_diverged(fit: Fit, store: Store, model: keras.Model) -> None:
    weights = model.get_weights()
    try:
        fit(AfterBatch(lambda: model.set_weights([np.full_like(one, np.nan) for one in weights])))
    finally:
        model.set_weights(weights)
    run = logged(store)
    assert run.status is Status.DIVERGED
    assert "loss_last" not in run.summary


def test_stop_ends_the_fit_after_the_next_batch(fit: Fit, store: Store) -> None:
    def ask() -> None:
        while not store.runs.list():
            pass
        store.runs.stop(logged(store).id, LOCAL)

    history = fit(AfterBatch(ask), epochs=10_000)
    run = logged(store)
    assert run.status is Status.STOPPED
    assert len(history.epoch) < 10_000


def test_without_a_store_there_is_one_warning_and_the_fit_goes_on(fit: Fit, tmp_path: Any) -> None:
    (tmp_path / "file").touch()
    with pytest.warns(UserWarning, match="Glassbox cannot log this run; training goes on") as told:
        history = fit(home=tmp_path / "file")
    assert len(told) == 1
    assert len(history.epoch) == 3
