"""What curves tell: recorded ones of broken and of healthy runs (thinned), and made ones."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.analysis.curves.diagnosis import diagnose_curves
from core.analysis.curves.series import series
from core.analysis.finding import Finding
from core.datasets import find_dataset
from core.families import FAMILIES
from core.figures.evidence import draw_evidence
from core.settings import Settings
from core.store.metrics import Point

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("recorded.json").read_text(encoding="utf-8"))
MLP = FAMILIES["mlp"]
DIGITS = MLP.presets["digits"].config


def points_of(run: dict[str, Any]) -> list[Point]:
    return [Point(step, epoch, 0.0, values) for step, epoch, values in run["points"]]


def found(run: dict[str, Any], tmp_path: Path) -> Finding | None:
    spec = find_dataset(Settings(tmp_path, tmp_path), run["dataset"]).spec
    config = FAMILIES[run["family"]].presets[run["preset"]].config
    config = type(config).from_dict({**config.to_dict(), **run["changes"]})
    return diagnose_curves(points_of(run), config, spec, run["summary"], {})


def test_each_illness_is_found_in_a_run_that_has_it_and_none_in_healthy_runs(tmp_path: Path) -> None:
    diagnosed = {name: found(run, tmp_path) for name, run in RECORDED.items()}
    kinds = {name: finding.kind if finding else "" for name, finding in diagnosed.items()}
    assert kinds == {name: run["finding"] for name, run in RECORDED.items()}
    for name, finding in diagnosed.items():
        if finding:
            figure = draw_evidence(points_of(RECORDED[name]), finding)
            assert len(figure.data[0].x) > 50, name
    fixes = {name: finding.changes for name, finding in diagnosed.items() if finding and finding.fix}
    assert fixes == {
        "bad_rate": "learning rate 1",
        "fast_rate": "learning rate 0.03",
        "huge_init": "usual first weights",
        "no_hidden": "hidden layers",
        "overfit": "15 epochs",
        "sigmoid_deep": "ReLU as activation",
        "slow": "learning rate 0.0001",
        "underfit": "layers twice as wide",
    }
    overfit = diagnosed["overfit"]
    assert overfit is not None
    assert overfit.sentence.startswith("From epoch 15 on it got worse on examples it does not train on")


def diagnosed(losses: np.ndarray, dead: dict[str, np.ndarray] | None = None, **changes: Any) -> Finding | None:
    points = [Point(step, 0, 0.0, {"loss": float(loss)}) for step, loss in enumerate(losses)]
    spec = find_dataset(Settings(Path(), Path()), "mnist_5k").spec
    summary = {"train_accuracy_last": 0.5}
    return diagnose_curves(points, replace(DIGITS, **changes), spec, summary, dead or {})


def test_a_loss_that_rises_first_names_the_rate() -> None:
    steps = np.arange(200)
    finding = diagnosed(2.3 + 5 * np.exp(-(((steps - 40) / 15) ** 2)) - steps / 400, learning_rate=0.03)
    assert finding is not None
    assert finding.sentence.startswith("The loss rose from 2.3 to 7.")
    assert (finding.kind, finding.fix) == ("rate_too_large", {"learning_rate": 0.003})
    assert abs(int(finding.step or 0) - 40) < 5


def test_a_loss_that_still_falls_asks_for_more_epochs_and_a_short_run_says_nothing() -> None:
    falling = np.linspace(2.3, 1.0, 200)
    finding = diagnosed(falling)
    assert finding is not None
    assert (finding.kind, finding.fix) == ("ended_early", {"epochs": 3 * DIGITS.epochs})
    assert diagnosed(falling[:40]) is None


def test_dead_units_are_counted_by_layer() -> None:
    learned = np.concatenate([np.linspace(2.3, 0.1, 100), np.full(300, 0.1)])
    dead = {"dense_1": np.arange(128) < 100, "dense_2": np.zeros(64, bool)}
    finding = diagnosed(learned, dead, schedule="cosine")
    assert finding is not None
    assert finding.sentence.startswith("100 of 128 units of dense_1 are dead")
    assert diagnosed(learned, {"dense_1": np.arange(128) < 60}, schedule="cosine") is None


def test_the_running_median_is_numpys_and_gaps_are_left_out() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=101)
    points = [Point(step, 0, 0.0, {"loss": value}) for step, value in enumerate(values)]
    points += [Point(101, 0, 0.0, {"loss": float("nan")}), Point(102, 0, 0.0, {"val_loss": 1.0})]
    one = series(points, "loss")
    assert len(one) == 101
    assert one.smooth[50] == np.median(values[48:53])
    assert one.level(0.0, 1.0) == np.median(values)


@pytest.mark.parametrize("name", ["loss", "val_loss"])
def test_a_metric_that_is_missing_is_an_empty_series(name: str) -> None:
    assert len(series([], name)) == 0
