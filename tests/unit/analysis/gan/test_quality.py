import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from core.analysis.gan.quality import Judgement, classifier_score, coverage, judge
from core.analysis.gan.sample_distances import frechet_distance, kernel_distance, precision_recall
from core.errors import AnalysisError


def answers(seed: int, n: int, classes: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.3), n).astype(np.float32)


ANSWERS = given(st.integers(0, 2**32 - 1), st.integers(1, 200), st.integers(1, 12))


@ANSWERS
def test_the_score_is_scipys_divergence_and_lies_between_1_and_the_classes(seed: int, n: int, classes: int) -> None:
    each = answers(seed, n, classes).astype(float)
    found = classifier_score(each)
    assert found == pytest.approx(np.exp(np.mean(entropy(each, each.mean(0)[None], axis=1))), rel=1e-4)
    assert 1 - 1e-4 <= found <= classes + 1e-4
    assert classifier_score(each[::-1]) == pytest.approx(found)


def test_the_score_rewards_clear_samples_of_all_classes_only() -> None:
    clear = np.eye(10)
    assert classifier_score(clear) == pytest.approx(10)
    assert classifier_score(np.repeat(clear[:1], 10, 0)) == 1
    assert classifier_score(np.full((10, 10), 0.1)) == pytest.approx(1)
    assert classifier_score(clear[:5]) == pytest.approx(5)


def test_two_classes_of_ten_are_covered_and_most_samples_are_too_many() -> None:
    each = np.eye(10)[[3] * 60 + [7] * 39 + [1]] * 0.91 + 0.009
    found = coverage(each)
    assert found.shares == pytest.approx((0, 0.01, 0, 0.6, 0, 0, 0, 0.39, 0, 0))
    assert (found.covered, found.missing) == (2, (0, 1, 2, 4, 5, 6, 8, 9))
    assert found.confidence == pytest.approx(0.919)
    assert found.unevenness == pytest.approx(0.5 + 0.29)
    assert coverage(each, least=0.1).covered == 3


@ANSWERS
def test_shares_are_shares_and_all_classes_are_covered_or_missing(seed: int, n: int, classes: int) -> None:
    found = coverage(answers(seed, n, classes))
    assert sum(found.shares) == pytest.approx(1)
    assert found.covered + len(found.missing) == classes
    assert 0 <= found.unevenness <= 1 - 1 / classes + 1e-9
    assert coverage(answers(seed, n, classes), found.shares).unevenness == 0


def test_a_class_that_is_rare_among_the_real_ones_may_be_rare() -> None:
    each = np.eye(2)[[0] * 95 + [1] * 5]
    assert coverage(each).covered == 1
    assert coverage(each, (0.9, 0.1)).covered == 2
    assert coverage(each, (0.9, 0.1)).unevenness == pytest.approx(0.05)


