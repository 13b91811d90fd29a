import numpy as np
import pytest

from core.analysis.classifier.generalisation import Gap, gap_of, repeats_of


@pytest.mark.parametrize(
    ("train", "test", "expected"),
    [
        (0.998, 0.976, Gap.SMALL),
        (0.9, 0.9, Gap.SMALL),
        (1.0, 0.97, Gap.SMALL),
        (1.0, 0.969, Gap.CLEAR),
        (1.0, 0.9, Gap.CLEAR),
        (1.0, 0.899, Gap.LARGE),
        (0.7, 0.5, Gap.LARGE),
        (0.95, 0.96, Gap.REVERSED),
        (0.749, 0.74, Gap.UNLEARNED),
        (0.1, 0.114, Gap.UNLEARNED),
    ],
)
def test_a_gap_is_what_it_is_called(train: float, test: float, expected: Gap) -> None:
    assert gap_of(train, test) is expected


def test_repeats_are_summed_up_as_numpy_does() -> None:
    results = [0.99, 0.985, 0.992]
    found = repeats_of(results)
    assert (found.count, found.mean) == (3, pytest.approx(np.mean(results)))
    assert found.deviation == pytest.approx(np.std(results, ddof=1))


def test_one_run_has_no_spread() -> None:
    assert repeats_of([0.9]).deviation is None
