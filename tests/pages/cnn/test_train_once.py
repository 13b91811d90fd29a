"""Train is once a click, and what is queued already is offered before the same is queued again."""

import pytest

from core.store import Store
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import said, words_of


def mine(store: Store) -> list[str]:
    return [run.id for run in store.runs.list(owners=[ME])]


@pytest.fixture
def slow_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every click count as one of its own."""
    monkeypatch.setattr("pages._ui.studio.training.ONE_CLICK_S", -1.0)


@pytest.fixture
def quick_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all clicks come within a moment, however busy the machine is."""
    monkeypatch.setattr("pages._ui.studio.training.ONE_CLICK_S", 1e9)


@pytest.mark.usefixtures("quick_hand")
def test_seven_clicks_are_one_run_and_no_question(visit: Visit, store: Store) -> None:
    app = visit("cnn", preset="fast")
    for _ in range(7):
        app.button(key="train").click().run()
    assert [app.query_params["run"]] == mine(store)
    assert "The same run" not in words_of(app)
    assert (app.button(key="train").label, app.button(key="train").disabled) == ("Train", False)


@pytest.mark.usefixtures("slow_hand")
def test_the_same_run_is_offered_and_another_one_only_when_that_is_asked_for(visit: Visit, store: Store) -> None:
    app = visit("cnn", preset="fast")
    app.button(key="train").click().run()
    [first] = mine(store)
    app.button(key="train").click().run()
    assert mine(store) == [first]
    assert "The same run is already waiting, below" in words_of(app)
    assert not [button for button in app.button if button.key == "open_same"]
    app.button(key="train_another").click().run()
    assert mine(store) == [app.query_params["run"], first]
    assert "The same run" not in words_of(app)


@pytest.mark.usefixtures("slow_hand")
def test_the_offered_run_is_opened_from_beside_another_one(visit: Visit, store: Store) -> None:
    app = visit("cnn", preset="fast")
    app.button(key="train").click().run()
    [first] = mine(store)
    other = visit("cnn", preset="fast")
    other.button(key="train").click().run()
    assert "run" not in other.query_params
    assert mine(store) == [first]
    other.button(key="open_same").click().run()
    assert other.query_params["run"] == first
    assert "The same run" not in words_of(other)


@pytest.mark.usefixtures("quick_hand")
def test_a_click_on_home_counts_once_too(visit: Visit, store: Store) -> None:
    app = visit("home")
    button = app.button(key="home_train_button")
    button.click().run()
    button._value = True  # a second click that was on its way
    app.run()
    assert len(mine(store)) == 1


def test_who_has_enough_waiting_is_told_so_beside_a_link_and_train_is_on_again(
    visit: Visit, store: Store, past: PastRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    past.queued()
    monkeypatch.setenv("GLASSBOX_MAX_WAITING", "1")
    app = visit("cnn", preset="fast", epochs="7")
    app.button(key="train").click().run()
    assert "have too many waiting runs, expected at most 1, received 1" in said(app.error[0])
    assert len(mine(store)) == 1
    assert (app.button(key="train").label, app.button(key="train").disabled) == ("Train", False)
    assert "Settings" in words_of(app)  # the rest of the page is there
