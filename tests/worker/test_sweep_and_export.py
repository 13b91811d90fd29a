"""From a sweep on the command line to a network in another runtime, through real processes."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from core.datasets import open_prepared
from tests.support.lab import TINY, Lab


def test_a_sweep_is_trained_and_one_of_its_networks_answers_in_onnxruntime(shared_lab: Lab, tmp_path: Path) -> None:
    options = ["--set", "validation_fraction=0.1", "--over", "learning_rate=0.01,0.03", "--json"]
    swept = json.loads(shared_lab.command("sweep", "cnn", *TINY, *options))
    assert [run["status"] for run in swept["runs"]] == ["succeeded", "succeeded"]
    assert {run["settings"]["learning_rate"] for run in swept["runs"]} == {0.01, 0.03}
    assert swept["is_ranked"]
    best, out = swept["runs"][0]["run"], tmp_path / "network.onnx"
    told = json.loads(shared_lab.command("export", best, "--format", "onnx", "--out", str(out), "--json"))
    session, data = onnxruntime.InferenceSession(str(out)), open_prepared(shared_lab.settings, "mnist_5k")
    [answers] = session.run(None, {session.get_inputs()[0].name: np.asarray(data.x_test)})
    assert (answers.argmax(1) == data.y_test).mean() == pytest.approx(told["exported"], abs=1e-6)
    saved = shared_lab.store.files(best).load_predictions()["probabilities_best"]
    np.testing.assert_allclose(answers, saved, atol=1e-3)
