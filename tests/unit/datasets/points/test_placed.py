"""Points that were placed by hand, and rules that give points their classes."""

import numpy as np
import pytest

from core.datasets import find_dataset, open_prepared
from core.datasets.points.labelled import STARTS
from core.datasets.points.placed import beginning, keep_placed, split
from core.datasets.points.rule import classes_by
from core.datasets.targets import Number
from core.errors import DatasetError
from core.settings import Settings

X, Y = np.random.default_rng(0).uniform(-1.5, 1.5, (2, 200))
POINTS = np.stack([X, Y], 1)
LABELS = np.arange(40) % 2 * 3  # blue and red


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("y > sin(3 * x)", np.sin(3 * X) < Y),
        ("0.3 <= r < 1 and not x == y", (np.hypot(X, Y) >= 0.3) & (np.hypot(X, Y) < 1)),
        ("x * y > 0 or abs(x) + 0.5 ** 2 < -y", (X * Y > 0) | (np.abs(X) + 0.25 < -Y)),
        ("floor(2 * r) % 3", np.floor(2 * np.hypot(X, Y)) % 3),
        ("-(x > 0) + 2", 2 - (X > 0)),
        ("max(0, sign(a)) * 5", (np.arctan2(Y, X) > 0) * 5),
        ("1", np.ones(200)),
    ],
)
def test_a_rule_gives_what_numpy_gives(rule: str, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(classes_by(rule, POINTS), expected.astype(int))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("y > sin(x", "received no expression"),
        ("", "received no expression"),
        ("y = x", "received no expression"),
        ("__import__('os').system('x')", "received __import__"),
        ("x.__class__", r"received x\.__class__"),
        ("[y for y in x]", r"received \[y for y"),
        ("open('f')", r"received open\('f'\)"),
        ("'a' * 9", "received 'a'"),
        ("z > 1", "received z"),
        ("sin(x, y)", "received sin of 2 numbers"),
        ("min(x)", "received min of 1 numbers"),
        ("7 * r + 9", "at some point"),
        ("log(x)", "received -?[0-9.]+|nan at some point"),
        ("9 ** 9 ** 9 ** 9 ** 9", "received inf at some point"),
        ("x" + " + x" * 60, "received a rule of 241 characters"),
        ("(" * 190, "received no expression"),
    ],
)
def test_what_is_no_rule_is_one_sentence(rule: str, words: str) -> None:
    with pytest.raises(DatasetError, match=words) as caught:
        classes_by(rule, POINTS)
    assert str(caught.value).startswith("this rule cannot be used, expected ")


def test_the_plane_begins_with_a_rule_or_with_points_that_exist_moved_by_noise() -> None:
    points, labels = beginning("", "x > 0", 100, 0.0)
    np.testing.assert_array_equal(labels, points[:, 0] > 0)
    noisy, same = beginning("", "x > 0", 100, 0.1)
    np.testing.assert_array_equal(same, labels)
    assert 0.08 < (noisy - points).std() < 0.12
    for name in STARTS:
        points, labels = beginning(name, "", 30, 0.0)
        assert points.shape == (30, 2)
        assert set(labels) <= set(range(3))


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9])
def test_each_class_is_learned_and_tested_in_the_share(share: float) -> None:
    labels = np.repeat([0, 1, 2], [4, 50, 200])
    learn, test = split(labels, share)
    np.testing.assert_array_equal(np.sort(np.concatenate([learn, test])), np.arange(254))
    assert set(labels[learn]) == set(labels[test]) == {0, 1, 2}
    assert len(learn) == pytest.approx(share * 254, abs=2)


def test_placed_points_are_a_data_set_of_the_colours_that_were_used(settings: Settings) -> None:
    rows = np.random.default_rng(1).uniform(-1, 1, (40, 2)).astype(np.float32)
    key = keep_placed(settings, "ann", "Mine", rows, LABELS, 0.8)
    dataset, data = find_dataset(settings, key), open_prepared(settings, key)
    assert dataset.spec.classes == ("blue", "red")
    assert (dataset.spec.train_size, dataset.spec.test_size, dataset.owner) == (32, 8, "ann")
    assert dataset.problem == ""
    both = {tuple(row) for row in np.concatenate([data.x_train, data.x_test])}
    assert both == {tuple(row) for row in rows}
    right = {tuple(row): bool(label) for row, label in zip(rows, LABELS, strict=True)}
    assert [right[tuple(row)] for row in data.x_train] == data.y_train.astype(bool).tolist()


def test_placed_points_with_numbers_are_a_data_set_with_a_number_as_its_target(settings: Settings) -> None:
    points, values = beginning("", "2 * x - r", 100, 0.0, is_number=True)
    np.testing.assert_allclose(values, 2 * points[:, 0] - np.hypot(*points.T), rtol=1e-5)
    spec = find_dataset(settings, key := keep_placed(settings, "ann", "Mine", points, values, 0.8)).spec
    data = open_prepared(settings, key)
    assert isinstance(spec.target, Number)
    assert (spec.train_size, spec.test_size) == (80, 20)
    assert spec.target.mean == pytest.approx(float(np.mean(data.y_train)), rel=1e-4)
    np.testing.assert_allclose(data.y_test, 2 * data.x_test[:, 0] - np.hypot(*data.x_test.T), rtol=1e-5)
    with pytest.raises(
        DatasetError, match="expected 8 points or more with different numbers, received 9 points of 1 number"
    ):
        keep_placed(settings, "ann", "Mine", points[:9], np.ones(9, np.float32), 0.8)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([1] * 9, "expected two colours with 4 points or more each, received 9 orange"),
        ([0] * 9 + [2] * 3, "received 9 blue, 3 green"),
        ([], "received none"),
        ([0, 1] * 1501, "expected at most 3,000, received 3,002"),
    ],
)
def test_too_few_or_too_many_points_are_refused_and_nothing_is_kept(
    labels: list[int], words: str, settings: Settings
) -> None:
    with pytest.raises(DatasetError, match=words):
        keep_placed(settings, "ann", "Mine", np.zeros((len(labels), 2)), np.array(labels, int), 0.8)
    assert not list((settings.home / "own").glob("*"))
