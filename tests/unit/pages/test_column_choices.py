"""How the owner of a table chooses what its columns are and become."""

from typing import Any

import pytest

from pages._ui.data.kinds.target import FILL, WAY, preparations

BEFORE: dict[str, list[Any]] = {
    "Column": ["age", "town", "day"],
    "Kind": ["number", "category", "date"],
    WAY: ["standardised", "one-hot", "days passed"],
    FILL: ["the median", "a word of their own", "the median"],
}


def edited(**changes: tuple[int, str]) -> dict[str, list[Any]]:
    found = {name: list(values) for name, values in BEFORE.items()}
    for name, (row, value) in changes.items():
        found[{"kind": "Kind", "way": WAY, "fill": FILL}[name]][row] = value
    return found


def test_what_is_as_usual_is_not_kept() -> None:
    assert preparations(BEFORE, edited()) == ({}, "")


def test_what_was_chosen_is_kept_for_its_column() -> None:
    wanted = {"age": {"way": "robust", "empty": "mean"}}
    assert preparations(BEFORE, edited(way=(0, "by median and quartiles"), fill=(0, "the mean"))) == (wanted, "")
    assert preparations(BEFORE, edited(way=(2, "month, one-hot"))) == (
        {"day": {"way": "month", "empty": "own_word"}},
        "",
    )
    assert preparations(BEFORE, edited(way=(1, "left out"))) == ({"town": {"way": "left_out", "empty": ""}}, "")


def test_another_kind_is_prepared_as_is_usual_for_it() -> None:
    assert preparations(BEFORE, edited(kind=(0, "category"))) == ({}, "")
    assert preparations(BEFORE, edited(kind=(0, "ignored"))) == ({}, "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"way": (0, "one-hot")}, "'age' is of the kind number, which cannot be one-hot. Choose: standardised, "),
        ({"fill": (1, "the mean")}, "Empty cells of 'town' cannot become the mean if it is one-hot. Choose: a word "),
    ],
)
def test_what_does_not_fit_is_one_sentence(changes: dict[str, tuple[int, str]], sentence: str) -> None:
    found, problem = preparations(BEFORE, edited(**changes))
    assert found == {}
    assert problem.startswith(sentence)
