"""Tables as data to learn from, against pandas and scikit-learn."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from core.datasets.features import Vector
from core.datasets.tables.columns import columns_of, words_of
from core.datasets.tables.learn import Learned, learn_from
from core.datasets.tables.tables import describe_table
from core.datasets.targets import Classes, Number
from core.errors import DatasetError


def flats(rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "size": rng.normal(70, 20, rows).round(1),
            "floor": rng.uniform(0, 30, rows).round(2),
            "town": rng.choice(["Bonn", "Ulm", "Jena"], rows),
            "built": pd.Timestamp("1990-01-01") + pd.to_timedelta(rng.integers(0, 9000, rows), "D"),
            "currency": "EUR",
            "street": [f"street no {n % 150}" for n in range(rows)],
            "kind": rng.choice(["attic", "cellar", "loft"], rows, p=[0.6, 0.3, 0.1]),
            "price": rng.normal(1e5, 3e4, rows).round(2),
        }
    )


def learned(
    frame: pd.DataFrame, target: str, as_kind: Any = "category", kinds: Mapping[str, str] | None = None, seed: int = 0
) -> Learned:
    guessed = {column.name: column.kind for column in describe_table(frame).columns}
    found = learn_from(frame, target, as_kind, {**guessed, **(kinds or {})}, seed)
    found.spec.check(found.arrays, "here")
    return found


def names(found: Learned) -> list[str]:
    assert isinstance(found.spec.features, Vector)
    return list(found.spec.features.names)


def together(found: Learned) -> pd.DataFrame:
    """All rows, training rows first."""
    x = np.concatenate([found.arrays["x_train"], found.arrays["x_test"]])
    return pd.DataFrame(x, columns=names(found))


def in_order(values: np.ndarray) -> list[Any]:
    return sorted(map(tuple, np.atleast_2d(values.T).T.tolist()))


def test_numbers_stay_and_words_become_what_pandas_makes_of_them() -> None:
    frame = flats()
    found = learned(frame, "kind")
    assert names(found) == ["size", "floor", "town = Bonn", "town = Jena", "town = Ulm", "price"]
    expected = pd.get_dummies(frame[["size", "floor", "town", "price"]], prefix_sep=" = ", columns=["town"])
    assert in_order(together(found).to_numpy()) == in_order(expected[names(found)].to_numpy(np.float32))
    assert found.without_target == 0
    assert found.said == ()


def test_each_row_keeps_what_belongs_to_it() -> None:
    frame = flats()
    for target, as_kind in (("kind", "category"), ("price", "number")):
        found = learned(frame, target, as_kind)
        y = np.concatenate([found.arrays["y_train"], found.arrays["y_test"]])
        truth = [found.spec.classes[label] for label in y] if as_kind == "category" else y
        joined = together(found).assign(truth=truth).sort_values(["size", "floor"])
        wanted = frame.astype({"size": np.float32, "floor": np.float32}).sort_values(["size", "floor"])
        assert joined["size"].tolist() == wanted["size"].tolist()
        expected = wanted[target] if as_kind == "category" else wanted[target].astype(np.float32)
        assert joined["truth"].tolist() == expected.tolist()


def test_columns_that_cannot_help_are_named_with_the_reason() -> None:
    assert dict(learned(flats(), "kind").left_out) == {
        "id": "it is an identifier: each row has its own value",
        "built": "dates are not supported as inputs",
        "currency": "it has a single value",
        "street": "it has 150 distinct words; a column may have at most 20",
    }


def test_words_of_which_each_row_has_its_own_are_no_help_in_few_rows_either() -> None:
    frame = flats(10).assign(name=list("abcdefghij"))
    assert dict(learned(frame, "price", "number").left_out)["name"] == "it is an identifier: each row has its own value"


def test_a_kind_that_was_chosen_counts() -> None:
    frame = flats().assign(rooms=np.arange(200) % 4)
    assert [name for name in names(learned(frame, "kind")) if "rooms" in name] == [f"rooms = {n}" for n in range(4)]
    assert "rooms" in names(learned(frame, "kind", kinds={"rooms": "number"}))
    assert "id" in names(learned(frame, "kind", kinds={"id": "number"}))


@pytest.mark.parametrize("rows", [10, 37, 150, 201])
def test_the_shares_are_those_of_scikit_learn(rows: int) -> None:
    frame = flats(rows)
    found = learned(frame, "price", "number")
    _, test = train_test_split(np.arange(rows), test_size=0.2)
    assert abs(found.spec.test_size - len(test)) <= 1
    assert found.spec.train_size + found.spec.test_size == rows


def test_each_class_has_its_share_as_scikit_learn_stratifies() -> None:
    frame = flats()
    found = learned(frame, "kind")
    train, test = train_test_split(frame["kind"], test_size=0.2, stratify=frame["kind"], random_state=0)
    assert isinstance(found.spec.target, Classes)
    assert found.spec.classes == tuple(sorted(frame["kind"].unique()))
    for label, name in enumerate(found.spec.classes):
        assert abs(int((found.arrays["y_test"] == label).sum()) - int((test == name).sum())) <= 1
        assert found.spec.target.train_counts[label] == (found.arrays["y_train"] == label).sum()
        assert abs(found.spec.target.train_counts[label] - int((train == name).sum())) <= 1


def test_the_seed_decides_which_rows_are_tested_on() -> None:
    one, same, other = (learned(flats(), "kind", seed=seed).arrays["x_test"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(("target", "as_kind"), [("kind", "category"), ("price", "number")])
def test_rows_that_are_the_same_stay_on_one_side(target: str, as_kind: str) -> None:
    frame = flats(60).drop(columns="id")
    found = learned(pd.concat([frame, frame, frame.iloc[:30]]), target, as_kind)
    sides = [set(map(bytes, found.arrays[part])) for part in ("x_train", "x_test")]
    assert len(sides[0] | sides[1]) == 60
    assert not sides[0] & sides[1]
    assert 0.1 < found.spec.test_size / 150 < 0.3


def test_missing_numbers_are_the_median_of_the_training_rows() -> None:
    frame = flats()
    frame.loc[::3, "size"] = np.nan
    frame.loc[4, "floor"] = np.inf
    found = learned(frame, "kind")
    by_price = frame.assign(price=frame["price"].astype(np.float32)).set_index("price")
    train, test = (found.arrays[part][:, -1] for part in ("x_train", "x_test"))
    for place, name in enumerate(("size", "floor")):
        known = by_price[name].replace(np.inf, np.nan)
        median = np.float32(known.loc[train].median())
        for prices, part in ((train, "x_train"), (test, "x_test")):
            expected = known.loc[prices].fillna(median).to_numpy(np.float32)
            np.testing.assert_array_equal(found.arrays[part][:, place], expected)
    assert found.said == (
        "68 missing numbers were replaced by the median of the training rows, in the columns: size, floor.",
    )


def test_a_missing_word_is_a_word() -> None:
    frame = flats()
    frame.loc[:9, "town"] = None
    found = learned(frame, "kind")
    assert names(found)[2:6] == ["town = Bonn", "town = Jena", "town = missing", "town = Ulm"]
    assert together(found)["town = missing"].sum() == 10


def test_means_and_spreads_are_of_the_training_rows_in_six_digits() -> None:
    found = learned(flats(), "price", "number")
    assert isinstance(found.spec.features, Vector)
    train = pd.DataFrame(found.arrays["x_train"], columns=names(found)).astype(float)
    for column in found.spec.features.columns[:2]:
        assert column.mean == float(f"{train[column.name].mean():.6g}")
        assert column.spread == float(f"{train[column.name].std(ddof=0):.6g}")
    y = pd.Series(found.arrays["y_train"]).astype(float)
    digits = (float(f"{y.mean():.6g}"), float(f"{y.std(ddof=0):.6g}"))
    assert found.spec.target == Number("price", "", *digits)


def test_a_column_that_is_the_same_in_all_training_rows_has_a_spread_of_one() -> None:
    frame = flats(50)
    tested = learned(frame, "price", "number").arrays["y_test"][0]
    frame["floor"] = np.where(frame["price"].astype(np.float32) == tested, 7.5, 2.5)
    found = learned(frame, "price", "number", kinds={"floor": "number"})
    assert isinstance(found.spec.features, Vector)
    floor = next(column for column in found.spec.features.columns if column.name == "floor")
    assert (floor.mean, floor.spread) == (2.5, 1.0)


def test_rows_without_a_target_are_left_out_and_counted() -> None:
    frame = flats()
    frame.loc[[3, 5], "kind"] = None
    frame.loc[[7, 8, 9], "price"] = [np.nan, np.inf, 1e300]
    found = learned(frame, "kind", kinds={"price": "number"})
    assert (found.without_target, found.spec.train_size + found.spec.test_size) == (2, 198)
    found = learned(frame, "price", "number")
    assert (found.without_target, found.spec.train_size + found.spec.test_size) == (3, 197)


def test_classes_that_cannot_be_on_both_sides_are_left_out() -> None:
    frame = flats().drop(columns="id")
    frame.loc[0, "kind"] = "tent"
    frame.loc[1:3] = frame.loc[[1, 1, 1]].assign(kind="hut").to_numpy()
    found = learned(frame, "kind")
    assert found.spec.classes == ("attic", "cellar", "loft")
    assert found.said[0] == "Classes with fewer than 2 distinct rows are left out (4 rows): hut, tent."
    assert found.spec.train_size + found.spec.test_size == 196


def test_classes_that_are_numbers_are_called_as_people_write_them() -> None:
    frame = flats().assign(grade=np.array([10.0, 2.0, 1.0])[np.arange(200) % 3])
    assert learned(frame, "grade").spec.classes == ("1", "2", "10")


@pytest.mark.parametrize(
    ("frame", "target", "as_kind", "words"),
    [
        (
            flats(9),
            "price",
            "number",
            "too few rows with a value in the column 'price', expected at least 10, received 9",
        ),
        (
            flats().assign(kind="loft"),
            "kind",
            "category",
            "too few classes in the column 'kind', expected at least",
        ),
        (
            flats().assign(kind=list("ab") + ["c"] * 198),
            "kind",
            "category",
            "expected at least 2 classes with 2 distinct rows each, received 1",
        ),
        (flats(), "street", "category", "too many classes in the column 'street', expected at most 100, received 150"),
        (flats().assign(price=2.5), "price", "number", "nothing to predict in the column 'price'"),
        (flats(), "rent", "number", "there is no column 'rent', received id, size"),
        (
            flats()[["id", "currency", "kind"]],
            "kind",
            "category",
            "no column is a usable input for predicting 'kind', .*'id': it is an",
        ),
    ],
)
def test_what_cannot_be_learned_is_one_sentence_with_the_columns_names(
    frame: pd.DataFrame, target: str, as_kind: str, words: str
) -> None:
    street = {"street": "category"} if target == "street" else {}
    frame = frame if target != "street" else pd.concat([frame, frame.assign(id=-frame["id"])])
    with pytest.raises(DatasetError, match=words) as caught:
        learned(frame, target, as_kind, street)
    assert "\n" not in str(caught.value)


def test_a_table_that_becomes_too_many_numbers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.datasets.tables.learn.MOST_CELLS", 1199)
    with pytest.raises(DatasetError, match="too many numbers, expected at most 1,199, received 200 rows of 6"):
        learned(flats(), "kind")


def test_lists_of_numbers_are_read_back_as_the_columns_that_they_were_made_of() -> None:
    frame = flats()
    found = learned(frame, "price", "number")
    assert isinstance(found.spec.features, Vector)
    columns = list(columns_of(found.spec.features, found.arrays["x_train"]))
    read = pd.DataFrame({column.name: words_of(column, cells) for column, cells in columns})
    wanted = frame.assign(price=frame["price"].astype(np.float32)).set_index("price").loc[found.arrays["y_train"]]
    assert list(read.columns) == ["size", "floor", "town", "kind"]
    for name in ("town", "kind"):
        assert read[name].tolist() == wanted[name].tolist()
    assert read["size"].tolist() == wanted["size"].astype(np.float32).tolist()
