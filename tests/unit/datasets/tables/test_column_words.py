"""A row whose numbers were changed bit by bit, in the words of the file's columns."""

import numpy as np

from core.datasets.features import Column, Vector
from core.datasets.tables.columns import columns_at, say_row

TABLE = Vector((Column("age"), Column("colour", ("red", "blue", "grey"))))


def test_words_that_were_changed_in_part_are_said_with_their_shares() -> None:
    assert say_row(TABLE, np.array([41.5, 0, 1, 0])) == {"age": "41.5", "colour": "blue"}
    assert say_row(TABLE, np.array([40, 0.25, 0.8, 0.001])) == {"age": "40", "colour": "0.25 red, 0.80 blue"}
    assert say_row(TABLE, np.zeros(4))["colour"] == "none of its words"


def test_numbers_belong_to_the_columns_of_the_file_each_named_once() -> None:
    assert columns_at(TABLE, [3, 1, 0]) == ["colour", "age"]
