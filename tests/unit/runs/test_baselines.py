"""Baselines of a data set: measured once by a task, for those who may see the data."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import root_mean_squared_error

from core.analysis import boosting
from core.datasets import open_prepared, prepare
from core.datasets.dataset import prepared_folder
from core.errors import NotAllowedError
from core.jobs.data.baselines import measure_baselines
from core.jobs.work import Work
from core.runs.comparison import baselines
from core.runs.comparison.baselines import FILE, ensure_baselines, has_baselines, read_baselines
from core.store import Status, Store


def measured(store: Store, dataset: str) -> None:
    prepare(store.settings, dataset)
    task = ensure_baselines(store, dataset, "ann")
    assert task is not None
    assert ensure_baselines(store, dataset, "bob") == task  # not a second one
    claimed = store.runs.claim("baselines", host="here", slot="baselines-0", pid=1)
    assert claimed is not None
    assert measure_baselines(Work(store, claimed, "CPU")).status is Status.SUCCEEDED


def test_numbers_have_the_mean_a_linear_regression_and_boosting(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boosting, "ROUNDS", 3)
    measured(store, "hills")
    data, found = open_prepared(store.settings, "hills"), read_baselines(store.settings, "hills", "ann")
    assert found is not None
    assert set(found.results) == {"mean", "linear", "boosting"}
    off = data.y_test - np.mean(data.y_train, dtype=np.float64)
    assert found.results["mean"]["test_rmse_last"] == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-5)
    boosted = HistGradientBoostingRegressor(max_iter=3, random_state=0).fit(data.x_train, data.y_train)
    expected = root_mean_squared_error(data.y_test, boosted.predict(data.x_test))
    assert found.results["boosting"]["test_rmse_last"] == pytest.approx(expected, rel=1e-5)
    assert (found.rows, found.version) == (len(data.x_train), data.version)
    assert ensure_baselines(store, "hills", "ann") is None


def test_of_another_version_or_unreadable_they_are_measured_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boosting, "ROUNDS", 1)
    measured(store, "hills")
    place: Path = prepared_folder(store.settings, "hills") / FILE
    known = place.read_text()
    for damaged in (known.replace('"version": "', '"version": "0'), "{", "{}"):
        place.write_text(damaged)
        assert read_baselines(store.settings, "hills", "ann") is None


def test_they_are_private_as_their_data_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise NotAllowedError("it is private")

    prepare(store.settings, "hills")
    monkeypatch.setattr(baselines, "check_may_see", refuse)
    with pytest.raises(NotAllowedError):
        read_baselines(store.settings, "hills", "bob")
    with pytest.raises(NotAllowedError):
        ensure_baselines(store, "hills", "bob")
    assert store.runs.list(kind="baselines") == []


def test_where_nothing_is_predicted_there_are_none(store: Store) -> None:
    assert not has_baselines(store.settings, "ring")
    prepare(store.settings, "ring")
    assert not has_baselines(store.settings, "ring")
