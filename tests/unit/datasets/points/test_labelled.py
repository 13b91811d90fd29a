"""Points with a class or a number, and scikit-learn's tables."""

from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS, Dataset
from core.datasets.features import Vector
from core.datasets.points.labelled import LABELLED
from core.datasets.public.tables import TABLES
from core.datasets.targets import Number


def loaded(dataset: Dataset) -> dict[str, np.ndarray]:
    return dataset.load(None, {}, lambda words, share: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("dataset", [*LABELLED, *TABLES], ids=lambda dataset: dataset.id)
def test_it_is_what_it_says_and_the_printed_program_loads_the_very_same(dataset: Dataset) -> None:
    arrays = loaded(dataset)
    dataset.spec.check(arrays, dataset.id)
    names: dict[str, Any] = {"np": np}
    exec(dataset.program, names)
    for name, array in arrays.items():
        np.testing.assert_array_equal(names[name], array)
    assert dataset.id in DATASETS


@pytest.mark.parametrize("dataset", [*LABELLED, *TABLES], ids=lambda dataset: dataset.id)
def test_means_and_spreads_are_those_of_the_training_examples(dataset: Dataset) -> None:
    arrays, features = loaded(dataset), dataset.spec.features
    assert isinstance(features, Vector)
    if not features.is_point:
        x = arrays["x_train"].astype(np.float64)
        np.testing.assert_allclose([column.mean for column in features.columns], x.mean(0), rtol=1e-5)
        np.testing.assert_allclose([column.spread for column in features.columns], x.std(0), rtol=1e-5)
    if isinstance(dataset.spec.target, Number):
        y = arrays["y_train"].astype(np.float64)
        assert dataset.spec.target.mean == pytest.approx(y.mean(), rel=1e-5)
        assert dataset.spec.target.spread == pytest.approx(y.std(), rel=1e-5)


def test_no_straight_line_parts_xor_and_one_parts_two_gaussians_mostly() -> None:
    from sklearn.linear_model import LogisticRegression

    def right(name: str) -> float:
        arrays = loaded(DATASETS[name])
        line = LogisticRegression().fit(arrays["x_train"], arrays["y_train"])
        return line.score(arrays["x_test"], arrays["y_test"])

    assert right("xor") < 0.65
    assert right("disc") < 0.65
    assert right("gaussians") > 0.9
