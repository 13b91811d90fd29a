import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics

from core.analysis.classifier.class_scores import class_scores
from core.analysis.classifier.classification import Answer, Answers, learned_nothing, wilson_interval


@given(st.integers(1, 20_000), st.floats(0, 1))
def test_the_interval_is_wilsons_as_scipy_has_it(total: int, share: float) -> None:
    right = round(total * share)
    expected = binomtest(right, total).proportion_ci(confidence_level=0.95, method="wilson")
    assert wilson_interval(right, total) == pytest.approx((expected.low, expected.high), abs=1e-7)


def test_of_nothing_the_interval_is_everything() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "total"), [(0, 5), (5, 5), (1, 1), (0, 1), (997, 1000)])
def test_the_interval_holds_the_share_and_stays_within_zero_and_one(right: int, total: int) -> None:
    low, high = wilson_interval(right, total)
    assert 0 <= low <= right / total <= high <= 1


# Answers


def some_answers(classes: int, count: int, seed: int) -> Answers:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), count).astype(np.float32)
    return Answers(np.arange(count), rng.integers(0, classes, count), probabilities)


@given(st.integers(2, 6), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_the_confusion_matrix_is_that_of_scikit_learn(classes: int, count: int, seed: int) -> None:
    answers = some_answers(classes, count, seed)
    expected = metrics.confusion_matrix(answers.y_true, answers.probabilities.argmax(1), labels=range(classes))
    np.testing.assert_array_equal(answers.matrix, expected)


def test_rows_of_the_confusion_matrix_are_the_truth() -> None:
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3]], np.float32)
    np.testing.assert_array_equal(Answers(np.arange(3), np.zeros(3, int), probabilities).matrix, [[1, 2], [0, 0]])


PROBABILITIES = np.array([[0.6, 0.4], [0.1, 0.9], [0.3, 0.7], [0.9, 0.1], [0.2, 0.8], [0.45, 0.55]], np.float32)
ANSWERS = Answers(np.array([10, 11, 12, 13, 14, 15]), np.array([1, 0, 1, 1, 0, 1]), PROBABILITIES)


def test_mistakes_come_with_the_most_confident_first() -> None:
    found = ANSWERS.confident_mistakes(9)
    assert [(m.index, m.said, m.truth) for m in found] == [(11, 1, 0), (13, 0, 1), (14, 1, 0), (10, 0, 1)]
    assert [m.confidence for m in found] == pytest.approx([0.9, 0.9, 0.8, 0.6])


def test_at_most_so_many_mistakes_are_given_and_they_are_the_worst() -> None:
    assert [m.index for m in ANSWERS.confident_mistakes(2)] == [11, 13]
    assert ANSWERS.confident_mistakes(0) == []


def test_without_mistakes_there_are_none() -> None:
    assert Answers(ANSWERS.ids, PROBABILITIES.argmax(1), PROBABILITIES).confident_mistakes(9) == []


def test_right_answers_come_with_the_least_sure_first() -> None:
    assert [(a.index, a.said, a.truth) for a in ANSWERS.unsure_hits(9)] == [(15, 1, 1), (12, 1, 1)]
    assert [a.index for a in ANSWERS.unsure_hits(1)] == [15]


def test_a_right_answer_that_is_sure_is_not_among_the_unsure() -> None:
    probabilities = np.array([[0.999, 0.001], [0.94, 0.06], [0.6, 0.4]], np.float32)
    answers = Answers(np.arange(3), np.zeros(3, int), probabilities)
    assert [answer.index for answer in answers.unsure_hits(9)] == [2, 1]


@pytest.mark.parametrize(
    ("truth", "said", "expected"), [(0, 1, [11, 14]), (1, 0, [13, 10]), (1, 1, [12, 15]), (0, 0, [])]
)
def test_behind_a_cell_are_its_examples_the_surest_first(truth: int, said: int, expected: list[int]) -> None:
    assert [a.index for a in ANSWERS.called(truth, said, 9)] == expected
    assert [a.index for a in ANSWERS.called(truth, said, 1)] == expected[:1]


@given(st.integers(2, 5), st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_the_cells_hold_every_example_once(classes: int, count: int, seed: int) -> None:
    answers = some_answers(classes, count, seed)
    cells = [answers.called(truth, said, count) for truth in range(classes) for said in range(classes)]
    assert [len(cell) for cell in cells] == answers.matrix.ravel().tolist()
    assert sorted(answer.index for cell in cells for answer in cell) == list(range(count))


def test_an_answer_holds_plain_numbers_that_json_can_write() -> None:
    [worst] = ANSWERS.confident_mistakes(1)
    assert Answer(**json.loads(json.dumps(vars(worst)))) == worst


def test_always_saying_the_commonest_class_gets_its_share_right() -> None:
    assert ANSWERS.commonest == (1, pytest.approx(4 / 6))


# Each class


@given(st.integers(2, 6), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_the_scores_of_each_class_and_their_means_are_those_of_scikit_learn(
    classes: int, count: int, seed: int
) -> None:
    answers = some_answers(classes, count, seed)
    found = class_scores(answers.matrix)
    told = {"labels": range(classes), "zero_division": np.nan}
    expected = metrics.precision_recall_fscore_support(answers.y_true, answers.said, **told)
    for mine, theirs in zip((found.precision, found.recall, found.f1, found.support), expected, strict=True):
        np.testing.assert_allclose(mine, theirs)
    macro = metrics.precision_recall_fscore_support(answers.y_true, answers.said, average="macro", **told)
    np.testing.assert_allclose(found.macro, macro[:3])


def test_the_weakest_class_has_the_lowest_f1_of_those_with_examples() -> None:
    matrix = np.array([[8, 2, 0, 0], [0, 0, 0, 0], [1, 1, 2, 0], [0, 0, 0, 3]])
    assert class_scores(matrix).weakest == 2


@pytest.mark.parametrize("matrix", [np.diag([3, 4, 5]), np.zeros((2, 2), int)])
def test_of_classes_that_are_all_as_good_none_is_the_weakest(matrix: np.ndarray) -> None:
    assert class_scores(matrix).weakest is None


@pytest.mark.parametrize(
    ("accuracy", "classes", "is_so"),
    [(0.1, 10, True), (0.12, 10, True), (0.13, 10, False), (0.5, 2, True), (0.7, 2, False)],
)
def test_a_classifier_has_learned_nothing_if_it_is_no_better_than_guessing(
    accuracy: float, classes: int, is_so: bool
) -> None:
    assert learned_nothing(accuracy, classes) is is_so
