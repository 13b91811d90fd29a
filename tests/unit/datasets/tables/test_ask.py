"""Rows that are asked about become the numbers that were learned from."""

import numpy as np
import pandas as pd
import pytest

from core.datasets.features import Vector
from core.datasets.tables.ask import rows_of
from core.datasets.tables.learn import learn_from
from core.errors import DatasetError

FRAME = pd.DataFrame(
    {"town": ["Ulm", "Bonn"] * 10, "size": np.linspace(20, 90, 20), "price": np.linspace(1, 9, 20), "spare": "x"}
)
KINDS = {"town": "category", "size": "number", "price": "number", "spare": "constant"}


def features() -> Vector:
    found = learn_from(FRAME, "price", "number", KINDS).spec.features
    assert isinstance(found, Vector)
    return found


def test_they_are_the_very_rows_that_were_learned_from() -> None:
    learned = learn_from(FRAME, "price", "number", KINDS)
    asked = rows_of(FRAME.drop(columns=["price", "spare"])[["size", "town"]], features())
    both = np.concatenate([learned.arrays["x_train"], learned.arrays["x_test"]])
    np.testing.assert_array_equal(asked[asked[:, -1].argsort()], both[both[:, -1].argsort()])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"town": "Rome"}, "row 1 of the column 'town' has an unknown value, expected one of Bonn, Ulm, received Rome"),
        ({"size": "big"}, "row 1 of the column 'size' has an unknown value, expected a number, received big"),
        ({"size": None}, "row 1 of the column 'size' has an unknown value, expected a number"),
    ],
)
def test_what_was_never_seen_is_refused_at_its_row_and_column(change: dict, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        rows_of(pd.DataFrame([{"town": "Ulm", "size": 30.0, **change}]), features())


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(DatasetError, match="there is no column 'size'"):
        rows_of(pd.DataFrame([{"town": "Ulm"}]), features())
