"""The MLP's page without a browser."""

import pytest

from core.settings import Settings
from tests.pages.conftest import Visit
from tests.support.reading import captions, said


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
    assert "Errors on unseen examples" in said(number.info[0])


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
