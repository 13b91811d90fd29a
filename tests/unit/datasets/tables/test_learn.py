"""Tables as data to learn from, against pandas and scikit-learn."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from core.datasets.features import Vector, features_from
from core.datasets.tables.ask import rows_of
from core.datasets.tables.columns import cells_of, columns_of, words_of
from core.datasets.tables.leaks import telling_columns
from core.datasets.tables.learn import Learned, learn_from
from core.datasets.tables.tables import describe_table
from core.datasets.targets import Classes, Number
from core.errors import DatasetError
from core.families.supervised.network import scaling


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
    frame: pd.DataFrame,
    target: str,
    as_kind: Any = "category",
    kinds: Mapping[str, str] | None = None,
    seed: int = 0,
    prepared: Mapping[str, Mapping[str, str]] | None = None,
) -> Learned:
    guessed = {column.name: column.kind for column in describe_table(frame).columns}
    found = learn_from(frame, target, as_kind, {**guessed, **(kinds or {})}, seed, prepared)
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
    assert names(found) == ["size", "floor", "town = Bonn", "town = Jena", "town = Ulm", "built", "price"]
    days = (frame["built"] - pd.Timestamp("2000-01-01")) / pd.Timedelta(days=1)
    expected = pd.get_dummies(
        frame.assign(built=days)[["size", "floor", "town", "built", "price"]], prefix_sep=" = ", columns=["town"]
    )
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
    with pytest.raises(DatasetError, match="too many numbers, expected at most 1,199, received 200 rows of 7"):
        learned(flats(), "kind")


def test_lists_of_numbers_are_read_back_as_the_columns_that_they_were_made_of() -> None:
    frame = flats()
    found = learned(frame, "price", "number")
    assert isinstance(found.spec.features, Vector)
    columns = list(columns_of(found.spec.features, found.arrays["x_train"]))
    read = pd.DataFrame({column.name: words_of(column, cells) for column, cells in columns})
    wanted = frame.assign(price=frame["price"].astype(np.float32)).set_index("price").loc[found.arrays["y_train"]]
    assert list(read.columns) == ["size", "floor", "town", "built", "kind"]
    for name in ("town", "kind"):
        assert read[name].tolist() == wanted[name].tolist()
    assert read["built"].tolist() == wanted["built"].dt.strftime("%Y-%m-%d").tolist()
    assert read["size"].tolist() == wanted["size"].astype(np.float32).tolist()
    taken = cells_of(found.spec.features, found.arrays["x_train"], ["town"])
    assert list(taken) == ["size", "floor", "town (column)", "built", "kind"]


# How columns are prepared


@pytest.mark.parametrize(
    ("way", "scaler"),
    [("standardised", StandardScaler()), ("zero_to_one", MinMaxScaler()), ("unchanged", None), ("robust", None)],
)
def test_a_column_is_scaled_as_chosen_by_its_training_rows(way: str, scaler: Any) -> None:
    found = learned(flats(), "kind", prepared={"size": {"way": way}})
    size, column = found.arrays["x_train"][:, [0]].astype(float), found.spec.features.columns[0]
    offset, divisor = column.scaling
    expected = scaler.fit_transform(size) if scaler else size
    if way == "robust":
        expected = RobustScaler(unit_variance=True).fit_transform(size)
    np.testing.assert_allclose((size - offset) / divisor, expected, atol=2e-3)
    assert column.mean == pytest.approx(size.mean(), rel=1e-5)  # stays what it is
    layers = {spec.name: spec.kwargs for spec in scaling(found.spec.features)}
    assert layers["standardise"]["mean"][0] == offset
    assert features_from(found.spec.features.to_dict()) == found.spec.features


@pytest.mark.parametrize(("empty", "fill"), [("mean", "mean"), ("median", "median"), ("zero", None)])
def test_empty_numbers_become_what_was_chosen_and_so_do_those_of_rows_asked_about(empty: str, fill: str) -> None:
    frame = flats()
    frame.loc[::3, "size"] = np.nan
    found = learned(frame, "price", "number", prepared={"size": {"empty": empty}})
    known = frame.set_index(frame["price"].astype(np.float32))["size"].loc[found.arrays["y_train"]]
    value = np.float32(getattr(known, fill)() if fill else 0)
    np.testing.assert_allclose(found.arrays["x_train"][:, 0], known.fillna(value), rtol=1e-6)
    asked = rows_of(frame.iloc[[0]], found.spec.features)
    assert asked[0, 0] == pytest.approx(value, rel=1e-6)


def test_empty_words_become_the_commonest_or_their_rows_go() -> None:
    frame = flats()
    frame.loc[:9, "town"] = None
    found = learned(frame, "kind", prepared={"town": {"empty": "commonest"}})
    assert not [name for name in names(found) if "missing" in name]
    assert "10 missing words were replaced by the commonest word of the training rows" in found.said[0]
    asked = rows_of(frame.iloc[[0]], found.spec.features)
    assert names(found)[int(asked[0, 2:5].argmax()) + 2] == f"town = {found.spec.features.columns[2].fill}"
    found = learned(frame, "kind", prepared={"town": {"empty": "drop"}})
    assert found.spec.train_size + found.spec.test_size == 190
    assert found.said[0] == "10 rows were left out for an empty cell, as chosen, in the columns: town."


@pytest.mark.parametrize(("part", "form"), [("month", "%B"), ("weekday", "%A")])
def test_a_date_becomes_a_word_of_its_month_or_day_of_the_week(part: str, form: str) -> None:
    frame = flats()
    frame["built"] = frame["built"].dt.strftime("%d.%m.%Y")
    found = learned(frame, "price", "number", prepared={"built": {"way": part}})
    built = next(column for column in found.spec.features.columns if column.name == "built")
    said = {c.name: words_of(c, cells) for c, cells in columns_of(found.spec.features, found.arrays["x_train"])}
    dates = pd.to_datetime(flats().set_index(frame["price"].astype(np.float32))["built"].loc[found.arrays["y_train"]])
    assert said["built"] == dates.dt.strftime(form).tolist()
    assert len(built.values) == {"month": 12, "weekday": 7}[part]
    np.testing.assert_array_equal(rows_of(frame, found.spec.features).sum(1), together_in_order(found, frame).sum(1))


def together_in_order(found: Learned, frame: pd.DataFrame) -> np.ndarray:
    """The rows that were learned from, in the order of the frame, told apart by their price."""
    x = np.concatenate([found.arrays["x_train"], found.arrays["x_test"]])
    y = np.concatenate([found.arrays["y_train"], found.arrays["y_test"]])
    order = {price: place for place, price in enumerate(y.tolist())}
    return x[[order[price] for price in frame["price"].astype(np.float32).tolist()]]


def test_rare_words_of_a_category_become_one_and_so_do_words_never_seen() -> None:
    rng = np.random.default_rng(1)
    frame = flats(600).assign(zip=[f"z{n}" for n in np.minimum(rng.geometric(0.08, 600), 45)])
    found = learned(frame, "price", "number", kinds={"zip": "category"})
    column = next(column for column in found.spec.features.columns if column.name == "zip")
    assert len(column.values) == 20
    assert column.other == "other"
    train = frame.set_index(frame["price"].astype(np.float32))["zip"].loc[found.arrays["y_train"]]
    assert set(train.value_counts().index[:15]) < set(column.values)
    asked = rows_of(frame.iloc[[0]].assign(zip="never seen"), found.spec.features)
    assert asked[0, names(found).index("zip = other")] == 1


def test_what_is_left_out_or_ignored_is_no_input() -> None:
    found = learned(flats(), "kind", kinds={"size": "ignored"}, prepared={"floor": {"way": "left_out"}})
    assert names(found) == ["town = Bonn", "town = Jena", "town = Ulm", "built", "price"]
    assert {dict(found.left_out)[name] for name in ("size", "floor")} == {"you chose to ignore it"}


@pytest.mark.parametrize(("target", "as_kind"), [("kind", "category"), ("price", "number")])
def test_a_column_that_predicts_alone_is_named_and_no_other(target: str, as_kind: str) -> None:
    frame = flats(400)
    codes = frame["kind"].astype("category").cat.codes
    leak = codes * 10 + np.linspace(0, 5, 400) if target == "kind" else frame["price"] * 1.19 + np.arange(400)
    found = learned(frame.assign(leak=leak), target, as_kind)
    (said,) = telling_columns(found, target)
    assert said.startswith(f"'leak' alone predicts '{target}' almost perfectly.")
    assert telling_columns(learned(flats(400), target, as_kind), target) == []
