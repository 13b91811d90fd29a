"""Points placed in the plane: begun from a rule, and trained on."""

import pytest
import streamlit as st

from core.datasets import find_dataset
from core.datasets.own import own
from core.datasets.targets import Number
from core.settings import Settings
from pages._ui.components.plane.points import placed
from pages._ui.data.points import EMPTY
from tests.pages.conftest import Visit
from tests.support.past_runs import ME
from tests.support.reading import words_of


def test_a_rule_fills_the_plane_and_its_points_can_be_trained_on(visit: Visit, settings: Settings) -> None:
    app = visit("data", data_view="Add your own")
    app.segmented_control(key="add_way").set_value("Points, placed").run()
    assert app.button(key="placed_train").disabled
    assert "It needs two colours with 4 points or more each. So far: none." in words_of(app)
    app.selectbox(key="placed_start_class").set_value("A rule").run()
    app.text_input(key="placed_rule_class").set_value("y > import").run()
    app.button(key="placed_begin").click().run()
    assert "This rule cannot be used" in app.error[0].value.capitalize()
    app.text_input(key="placed_rule_class").set_value("x > y").run()
    app.button(key="placed_begin").click().run()
    assert not app.error
    app.button(key="placed_train").click().run()
    assert not app.exception
    [card] = [card for card in own.cards(settings) if card.owner == ME]
    assert find_dataset(settings, card.id).spec.train_size == 240
    assert card.id in app.query_params["dataset"]


def test_points_with_numbers_are_placed_over_the_form_and_its_settings_stay(visit: Visit, settings: Settings) -> None:
    app = visit("mlp", preset="xor", learning_rate="0.2")
    app.button(key="place_points").click().run()
    app.segmented_control(key="placed_kind").set_value("number").run()
    assert app.button(key="placed_train").disabled
    app.selectbox(key="placed_start_number").set_value("A rule").run()
    app.text_input(key="placed_rule_number").set_value("x * y").run()
    app.button(key="placed_begin").click().run()
    app.button(key="placed_train").click().run()
    assert not app.exception
    [card] = [card for card in own.cards(settings) if card.owner == ME]
    target = find_dataset(settings, card.id).spec.target
    assert isinstance(target, Number)
    assert target.spread == pytest.approx(1.35**2 / 3, rel=0.2)  # of the product of two even numbers
    app.run()
    assert not app.get("dialog")
    assert (card.id in app.query_params["dataset"], "0.2" in app.query_params["learning_rate"]) == (True, True)


@pytest.mark.parametrize(
    ("told", "count"),
    [
        ({"version": "a", "points": [[0, 0.5, 1], [9, 0, 5]]}, 2),
        ({"version": "b", "points": [[0, 0, 1]]}, 0),
        ({"version": "a", "points": [[0, 0, 6]]}, 0),
        ({"version": "a", "points": [[0, "?", 1]]}, 0),
        ({"version": "a", "points": [[0, 0]]}, 0),
        ({"version": "a", "points": [[0, float("nan"), 0]]}, 0),
        ({"version": "a", "points": [[0, 0, 0]] * 3001}, 0),
        ("nonsense", 0),
    ],
)
def test_what_a_browser_sends_is_checked(told: object, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"plane": {"placed": told}})
    points, labels = placed("plane", EMPTY, "a")
    assert len(points) == len(labels) == count
    assert (abs(points) <= 1.5).all()
