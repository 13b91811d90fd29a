import json

import numpy as np
import pytest

from core.analysis.gan.quality import judge
from core.analysis.gan.quality_report import JudgedSnapshot, QualityReport, chosen_snapshots
from core.errors import AnalysisError


def quality() -> QualityReport:
    rng = np.random.default_rng(0)
    real, floor, fake = (rng.normal(size=(20, 3)) for _ in range(3))
    found = judge(real, fake, rng.dirichlet(np.ones(3), 20), floor_features=floor)
    return QualityReport(
        "r1", "mine", 0.97, 0.9, 2, (0.2, 0.3, 0.5), (JudgedSnapshot(0, 20, found), JudgedSnapshot(7, 20, found))
    )


def test_a_quality_report_is_the_same_after_it_was_json() -> None:
    before = quality()
    after = QualityReport.from_dict(json.loads(json.dumps(before.to_dict())))
    assert after == before
    assert after.last.step == 7


def test_the_scarcest_class_lacks_most_of_its_fair_share() -> None:
    shares = quality().last.judgement.coverage.shares
    assert quality().scarcest == int(np.argmin(np.array(shares) - [0.2, 0.3, 0.5]))


@pytest.mark.parametrize("lost", ["judge", "confidence_floor", "fair", "moments", "step", "judgement"])
def test_a_quality_report_that_lacks_something_is_refused(lost: str) -> None:
    values = quality().to_dict()
    (values if lost in values else values["moments"][1]).pop(lost)
    with pytest.raises(AnalysisError, match="cannot be read"):
        QualityReport.from_dict(values)


def test_few_moments_are_all_judged() -> None:
    assert chosen_snapshots([0]) == [0]
    assert chosen_snapshots([0, 1, 2, 5, 9]) == [0, 1, 2, 5, 9]


def test_many_are_thinned_evenly_and_the_last_is_kept() -> None:
    steps = [0, 1, 2, 5, 10, 20, *range(30, 901, 30)]
    found = chosen_snapshots(steps)
    assert len(found) <= 12
    assert (found[0], found[-1]) == (0, 900)
    assert set(found) <= set(steps)
    assert np.diff(found).max() <= 120
    assert chosen_snapshots([*range(99), 1000], 3) == [0, 98, 1000]
