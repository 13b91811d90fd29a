"""What simple methods reach, against scikit-learn called by hand."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid
from sklearn.tree import DecisionTreeClassifier

from core.analysis import boosting
from core.analysis.classifier import baselines
from core.analysis.classifier.baselines import classifier_baselines


def data(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    return random.normal(labels[:, None], 1.0, (count, 4)).astype(np.float32) * 7 + 3, labels


def quiet(name: str, share: float) -> None:
    """Tell nobody."""


def test_they_are_scikit_learns_on_standardised_columns_of_the_training_examples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(boosting, "ROUNDS", 3)
    (x, y), (x_test, y_test) = data(90), data(60, seed=1)
    found = classifier_baselines(x, y, x_test, y_test, quiet)
    learned, tested = ((part - x.mean(0)) / x.std(0) for part in (x, x_test))
    models = {
        "centroid": NearestCentroid(),
        "logistic": LogisticRegression(max_iter=200),
        "tree": DecisionTreeClassifier(random_state=0),
        "boosting": HistGradientBoostingClassifier(max_iter=3, random_state=0),
    }
    expected = {name: model.fit(learned, y).score(tested, y_test) for name, model in models.items()}
    expected["majority"] = float(np.mean(y_test == np.bincount(y).argmax()))
    assert found.accuracy == pytest.approx(expected, abs=1 / 60 + 1e-9)  # float32 may move one example
    assert (found.rows, found.numbers, found.skipped) == (90, 4, ())


def test_many_rows_and_large_images_are_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "MOST_ROWS", 20)
    images = np.repeat(np.arange(40) % 2 * 200, 50 * 50 * 3).reshape(40, 50, 50, 3).astype(np.uint8)
    found = classifier_baselines(images, np.arange(40) % 2, images, np.arange(40) % 2, quiet)
    assert found.rows == 20
    assert found.numbers == 16 * 16 * 3  # squares of three pixels
    assert found.accuracy["majority"] == 0.5


def test_no_method_begins_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "BUDGET_S", -1.0)
    found = classifier_baselines(*data(30), *data(30), quiet)
    assert set(found.accuracy) == {"majority"}
    assert found.skipped == ("centroid", "logistic", "tree", "boosting")
