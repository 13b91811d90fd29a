"""What the MLP page says of a run that has learned a number: how far off it is."""

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from core.analysis.number.errors import error_numbers
from core.analysis.number.intervals import Interval, error_intervals
from core.datasets import Dataset, find_dataset
from core.datasets.targets import Number
from core.families import FAMILIES
from core.families.mlp import PRESETS
from core.families.supervised.results import R2
from core.store import Run, Status, Store
from pages._ui.shell import words
from tests.pages.conftest import Visit
from tests.support.past_runs import PastRuns
from tests.support.reading import data_of, said, without_signs, words_of
from tests.support.tab import Tab

COUNT = 300
LOCKED = "shown only to the owner of this data: it is private"
Finished = Callable[..., Run]


def numbers(noise: float = 10.0, shift: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return what is true and what was said."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(150, 40, COUNT)
    return truth.astype(np.float32), (truth + rng.normal(shift, noise, COUNT)).astype(np.float32)


@pytest.fixture(autouse=True)
def in_dollars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is learned have a name and a unit that could be taken for markup."""

    def named(settings: Any, dataset_id: str) -> Dataset:
        found = find_dataset(settings, dataset_id)
        return replace(found, spec=replace(found.spec, target=Number("*price*", "k$", 150.0, 40.0)))

    monkeypatch.setattr("pages._ui.shell.shell.find_dataset", named)


@pytest.fixture
def finished(past: PastRuns, store: Store) -> Finished:
    """Let a run end that has said these numbers."""

    def ended(
        said: np.ndarray | None = None, best: np.ndarray | None = None, *, changes: tuple[str, ...] = (), **more: Any
    ) -> Run:
        config = PRESETS["diabetes"].config.changed(changes).to_dict()
        run = past.running(step=100, family="mlp", dataset="diabetes", config=config)
        truth, usual = numbers()
        values = {"last": usual if said is None else said, **({} if best is None else {"best": best})}
        arrays = {f"values_{which}": answers for which, answers in values.items()}
        store.files(run.id).save_predictions({"ids": np.arange(COUNT), "y_true": truth, **arrays})
        tested = {
            f"test_{name}_{which}": value
            for which, answers in values.items()
            for name, value in error_numbers(truth, answers).items()
        }
        summary = {"parameters": 193, "steps_done": 100, "epochs_done": 10, "fit_s": 72.4, "best_step": 80, **tested}
        store.runs.move(run.id, Status.SUCCEEDED, lease=run.lease, summary={**summary, **more})
        return store.runs.get(run.id)

    return ended


def baselines(linear: float | None, mean: float = 40.0) -> dict[str, float]:
    known = {"mean": mean, **({} if linear is None else {"linear": linear})}
    return {
        f"test_{name}_{which}": value
        for which, rmse in known.items()
        for name, value in (("rmse", rmse), ("mae", 0.8 * rmse), ("r2", 1 - (rmse / 40) ** 2))
    }


def table(app: Tab, column: str) -> Any:
    """Return the table that begins with a column."""
    (found,) = [frame.value for frame in app.dataframe if frame.value.columns[0] == column]
    return found


def between(interval: Interval, unit: str = " k$") -> str:
    return f"{words.number(interval.low)} to {words.number(interval.high)}{unit}"


# The headline


def test_the_errors_are_those_of_the_stored_predictions_each_with_its_interval(
    visit: Visit, finished: Finished
) -> None:
    app = visit("mlp", run=finished().id)
    assert not app.exception
    truth, predicted = (values.astype(float) for values in numbers())
    assert {metric.label: without_signs(metric.value) for metric in app.metric} == {
        "RMSE": f"{words.number(root_mean_squared_error(truth, predicted))} k$",
        "MAE": f"{words.number(mean_absolute_error(truth, predicted))} k$",
        "R²": words.number(r2_score(truth, predicted)),
    }
    found, text = error_intervals(*numbers()), words_of(app)
    for interval, unit in ((found.rmse, " k$"), (found.mae, " k$"), (found.r2, "")):
        assert f"95 % interval: {between(interval, unit)}." in text
    assert "Measured on 300 unseen rows." in text
    assert "193 parameters · 10 epochs, 100 steps · 1:12 of training ·" in text


@pytest.mark.parametrize(
    ("train", "expected"),
    [
        (4.0, "The gap is larger than chance explains: it has memorised some."),
        (10.0, "The gap is within the range of chance."),
        (20.0, "It does no worse on unseen rows: no sign that it has memorised any."),
    ],
)
def test_training_stands_beside_unseen_rows(visit: Visit, finished: Finished, train: float, expected: str) -> None:
    text = words_of(visit("mlp", run=finished(train_rmse_last=train).id))
    assert f"Its RMSE is {words.number(train)} k$ on its training rows, " in text
    assert expected in text


def test_a_run_that_was_not_measured_on_training_rows_has_no_such_sentence(visit: Visit, finished: Finished) -> None:
    assert "on its training rows" not in words_of(visit("mlp", run=finished().id))


@pytest.mark.parametrize(
    ("linear", "expected"),
    [
        (20.0, "below that of **linear regression**."),
        (10.0, "It does about as well as **linear regression**, whose RMSE lies within its interval."),
        (5.0, "**Linear regression** does better:"),
        (80.0, "below that of **always predicting the mean**."),
        (None, "below that of **always predicting the mean**."),
    ],
)
def test_the_network_is_held_against_the_better_of_both_baselines(
    visit: Visit, finished: Finished, linear: float | None, expected: str
) -> None:
    app = visit("mlp", run=finished(**baselines(linear)).id)
    assert expected in words_of(app)
    found = table(app, "Model")
    names = ["This network", *(["Linear regression"] if linear else []), "Always predicting the mean"]
    assert found["Model"].tolist() == names
    assert found["RMSE (k$)"].tolist()[1:] == [*([linear] if linear else []), 40.0]
    assert found["RMSE (k$)"][0] == pytest.approx(root_mean_squared_error(*numbers()), rel=1e-3)


def test_a_run_without_baselines_has_no_table_of_them(visit: Visit, finished: Finished) -> None:
    app = visit("mlp", run=finished().id)
    assert [frame.value.columns[0] for frame in app.dataframe] == ["Row"]


def test_which_network_is_shown_is_chosen_and_both_are_said(visit: Visit, finished: Finished) -> None:
    better = numbers(noise=5.0)[1]
    app = visit("mlp", run=finished(best=better).id)
    last, best = (f"{words.number(root_mean_squared_error(numbers()[0], x))} k$" for x in (numbers()[1], better))
    assert without_signs(app.metric[0].value) == last
    assert f"Best by validation, step 80: {best}; last, step 100: {last}." in words_of(app)
    app.segmented_control(key="_results_network").set_value("Best by validation").run()
    assert (app.metric[0].label, without_signs(app.metric[0].value)) == ("RMSE, best by validation", best)
    assert "The best was chosen by validation rows." in words_of(app)


# The errors


@pytest.mark.parametrize(("shift", "side"), [(-8.0, "little"), (8.0, "much")])
def test_a_bias_is_said_with_its_interval(visit: Visit, finished: Finished, shift: float, side: str) -> None:
    truth, predicted = numbers(shift=shift)
    text = words_of(visit("mlp", run=finished(predicted).id))
    interval = error_intervals(truth, predicted).bias
    low, high = sorted((abs(interval.low), abs(interval.high)))
    bias = abs(float((truth.astype(float) - predicted).mean()))
    assert f"On average it predicts **{words.number(bias)} k$ too {side}** (95 % interval " in text
    assert between(Interval(low, high)) in text


def test_what_leans_to_neither_side_is_said_to(visit: Visit, finished: Finished) -> None:
    assert "It shows no bias:" in words_of(visit("mlp", run=finished().id))


def test_errors_that_grow_with_the_prediction_are_named(visit: Visit, finished: Finished) -> None:
    truth, predicted = numbers()
    steeper = (truth + (predicted - truth) * np.clip(truth - 60, 1, None) / 40).astype(np.float32)
    text = words_of(visit("mlp", run=finished(steeper).id))
    correlation = spearmanr(np.abs(truth - steeper), steeper).statistic
    assert "Its errors grow with the prediction" in text
    assert f"{correlation:.2f})" in text


def test_a_network_that_always_says_the_same_has_results_too(visit: Visit, finished: Finished) -> None:
    app = visit("mlp", run=finished(np.full(COUNT, 150, np.float32)).id)
    assert not app.exception
    assert "Its errors or its predictions are all equal" in words_of(app)


def test_the_charts_name_the_target_and_its_unit(visit: Visit, finished: Finished) -> None:
    app = visit("mlp", run=finished().id)
    titles = {}
    for key in ("predictions", "residuals", "residual_counts"):
        layout = json.loads(data_of(app, key)["figure"])["layout"]
        titles[key] = layout["xaxis"]["title"]["text"], layout["yaxis"]["title"]["text"]
    assert titles == {
        "predictions": ("true *price* (k$)", "predicted *price* (k$)"),
        "residuals": ("predicted *price* (k$)", "true minus predicted (k$)"),
        "residual_counts": ("true minus predicted (k$)", "count"),
    }


def test_the_largest_errors_come_first_with_their_rows(visit: Visit, finished: Finished) -> None:
    truth, predicted = numbers()
    found = table(visit("mlp", run=finished().id), "Row")
    rows = np.argsort(-np.abs(truth - predicted))[:10]
    assert found["Row"].tolist() == rows.tolist()
    np.testing.assert_allclose(found["True (k$)"], truth[rows], rtol=1e-5)
    np.testing.assert_allclose(found["Predicted (k$)"], predicted[rows], rtol=1e-5)
    np.testing.assert_allclose(found["True minus predicted (k$)"], (truth - predicted)[rows], rtol=1e-4)


def test_the_rows_with_the_largest_errors_are_shown_as_in_the_file(
    visit: Visit, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished()
    x = np.arange(COUNT * 10, dtype=np.float32).reshape(COUNT, 10)
    monkeypatch.setattr("pages._ui.results.number.is_prepared", lambda *asked: True)
    data = SimpleNamespace(x_test=x, version=run.dataset_version)
    monkeypatch.setattr("pages._ui.results.number.examples_seen", lambda *asked: data)
    found = table(visit("mlp", run=run.id), "Row")
    names = [column.name for column in find_dataset(None, "diabetes").spec.features.columns]
    assert found[names].to_numpy().tolist() == x[found["Row"]].tolist()


def test_who_may_not_see_the_data_sees_its_numbers_but_no_single_row(
    visit: Visit, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.shell.privacy.may_view", lambda *asked: False)
    app = visit("mlp", run=finished(**baselines(20.0)).id)
    assert not app.exception
    assert f"Single rows are {LOCKED}" in words_of(app)
    assert [frame.value.columns[0] for frame in app.dataframe] == ["Model"]
    keys = {str(node.key) for node in app if getattr(node, "key", None)}
    assert "residual_counts" in keys
    assert not {"predictions", "residuals"} & keys


# No results


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, "Errors, residuals and the largest mistakes on unseen rows appear here when training has ended."),
        (Status.STOPPED, "This run ended before it could be tested, so there is nothing to show here."),
    ],
)
def test_a_run_that_was_not_tested_says_what_will_be_here(
    visit: Visit, past: PastRuns, monkeypatch: pytest.MonkeyPatch, status: Status | None, expected: str
) -> None:
    monkeypatch.setitem(FAMILIES, "mlp", replace(FAMILIES["mlp"], results=(R2,)))
    new = {"family": "mlp", "dataset": "diabetes", "config": PRESETS["diabetes"].config.to_dict()}
    run = past.ended(status, **new) if status else past.running(**new)
    app = visit("mlp", run=run.id)
    app.segmented_control(key="mlp_view").set_value("Results").run()
    assert not app.exception
    assert expected in [said(info) for info in app.info]
