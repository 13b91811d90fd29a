"""Match or mismatch of two runs of the same settings, data and seed."""

from dataclasses import replace

import pytest

from core.datasets import prepare
from core.runs.comparison import compare
from core.runs.comparison.again import Number, compare_again, curves_apart, first_of, is_again, results_apart
from core.runs.comparison.verdict import Answer
from core.store import Store
from core.store.metrics import Point
from tests.support.past_runs import ME, PastRuns


@pytest.fixture
def past(store: Store) -> PastRuns:
    prepare(store.settings, "mnist_5k")
    return PastRuns(store)


def curve(*losses: float) -> list[Point]:
    return [Point(step, 0, 0.1 * step, {"loss": loss}) for step, loss in enumerate(losses, 1)]


def test_curves_part_at_the_first_step_that_differs_in_its_last_digit() -> None:
    almost = 0.3 + 1e-17 + 2**-54  # the next number that a computer knows after 0.3
    [found] = curves_apart(curve(0.5, 0.3, 0.2, 0.1), curve(0.5, almost, 0.2, 0.1))
    assert almost != 0.3
    assert (found.apart_at, found.steps, found.is_equal) == (2, 4, False)
    assert "at step 2, where they part" in found.said
    [same] = curves_apart(curve(0.5, 0.3, 0.2), curve(0.5, 0.3, 0.2))
    assert same.said == "equal to the last digit at all 3 steps"


def test_curves_are_compared_at_the_steps_that_both_have_and_metrics_that_both_have() -> None:
    later = [Point(2, 1, 0.2, {"val_loss": 0.9})]
    [found] = curves_apart(curve(0.5, 0.3) + later, curve(0.5, 0.3, 0.2))
    assert (found.name, found.steps, found.is_equal) == ("loss", 2, True)


def test_results_are_compared_but_not_what_they_cost() -> None:
    first = {"test_accuracy_last": 0.9, "best_step": None, "fit_s": 1.0, "images_per_s": 5, "ended_by": "", "steps": 4}
    second = {"test_accuracy_last": 0.875, "best_step": None, "fit_s": 2.0, "images_per_s": 9, "ended_by": ""}
    found = {number.name: number.said for number in results_apart(first, second)}
    assert found == {"test_accuracy_last": "differs by 0.025", "steps": "only one run has it"}
    assert Number("loss", 0.5, 0.5).said == "equal to the last digit"


def test_a_match_and_a_mismatch_say_so_with_what_was_different(store: Store, past: PastRuns) -> None:
    first, second, other = past.finished(), past.finished(), past.finished(mistakes=40)
    for run, device in ((first, "CPU"), (second, "CPU"), (other, "GPU")):
        store.files(run.id).write_json("environment", {"device": device, "keras": "3"})
    found = compare_again(store, first, second)
    assert found.is_match
    assert found.sentence.startswith("Match: all ")
    apart = compare_again(store, first, replace(other, dataset_version="new"))
    assert not apart.is_match
    assert "Mismatch: 1 of " in apart.sentence
    assert "the data has changed since the first run; device, CPU and GPU" in apart.sentence
    verdict = compare(store, [first.id, other.id], ME).pairs[0].verdict
    assert (verdict.answer, "Mismatch" in verdict.sentence) == (Answer.AGAIN, True)


def test_runs_on_unknown_data_are_never_the_same_again(past: PastRuns) -> None:
    assert not is_again(past.logged(), past.logged())
    assert first_of(past.queued()) is None
