"""A home of the version before is open as it was: the same figures, the same networks, and a run that goes on."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.datasets import open_prepared, prepare
from core.runs.predict import predict
from core.settings import Settings
from core.store import Status
from core.store.records import LOCAL
from tests.support.home_before import CNN, GAN, POINTS, RUNS, STOPPED, STOPPED_AT, unpack_home_before
from tests.support.lab import Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("before")
    unpack_home_before(folder / "home")
    lab = Lab(Settings(home=folder / "home", data_dir=folder / "data"))
    prepare(lab.settings, "digits_8x8")
    yield lab
    lab.end()


def test_its_runs_are_listed_with_the_figures_that_they_had(lab: Lab) -> None:
    listed = json.loads(lab.command("runs", "--json"))
    assert [{name: run.get(name) for name in before} for run, before in zip(listed, RUNS, strict=True)] == RUNS


def test_its_classifier_answers_as_it_did_then(lab: Lab) -> None:
    said = lab.store.files(CNN).load_predictions()
    images = np.asarray(open_prepared(lab.settings, "digits_8x8").x_test)
    answers = predict(lab.store, lab.run(CNN), list(images), actor=LOCAL)
    np.testing.assert_allclose(answers, said["probabilities_last"], atol=0.02)  # then in bfloat16
    assert (answers.argmax(1) == said["probabilities_last"].argmax(1)).mean() > 0.98


def test_its_generator_makes_the_points_that_it_made_then(lab: Lab, tmp_path: Path) -> None:
    lab.command("samples", GAN, "--n", "6", "--seed", "3", "--out", str(tmp_path / "made.npz"))
    np.testing.assert_allclose(np.load(tmp_path / "made.npz")["points"], POINTS, atol=1e-5)


def test_its_stopped_run_goes_on_where_it_was(lab: Lab) -> None:
    before = [point for point in lab.store.metrics.since(STOPPED) if point.step <= STOPPED_AT]
    lab.resume(STOPPED)
    run = lab.wait_for(STOPPED, Status.SUCCEEDED)
    after = lab.store.metrics.since(STOPPED)
    assert run.progress["step"] == run.progress["total_steps"] > STOPPED_AT
    assert [(p.step, p.values) for p in after if p.step <= STOPPED_AT] == [(p.step, p.values) for p in before]
    assert run.summary["test_accuracy_last"] > 0.85, "it has learned on, not anew"
