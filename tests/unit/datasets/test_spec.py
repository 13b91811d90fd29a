"""What one example looks like and what is to be learned of it, kept in JSON and held against arrays."""

import json

import numpy as np
import pytest

from core.datasets.features import PLANE, Column, Image, Vector
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Nothing, Number
from core.errors import DatasetError

TABLE = Vector((Column("age", mean=48.5, spread=13.1), Column("colour", ("red", "green")), Column("weight")))


@pytest.mark.parametrize(
    "spec",
    [
        DataSpec(Image(28, 24, 3), Classes(("a", "b"), (4, 6)), 10, 2),
        DataSpec(TABLE, Number("price", "euros", 12.5, 3.0), 10, 2),
        DataSpec(PLANE, Nothing(), 10, 2),
    ],
    ids=lambda spec: spec.kind,
)
def test_json_keeps_features_and_target(spec: DataSpec) -> None:
    assert DataSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_classes_are_counted_where_there_are_any() -> None:
    assert DataSpec(Image(28, 24, 3), Classes(("a", "b"), (4, 6)), 10, 2).num_classes == 2
    assert DataSpec(TABLE, Number("price", "euros", 12.5, 3.0), 10, 2).num_classes == 0


@pytest.mark.parametrize(
    ("old", "spec"),
    [
        (
            {"input_shape": [8, 8, 1], "classes": ["a", "b"], "train_size": 9, "test_size": 2, "train_counts": [4, 5]},
            DataSpec(Image(8, 8, 1), Classes(("a", "b"), (4, 5)), 9, 2),
        ),
        (
            {"input_shape": [8, 8, 1], "classes": ["a", "b"], "train_size": 9, "test_size": 2},
            DataSpec(Image(8, 8, 1), Classes(("a", "b")), 9, 2),
        ),
        (
            {"input_shape": [2], "classes": ["point"], "train_size": 9, "test_size": 2, "train_counts": [9]},
            DataSpec(PLANE, Nothing(), 9, 2),
        ),
    ],
)
def test_what_was_prepared_before_there_were_features_and_targets_is_read(old: dict, spec: DataSpec) -> None:
    assert DataSpec.from_dict(old) == spec


@pytest.mark.parametrize("part", ["features", "target"])
def test_what_no_version_has_written_is_refused(part: str) -> None:
    values = DataSpec(PLANE, Nothing(), 10, 2).to_dict()
    with pytest.raises(ValueError, match="'smell'"):
        DataSpec.from_dict({**values, part: {"kind": "smell"}})


def test_a_column_of_words_becomes_a_number_a_word() -> None:
    assert TABLE.names == ("age", "colour = red", "colour = green", "weight")
    assert (TABLE.shape, TABLE.noun, PLANE.noun) == ((4,), "row", "point")


def test_numbers_to_learn_are_numbers() -> None:
    spec = DataSpec(PLANE, Number("height"), 3, 1)
    arrays = {
        "x_train": np.zeros((3, 2), np.float32),
        "x_test": np.zeros((1, 2), np.float32),
        "y_train": np.zeros(3, np.float32),
        "y_test": np.zeros(1, np.float32),
    }
    spec.check(arrays, "here")
    with pytest.raises(DatasetError, match="y_train has values that are not numbers"):
        spec.check({**arrays, "y_train": np.array([0, np.nan, 1], np.float32)}, "here")
    with pytest.raises(
        DatasetError, match=r"y_test has the wrong type or shape, expected float32 \(1,\), received int64"
    ):
        spec.check({**arrays, "y_test": np.zeros(1, np.int64)}, "here")
