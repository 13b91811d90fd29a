"""The command explain: its files, and what it refuses. The probe's answers are tested with its methods."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cli import main
from core.datasets import prepare
from core.settings import Settings
from core.store import Run, Store
from core.store.metrics import Snapshot
from core.store.records import NewRun

FOUND = {
    "attribution": np.ones((8, 8, 1), np.float32),
    "target": np.array(2),
    "answers": np.full(3, 0.1, np.float32),
    "completeness": np.float32(0.002),
    "logits": np.zeros(3, np.float32),
}


@pytest.fixture
def asked(settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("core.cli.follow.ensure_foreman", lambda settings: None)

    def answer(settings: Settings, subject: Any, method: str, given: np.ndarray, **more: Any) -> dict[str, np.ndarray]:
        found.append({"method": method, "step": subject.step, "given": given, **more})
        return FOUND

    monkeypatch.setattr("core.runs.explain.ask", answer)
    return found


@pytest.fixture
def run(store: Store) -> Run:
    run = store.runs.submit(NewRun(kind="train", dataset="tiny", owner="ann", name="a run", family="cnn"))
    for step in (0, 5):
        store.metrics.add_snapshot(run.id, Snapshot(step, 0, 0.0))
    return run


def explain(run: Run, out: Path, *more: str, method: str = "integrated_gradients") -> int:
    return main(["explain", run.id, "--method", method, "--out", str(out), *more])


def test_the_file_holds_input_attribution_answer_and_residual(
    run: Run, tiny_arrays: dict, asked: list, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(settings, "tiny")
    out = tmp_path / "new" / "why.npz"
    assert explain(run, out, "--input", "test:7", "--target", "c", "--step", "0", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["target"], said["probability"], said["residual"]) == ("c", 0.1, 0.002)
    with np.load(out) as kept:
        assert sorted(kept) == ["attribution", "completeness", "input", "probabilities", "target"]
        np.testing.assert_array_equal(kept["input"], tiny_arrays["x_test"][7])
        assert kept["attribution"].dtype == np.float32
    (question,) = asked
    assert (question["method"], question["step"], question["target"]) == ("integrated_gradients", 0, 2)
    assert question["points"] == 256
    assert [path.name for path in out.parent.iterdir()] == ["why.npz"]
    capsys.readouterr()
    for more, words in (
        (["--input", "test:7", "--target", "cat"], "has no class 'cat', expected one of a, b, c"),
        (["--input", "test:11"], "there is no test example 11, expected test:0 to test:10"),
        (["--input", "test:x"], "there is no such test example, expected test:N"),
        (["--input", "nowhere.png"], "there is no file nowhere.png"),
        (["--input", __file__], "is not a readable image"),
        (["--input", "test:1", "--step", "3"], "saved no network at step 3, expected such as 0, 5"),
    ):
        assert explain(run, tmp_path / "bad.npz", *more) in (1, 2)
        assert words in capsys.readouterr().err
    assert not (tmp_path / "bad.npz").exists()


def test_runs_without_an_answer_to_explain_are_refused(
    store: Store, asked: list, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gan = store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a GAN", family="gan"))
    rows = store.runs.submit(NewRun(kind="train", dataset="iris", owner="ann", name="rows", family="mlp"))
    assert explain(gan, tmp_path / "x.npz", "--input", "test:1") == 2
    assert "cannot be explained" in capsys.readouterr().err
    assert explain(rows, tmp_path / "x.npz", "--input", "test:1") == 2
    assert "has no network yet" in capsys.readouterr().err
    assert not asked


def test_a_text_is_explained_sign_by_sign(
    store: Store, asked: list, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [
        store.runs.submit(NewRun(kind="train", dataset=data, owner="ann", name=data, family="sequence"))
        for data in ("names", "python_docs")
    ]
    for run in runs:
        store.metrics.add_snapshot(run.id, Snapshot(5, 0, 0.0))
    found = {**FOUND, "attribution": np.ones((20, 1), np.float32), "answers": np.full(97, 0.1, np.float32)}
    monkeypatch.setitem(FOUND, "answers", found["answers"])
    monkeypatch.setitem(FOUND, "attribution", found["attribution"])
    names, docs = runs
    assert explain(names, tmp_path / "why.npz", "--input", "text:Müller", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["target"] == "English"
    assert (asked[-1]["method"], asked[-1]["text"]) == ("sequence_gradients", None)
    assert asked[-1]["given"].tolist()[:14] == [0] * 14
    assert explain(docs, tmp_path / "on.npz", "--input", "text:The ") == 0
    assert len(asked[-1]["text"]) == 4
    with np.load(tmp_path / "on.npz") as kept:
        assert len(kept["attribution"]) == 60 + 20
        assert kept["probabilities"].shape == (97,)
    capsys.readouterr()
    assert explain(names, tmp_path / "x.npz", "--input", "text:Smith", method="rise") == 2
    assert "RISE does not fit" in capsys.readouterr().err
    assert explain(names, tmp_path / "x.npz", "--input", "text:") in (1, 2)
    assert "the text is empty" in capsys.readouterr().err
