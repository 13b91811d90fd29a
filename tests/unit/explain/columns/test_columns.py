"""Importance and partial dependence of columns, against scikit-learn on the same network as a function."""

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.inspection import partial_dependence, permutation_importance

from core.datasets import Prepared
from core.datasets.tables.ask import rows_of
from core.datasets.tables.columns import cells_of
from core.errors import ProbeError
from core.explain.columns.dependence import Dependence
from core.explain.columns.importance import Importance
from core.families.mlp import FAMILY, MlpConfig
from core.layers.blocks import Dense
from core.models.network import build_network
from tests.support import tiny_table

ROWS, NONE = np.arange(0, 30, 2), np.zeros((0, 3), np.float32)


class Function(BaseEstimator):  # type: ignore[misc]
    """A network as a function of the rows of the file, words and all."""

    def __init__(self, network: Any = None, features: Any = None) -> None:
        self.network, self.features = network, features
        self.classes_ = np.arange(2)

    def fit(self, *given: Any) -> "Function":
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def answers(self, frame: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.network(rows_of(frame, self.features), training=False))


class Number(RegressorMixin, Function):  # type: ignore[misc]
    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self.answers(frame)[:, 0]


class Classes(ClassifierMixin, Function):  # type: ignore[misc]
    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self.answers(frame).argmax(1)

    def predict_proba(self, frame: pd.DataFrame) -> np.ndarray:
        return self.answers(frame)


@pytest.fixture(scope="module", params=["rows of a number", "rows of classes"])
def asked(request: pytest.FixtureRequest) -> tuple[keras.Model, Prepared, Function, pd.DataFrame]:
    """A network, its table, the same as a function, and the rows as in the file."""
    spec = tiny_table.spec_of(request.param)
    data = Prepared("table", "version-1", spec, **tiny_table.arrays(*tiny_table.KINDS[request.param]))
    network = build_network(FAMILY.layers(MlpConfig(layers=(Dense(units=5),)), spec), spec)
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(size=w.shape) if w.ndim else w for w in network.get_weights()])
    function = (Number if spec.target.KIND == "number" else Classes)(network, spec.features)
    return network, data, function, pd.DataFrame(cells_of(spec.features, data.x_train[ROWS]))


def test_importance_is_that_of_scikit_learn_for_columns_of_the_file(asked: Any) -> None:
    network, data, function, frame = asked
    found = Importance(network, data)(NONE, rows=ROWS, columns=np.arange(2), repeats=20)
    measures = {name.partition("/")[2] for name in found}
    names = {"rmse": "neg_root_mean_squared_error", "accuracy": "accuracy", "loss": "neg_log_loss"}
    scoring = [names[measure] for measure in measures]
    known = permutation_importance(function, frame, data.y_train[ROWS], scoring=scoring, n_repeats=8, random_state=0)
    for measure in measures:
        expected = known[names[measure]]
        worse = found[f"shuffled/{measure}"] - found[f"before/{measure}"]
        worse *= -1 if measure == "accuracy" else 1
        error = 4 * np.hypot(worse.std(1) / np.sqrt(20), expected.importances_std / np.sqrt(8)) + 1e-6
        assert (np.abs(worse.mean(1) - expected.importances_mean) < error).all()
        assert (worse.std(1) > 0).any()


@pytest.mark.parametrize("column", [0, 1])
def test_dependence_is_that_of_scikit_learn(asked: Any, column: int) -> None:
    network, data, function, frame = asked
    found = Dependence(network, data)(NONE, rows=ROWS, column=column, points=6)
    options: dict[str, Any] = {"kind": "both", "categorical_features": ["colour"]} if column else {"kind": "both"}
    if not column:
        ends = np.quantile(data.x_train[ROWS, 0].astype(float), (0.05, 0.95))
        options["custom_values"] = {"age": np.linspace(*ends, 6)}
    expected = partial_dependence(function, frame, [frame.columns[column]], **options)
    names = data.spec.features.columns[column].values
    grid = [names[int(place)] for place in found["grid"]] if names else found["grid"]
    order = [list(grid).index(value) for value in expected["grid_values"][0]] if names else slice(None)
    if not names:
        np.testing.assert_allclose(grid, expected["grid_values"][0], rtol=1e-6)
    answers = found["average"][order][:, -1]  # scikit-learn shows the second of two classes
    np.testing.assert_allclose(answers, expected["average"][0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["single"][:, order, -1], expected["individual"][0], rtol=1e-4, atol=1e-5)
    assert found["counts"].sum() == len(ROWS)


def test_what_does_not_exist_is_refused(asked: Any) -> None:
    network, data, *_ = asked
    with pytest.raises(ProbeError, match="there is no such column, expected 0 to 1, received 2"):
        Dependence(network, data)(NONE, rows=ROWS, column=2, points=6)
    with pytest.raises(ProbeError, match="rows are out of range"):
        Importance(network, data)(NONE, rows=np.array([30]), columns=np.arange(2), repeats=2)
