"""A table by its columns, on the page Inside: a row's answer and what would change it, importance, dependence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets import open_prepared, prepare
from core.families.mlp import PRESETS
from core.settings import Settings
from core.store import Run
from tests.pages.conftest import Visit
from tests.support.past_runs import PastRuns
from tests.support.reading import captions, data_of, views_of, words_of

Asked = list[tuple[str, dict[str, Any]]]
BMI = 2  # place of the column bmi of diabetes, which alone decides here


def _answer(given: np.ndarray, *, is_class: bool) -> dict[str, np.ndarray]:
    if is_class:
        said = (given[:, 2] > 4).astype(int)
        return {"probabilities": np.eye(3, dtype=np.float32)[said] * 0.8 + 0.2 / 3}
    return {"number": 100 + 10 * given[:, [BMI]]}


@pytest.fixture
def asked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What the probe was asked; it answers at once."""
    known: Asked = []

    def ask(settings: Settings, subject: Any, method: str, given: np.ndarray, **more: Any) -> dict[str, np.ndarray]:
        options = {name: value for name, value in more.items() if name not in ("actor", "deadline_s")}
        known.append((method, {**options, "given": given}))
        spec = open_prepared(settings, subject.dataset).spec
        if method == "answer":
            return _answer(given, is_class=bool(spec.classes))
        outputs = len(spec.classes) or 1
        if method == "importance":
            worse = np.array([[place, place + 1.0] for place in options["columns"]])
            names = ("accuracy", "loss") if spec.classes else ("rmse",)
            before = {f"before/{name}": np.array(50.0) for name in names}
            return {**before, **{f"shuffled/{name}": 50 + worse * (-1 if name == "accuracy" else 1) for name in names}}
        grid = np.linspace(1, 3, 5)
        lines = np.tile(grid[:, None], (4, 1, outputs))
        return {
            "grid": grid,
            "average": lines[0],
            "single": lines,
            "counts": np.arange(4),
            "edges": np.linspace(0, 4, 5),
        }

    monkeypatch.setattr("core.probe.client.ask", ask)
    monkeypatch.setattr("pages._ui.inside.subject.PATIENCE_S", 30.0)
    return known


@pytest.fixture
def table(settings: Settings, prepared: Path, past: PastRuns) -> Any:
    """Return a run on a table."""

    def made(name: str) -> Run:
        place = settings.home / "prepared"
        place.unlink()
        place.mkdir()
        (place / "mnist_5k").symlink_to(prepared / "mnist_5k")
        prepare(settings, name)
        return past.running(step=100, family="mlp", dataset=name, config=PRESETS[name].config.to_dict())

    return made


def test_the_answer_to_a_row_follows_its_sliders_with_what_would_change_it(
    visit: Visit, table: Any, asked: Asked, settings: Settings
) -> None:
    run = table("diabetes")
    app = visit("inside", run=run.id, inside_view="Columns", inside_input="test.3")
    assert not app.exception
    data = open_prepared(settings, "diabetes")
    name = data.spec.features.columns[BMI].name
    predicted = 100 + 10 * float(data.x_test[3, BMI])
    assert app.metric[0].value.startswith(f"{predicted:.1f}")
    assert f"**{name}** most: alone, it would move the answer from" in words_of(app)
    assert app.dataframe[0].value["Column"][0] == name
    slider = next(one for one in app.slider if one.label == name)
    assert slider.min <= data.x_train[:, BMI].min() + 1e-3
    slider.set_value(slider.max).run()
    assert app.metric[0].value.startswith(f"{100 + 10 * slider.max:.1f}")


def test_of_classes_the_nearest_change_to_another_is_said(visit: Visit, table: Any, asked: Asked) -> None:
    app = visit("inside", run=table("iris").id, inside_view="Columns", inside_input="test.0")
    assert not app.exception
    assert "**petal length in cm** at" in words_of(app)
    assert "alone would make it say **" in words_of(app)
    assert app.dataframe[0].value["Column"][0] == "petal length in cm"


def test_columns_are_ranked_by_what_shuffling_them_costs(visit: Visit, table: Any, asked: Asked) -> None:
    app = visit("inside", run=table("diabetes").id, inside_view="Columns", inside_columns_part="Importance")
    assert not app.exception
    options = [options for method, options in asked if method == "importance"]
    assert [one["columns"].tolist() for one in options] == [list(range(8)), [8, 9]]
    bars = json.loads(data_of(app, "inside_importance")["figure"])["data"][0]
    assert bars["x"] == [place + 0.5 for place in range(9, -1, -1)]
    assert bars["error_x"]["array"] == [0.5] * 10
    assert "Measured on 353 rows that it learned from, as this run held back too few" in captions(app)


def test_one_column_is_given_each_of_its_values(visit: Visit, table: Any, asked: Asked) -> None:
    link = {"inside_view": "Columns", "inside_columns_part": "One column", "inside_column": "2"}
    app = visit("inside", run=table("diabetes").id, **link)
    assert not app.exception
    assert asked[-1][1]["column"] == BMI
    assert "On average from **1.000 at 1** to **3.000 at 3**." in words_of(app)


def test_who_may_not_see_the_data_sees_none_of_it(
    visit: Visit, table: Any, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.shell.privacy.may_view", lambda *asked: False)
    app = visit("inside", run=table("diabetes").id, inside_view="Columns")
    assert not app.exception
    assert "it is private" in captions(app)
    assert asked == []


def test_pictures_have_no_columns(visit: Visit, past: PastRuns, asked: Asked) -> None:
    app = visit("inside", run=past.finished().id, inside_view="Columns")
    assert "Columns" not in views_of(app)
