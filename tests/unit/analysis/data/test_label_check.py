import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from core.analysis.data import label_check as module
from core.analysis.data.image_vectors import Nearest, image_vectors, nearest_others
from core.analysis.data.label_check import LabelCheck, check_labels


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 real digits of 8 x 8 pixels; they are all different."""
    data = load_digits()
    return (data.images[..., None] * 15).astype(np.uint8), data.target.astype(np.int64)


@pytest.fixture(scope="module")
def vectors(digits: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return image_vectors(digits[0], digits[0][:1], 0, lambda share: None)[0]


def checked(vectors: np.ndarray, labels: np.ndarray, classes: int = 10) -> LabelCheck:
    rows = np.arange(len(labels))
    return check_labels(labels, rows, nearest_others(vectors, rows, lambda share: None), classes)


def flipped(labels: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    rows = generator.permutation(len(labels))[: round(share * len(labels))]
    wrong = labels.copy()
    wrong[rows] = (wrong[rows] + generator.integers(1, 10, len(rows))) % 10
    return wrong, rows


def test_the_accuracy_is_scikit_learns_leave_one_out(
    vectors: np.ndarray, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    few, labels = vectors[:300], digits[1][:300]
    said = cross_val_predict(KNeighborsClassifier(10, algorithm="kd_tree"), few, labels, cv=LeaveOneOut())
    found = checked(few, labels)
    assert found.accuracy == pytest.approx((said == labels).mean())
    assert (found.checked, found.neighbours) == (300, 10)
    assert 0.8 < found.accuracy < 1


def test_most_flipped_labels_are_found_with_their_true_class(
    vectors: np.ndarray, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    wrong, rows = flipped(digits[1], 0.03)
    found = checked(vectors, wrong)
    suspects = {suspect.row: suspect for suspect in found.suspects}
    caught = set(rows.tolist()) & set(suspects)
    assert len(caught) > 0.85 * len(rows)
    assert len(caught) > 0.8 * found.count
    assert all(suspects[row].suggested == digits[1][row] for row in caught)
    assert all(suspect.label == wrong[suspect.row] for suspect in found.suspects)


def test_right_labels_are_hardly_suspected(vectors: np.ndarray, digits: tuple[np.ndarray, np.ndarray]) -> None:
    assert checked(vectors, digits[1]).count < 0.01 * len(vectors)


def test_suspects_are_ranked_by_share_and_then_by_closeness() -> None:
    # Three tight groups of class 0 at different distances around one stranger each; the third has a dissenter.
    generator, groups = np.random.default_rng(0), []
    for centre, radius in ((0, 1.0), (100, 0.1), (200, 0.01)):
        groups.append(generator.normal(size=(14, 3)) * radius + centre)
    vectors = np.concatenate(groups).astype(np.float32)
    labels = np.zeros(42, np.int64)
    labels[[0, 14, 28]] = 1
    nearest = nearest_others(vectors, np.arange(42), lambda share: None)
    labels[nearest.found[28, 9]] = 2
    found = checked(vectors, labels, 3)
    ranked = [(suspect.row, suspect.share) for suspect in found.suspects if suspect.label == 1]
    assert ranked == [(14, 1.0), (0, 1.0), (28, 0.9)]
    first = next(suspect for suspect in found.suspects if suspect.row == 14)
    assert first.neighbours == tuple(nearest.found[14, :5].tolist())


def test_the_count_is_true_when_the_list_is_cut(
    vectors: np.ndarray, digits: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, _ = flipped(digits[1], 0.03)
    whole = checked(vectors, wrong)
    monkeypatch.setattr(module, "SHOWN", 7)
    cut = checked(vectors, wrong)
    assert cut.count == whole.count > 7
    assert cut.suspects == whole.suspects[:7]


def test_a_copy_does_not_vote_on_its_image_and_is_checked_by_the_same_neighbours() -> None:
    vectors = np.random.default_rng(0).normal(size=(13, 3)).astype(np.float32)
    labels = np.array([1] + [0] * 12)  # row 12 is a copy of row 0 whose label is right
    originals = np.array([*range(12), 0])
    nearest = nearest_others(vectors, np.arange(12), lambda share: None)
    found = check_labels(labels, originals, nearest, 2)
    assert found.checked == 13
    assert [(suspect.row, suspect.suggested, suspect.share) for suspect in found.suspects] == [(0, 0, 1.0)]
    assert 12 not in found.suspects[0].neighbours
    assert found.accuracy == pytest.approx(12 / 13)


def test_images_that_were_not_compared_are_not_counted_as_checked() -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    nearest = nearest_others(vectors, np.arange(0, 40, 2), lambda share: None)
    assert check_labels(np.zeros(40, np.int64), np.arange(40), nearest, 2).checked == 20


def test_one_image_alone_has_nobody_to_ask() -> None:
    alone = Nearest(np.array([0]), np.zeros((1, 0), np.int64), np.zeros((1, 0), np.float32))
    assert check_labels(np.array([0]), np.array([0]), alone, 2) == LabelCheck(0, 0, 0.0, 0, ())