@pytest.fixture(scope="module")
def sets() -> dict[str, np.ndarray]:
    """Features of ten classes: real ones twice, and samples of a generator that knows eight classes."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 3, (10, 16))

    def some(n: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
        labels = rng.integers(0, classes, n)
        return (centres[labels] + rng.normal(0, 1, (n, 16))).astype(np.float32), labels

    fake, labels = some(400, 8)
    return {
        "real_features": some(600, 10)[0],
        "fake_features": fake + np.float32(0.3),
        "fake_probabilities": (np.eye(10)[labels] * 0.9 + 0.01).astype(np.float32),
        "floor_features": some(500, 10)[0],
    }


@pytest.fixture(scope="module")
def judged(sets: dict[str, np.ndarray]) -> Judgement:
    return judge(**sets)


def test_a_judgement_holds_what_each_measure_says(sets: dict[str, Any]) -> None:
    found = judge(**sets, seed=1)
    real, fake = sets["real_features"], sets["fake_features"]
    assert found.samples == 400
    assert found.frechet == frechet_distance(real, fake)
    assert found.kernel == kernel_distance(real, fake, seed=1)
    assert (found.precision, found.recall) == precision_recall(real, fake)
    assert found.score == classifier_score(sets["fake_probabilities"])
    assert found.coverage == coverage(sets["fake_probabilities"])
    assert found.frechet_interval[0] < found.frechet < found.frechet_interval[1]


def test_missing_classes_show_against_the_floor_in_all_but_precision(judged: Judgement) -> None:
    assert judged.frechet_interval[0] > 3 * judged.frechet_floor
    assert judged.kernel > 10 * abs(judged.kernel_floor)
    assert judged.recall < judged.recall_floor - 0.05
    assert abs(judged.precision - judged.precision_floor) < 0.2
    assert judged.coverage.missing == (8, 9)


def test_real_images_judged_as_samples_are_as_good_as_the_floor(sets: dict[str, Any]) -> None:
    halves = sets["floor_features"][:250], sets["floor_features"][250:]
    found = judge(sets["real_features"], halves[0], sets["fake_probabilities"][:250], floor_features=halves[1])
    assert found.frechet_interval[0] < found.frechet_floor < found.frechet_interval[1]
    assert abs(found.precision - found.precision_floor) < 0.08
    assert abs(found.recall - found.recall_floor) < 0.08


def test_as_many_samples_as_other_real_images_are_compared_drawn_by_the_seed(sets: dict[str, Any]) -> None:
    few = {**sets, "floor_features": sets["floor_features"][:100]}
    found = judge(**few)
    assert found.samples == 100
    assert found.coverage == coverage(sets["fake_probabilities"])  # what needs no real ones looks at all
    assert found == judge(**few)
    assert found.frechet != judge(**few, seed=1).frechet


def test_a_judgement_survives_json(judged: Judgement) -> None:
    assert Judgement.from_dict(json.loads(json.dumps(judged.to_dict()))) == judged


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda values: values.pop("recall"), "recall"),
        (lambda values: values.update(beauty=1), "beauty"),
        (lambda values: values["coverage"].pop("shares"), "shares"),
        (lambda values: values.update(coverage=None), "confidence, covered, missing"),
    ],
)
def test_a_damaged_judgement_is_refused_by_name(judged: Judgement, change: Any, named: str) -> None:
    values = judged.to_dict()
    change(values)
    with pytest.raises(
        AnalysisError, match=f"a stored quality report cannot be read, received missing or unknown: {named}"
    ):
        Judgement.from_dict(values)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"fake_probabilities": np.eye(10)},
            "each sample needs features and probabilities, expected equally many, received",
        ),
        ({"floor_features": np.zeros((3, 16))}, "too few held-out features, expected at least 4, received 3"),
        ({"floor_features": np.zeros((9, 2))}, r"the held-out features have the wrong shape, expected \(n, 16\)"),
        ({"fake_features": np.zeros(9)}, "the generated features have the wrong shape"),
        ({"real_features": np.zeros((0, 16))}, "there are too few real features"),
    ],
)
def test_what_cannot_be_judged_is_said(sets: dict[str, Any], change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        judge(**{**sets, **change})


@pytest.mark.parametrize("measure", [classifier_score, coverage])
@pytest.mark.parametrize(
    ("each", "sentence"),
    [
        (
            np.ones((3, 2)),
            "these are not probabilities, expected from 0 up, a sum of 1 per row, received from 1 up, sums of 2",
        ),
        (np.array([[1.5, -0.5]]), "received from -0.5 up"),
        (np.zeros((0, 2)), "too few probabilities"),
        (np.array([[np.nan, 1]]), "the probabilities are not all finite"),
    ],
)
def test_what_are_no_probabilities_is_refused(measure: Any, each: np.ndarray, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        measure(each)


@pytest.mark.parametrize("fair", [(0.5, 0.5, 0), (0.5, 0.4), (1.5, -0.5), (np.nan, 1)])
def test_fair_shares_that_do_not_fit_are_refused(fair: tuple[float, ...]) -> None:
    with pytest.raises(AnalysisError, match="the fair shares do not match, expected 2 that sum to 1"):
        coverage(np.eye(2), fair)
