"""What the comparison of stored runs says."""

import argparse
import json

import pytest
from scipy import stats

from core.cli.compare import print_comparison
from core.datasets import prepare
from core.errors import RunError
from core.names import MINUS
from core.runs.comparison import compare, repeats_of
from core.runs.comparison.verdict import Answer
from core.store import Store
from tests.support.past_runs import ME, PastRuns


@pytest.fixture
def past(store: Store) -> PastRuns:
    prepare(store.settings, "mnist_5k")
    return PastRuns(store)


def test_one_setting_apart_is_said_first_with_what_came_of_it(store: Store, past: PastRuns) -> None:
    first = past.finished(changes=["batch_size=32"], mistakes=20, summary={"fit_s": 10.0})
    second = past.finished(changes=["batch_size=256"], mistakes=60, summary={"fit_s": 4.0})
    found = compare(store, [first.id, second.id], ME)
    assert found.sentence == (
        f"Only the batch size differs, 32 → 256: test accuracy {MINUS}4.0 points, training time {MINUS}60 %."
    )
    assert [one.name for one in found.settings if one.differs] == ["batch_size"]
    (pair,) = found.pairs
    assert pair.tally is not None
    assert (pair.tally.first_only, pair.tally.second_only) == (40, 0)
    assert pair.apart is not None
    assert pair.apart.p == pytest.approx(stats.binomtest(0, 40).pvalue)
    assert pair.verdict.answer is Answer.ON_THESE
    assert pair.verdict.sentence.startswith("This network B is worse than A by 4.0 points")
    assert found.consulted == 2


def test_two_seeds_of_the_same_settings_cannot_be_told_apart(store: Store, past: PastRuns) -> None:
    runs = [past.finished(changes=[f"seed={seed}"], mistakes=20 + 30 * seed) for seed in range(2)]
    found = compare(store, [run.id for run in runs], ME)
    assert found.sentence.startswith("Both runs have the same settings; only the seed differs, 0 → 1: test accuracy")
    assert found.pairs[0].verdict.answer is Answer.CANNOT_TELL
    assert [run.id for run in repeats_of(store, runs[0], ME)] == [run.id for run in runs]


def test_several_seeds_of_each_tell_whether_the_settings_did_it(store: Store, past: PastRuns) -> None:
    def trained(batch: int, mistakes: list[int]) -> str:
        runs = [
            past.finished(changes=[f"batch_size={batch}", f"seed={seed}"], mistakes=wrong)
            for seed, wrong in enumerate(mistakes)
        ]
        return runs[0].id

    low, high, near = trained(32, [20, 24, 22]), trained(256, [60, 55, 58]), trained(64, [26, 18, 23])
    found = compare(store, [low, high, near], ME)
    real, luck = found.pairs
    assert real.verdict.answer is Answer.REAL
    assert real.seeds == (3, 3)
    assert luck.verdict.answer is Answer.CANNOT_TELL
    assert "while seeds vary by" in luck.verdict.sentence
    assert found.sentence == "Only the batch size differs, 32 → 256 → 64."


def test_what_cannot_be_compared_is_said(store: Store, past: PastRuns) -> None:
    first = past.finished()
    other = past.finished(dataset_version="another")
    untested = past.queued(changes=["epochs=2"])
    apart, waits = compare(store, [first.id, other.id, untested.id], ME).pairs
    assert apart.verdict.sentence.startswith("They were tested on different data")
    assert "not both been tested" in waits.verdict.sentence
    for ids in ([first.id], [first.id, first.id], [first.id, "nothing"]):
        with pytest.raises(RunError):
            compare(store, ids, ME)


def test_the_command_prints_the_same(store: Store, past: PastRuns, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [past.finished(changes=[f"batch_size={batch}"], mistakes=batch).id for batch in (32, 64)]
    options = argparse.Namespace(id=runs, json=True, keep=False)
    assert print_comparison(store.settings, options) == 0
    told = json.loads(capsys.readouterr().out)
    pair = compare(store, runs, ME).pairs[0]
    assert pair.apart is not None
    assert told["settings"] == {"batch_size": ["32", "64"]}
    assert told["measures"]["test_accuracy_last"] == [0.968, 0.936]
    assert told["pairs"][0]["interval"] == [pair.apart.interval.low, pair.apart.interval.high]
    assert told["pairs"][0]["verdict"] == "differ"
