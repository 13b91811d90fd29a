"""The MLP's page without a browser."""

import numpy as np
import pytest

from core.families.mlp import FAMILY
from core.settings import Settings
from core.store import Store
from pages._ui.components.drawing.canvas import CanvasDrawing
from pages._ui.data.add import CANVAS
from tests.pages.conftest import Visit
from tests.support.reading import captions, data_of, said


def test_a_link_to_a_table_starts_from_the_preset_made_for_it(visit: Visit) -> None:
    app = visit("mlp", dataset="iris")
    assert not app.exception
    assert app.pills(key="mlp_preset").value == "iris"
    assert "120 training rows, 30 test rows" in captions(app)
    assert "multiply-adds a row" in captions(app)
    assert not app.button(key="train").disabled


def test_what_results_will_be_depends_on_what_is_learned(visit: Visit) -> None:
    classes = visit("mlp", preset="xor", mlp_view="Results")
    number = visit("mlp", preset="diabetes", mlp_view="Results")
    assert "confusion matrix" in said(classes.info[0])
    assert "Errors on test examples" in said(number.info[0])


@pytest.mark.parametrize(("preset", "view"), [("xor", "Code"), ("diabetes", "Code")])
def test_the_program_is_shown_for_classes_and_for_numbers(visit: Visit, preset: str, view: str) -> None:
    app = visit("mlp", preset=preset, mlp_view=view)
    assert not app.exception
    code = "\n".join(block.value for block in app.code)
    assert ("squared_error" in code) == (preset == "diabetes")


def test_what_is_for_classes_cannot_be_moved_where_a_number_is_learned(visit: Visit, settings: Settings) -> None:
    app = visit("mlp", preset="diabetes")
    found = [part for kind in ("slider", "select_slider", "number_input") for part in app.get(kind)]
    (smoothing,) = [part for part in found if part.proto.label == "Label smoothing"]
    assert smoothing.proto.disabled
    refused = visit("mlp", preset="diabetes", label_smoothing="0.1")
    assert "Label smoothing is for classes" in said(refused.error[0])
    assert refused.button(key="train").disabled


def test_points_drawn_in_two_colours_become_classes_that_a_network_learns_to_tell_apart(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    inks = np.zeros((2, 84, 84), np.uint8)
    inks[0, :, :40] = inks[1, :, 44:] = 255
    monkeypatch.setattr("pages._ui.data.add.drawn", lambda key, most: CanvasDrawing(1, inks, False))
    app = visit("data", data_view="Add your own")
    app.segmented_control(key="add_way").set_value("Points, drawn").run()
    assert len(data_of(app, CANVAS)["colors"]) == 6
    assert app.button(key="add_points").label == "Train an MLP on it"
    app.button(key="add_points").click().run()
    assert not app.exception
    assert "1,000 training points, 500 test points" in captions(app)
    again = visit("mlp", dataset=app.get_by_key("mlp_dataset").value)
    again.button(key="train").click().run()
    (run,) = [run for run in store.runs.list() if run.family == FAMILY.id]
    code = visit("mlp", dataset=run.dataset, mlp_view="Code")
    assert not code.exception
