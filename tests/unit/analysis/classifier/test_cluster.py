import numpy as np

from core.analysis.classifier.cluster import describe


def test_a_cluster_is_described_by_its_classes_and_mistakes_beside_the_rest() -> None:
    truth, answers = np.array([4, 4, 9, 4, 9, 1]), np.array([4, 9, 9, 9, 4, 1])
    found = describe(np.array([0, 1, 3, 4]), truth, answers)
    assert found.classes == ((4, 3), (9, 1))
    assert found.confusions == ((4, 9, 2), (9, 4, 1))
    assert (found.size, found.accuracy, found.elsewhere) == (4, 0.25, 1.0)
    assert np.isnan(describe(np.arange(6), truth, answers).elsewhere)
