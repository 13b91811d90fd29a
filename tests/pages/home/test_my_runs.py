"""My runs: what can be done with them on Home and in the studio, and by whom."""

import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from core.errors import RunError
from core.store import Status, Store
from core.store.metrics import Point
from core.store.records import SERVER
from core.store.schema import runs as runs_table
from pages._ui.runs.actions import AGAIN, DELETE, EDIT, PUBLISH, UNPUBLISH, USE
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns
from tests.support.reading import data_of, drawn_texts, said, words_of
from tests.support.tab import Tab

ANYBODY = "c" * 32  # the key of a browser that owns nothing


def choose(app: Tab, run_id: str, action: str) -> Tab:
    """Choose an action in the menu of a run."""
    app.get_by_key(f"menu_{run_id}").click(action)
    return app.run()


def names(app: Tab) -> list[str]:
    return [link.label.strip("*") for link in app.page_link]


def keys(app: Tab) -> set[str]:
    return {str(getattr(part, "key", "")) for part in app}


def test_a_star_puts_a_run_first_and_is_taken_away_again(visit: Visit, store: Store, past: PastRuns) -> None:
    old, _ = past.finished(name="old"), past.finished(name="new")
    app = visit("home")
    assert names(app) == ["new", "old"]
    app.button(key=f"star_{old.id}").click().run()
    assert not app.exception
    assert names(app) == ["old", "new"]
    app.button(key=f"star_{old.id}").click().run()
    assert names(app) == ["new", "old"]
    assert not store.runs.get(old.id).starred


def test_a_run_that_goes_says_so_on_home_and_at_itself_until_it_is_starred(
    visit: Visit, past: PastRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLASSBOX_KEPT_RUNS", "1")
    old, _ = past.finished(name="old"), past.finished(name="new")
    app = visit("home")
    assert words_of(app).count("goes in 24 h, as newer runs have come: star it to keep it") == 1
    assert "This run goes in 24 h" in words_of(visit("cnn", run=old.id))
    app.button(key=f"star_{old.id}").click().run()
    assert "goes in" not in words_of(app)


@pytest.mark.parametrize("page", ["home", "cnn"])
def test_name_and_note_are_written_in_one_dialog(visit: Visit, store: Store, past: PastRuns, page: str) -> None:
    run = past.finished()
    app = visit(page, **({"run": run.id} if page == "cnn" else {}))
    choose(app, run.id, EDIT)
    assert not app.exception
    app.text_input(key=f"dialog_name_{run.id}").set_value("my *best*")
    app.text_area(key=f"dialog_note_{run.id}").set_value("see <b>this</b>")
    save(app)
    assert not app.exception
    now = store.runs.get(run.id)
    assert (now.name, now.note) == ("my *best*", "see <b>this</b>")
    assert f"dialog_name_{run.id}" not in keys(app)
    if page == "cnn":
        assert "see <b>this</b>" in words_of(app.get_by_key("run_state"))


def save(app: Tab) -> Tab:
    """Press Save in the dialog that is open."""
    (button,) = [button for button in app.button if button.label == "Save"]
    button.click()
    return app.run()


def test_a_name_that_cannot_be_is_one_sentence_and_the_dialog_stays(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished(name="a name")
    app = choose(visit("home"), run.id, EDIT)
    app.text_input(key=f"dialog_name_{run.id}").set_value("  ")
    save(app)
    assert not app.exception
    assert "1 to 120 characters" in said(app.error[0])
    assert app.text_input(key=f"dialog_name_{run.id}")
    assert store.runs.get(run.id).name == "a name"


def test_a_published_run_is_seen_by_others_with_the_name_of_its_owner_and_no_menu(
    visit: Visit, store: Store, past: PastRuns
) -> None:
    run, private = past.finished(name="seen"), past.finished(name="not seen")
    store.people.call(ME, "Ada")
    choose(visit("home"), run.id, PUBLISH)
    other = visit("home", key=ANYBODY)
    assert [heading.value for heading in other.subheader] == ["My runs", "Published"]
    assert names(other) == ["Train a CNN", "seen"]
    assert "by Ada" in words_of(other.get_by_key(f"run_{run.id}"))
    assert not {f"menu_{run.id}", f"star_{run.id}"} & keys(other)
    choose(visit("home"), run.id, UNPUBLISH)
    assert names(visit("home", key=ANYBODY)) == ["Train a CNN"]
    assert not store.runs.get(private.id).published


def test_a_run_of_the_server_is_listed_only_when_it_is_published(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished(owner=SERVER, name="demo")
    assert "demo" not in names(visit("home"))
    store.runs.publish(run.id, True, SERVER)
    assert "demo" in names(visit("home"))


def test_a_deleted_run_can_be_brought_back_and_is_gone_after_a_while(
    visit: Visit, store: Store, past: PastRuns
) -> None:
    run, other = past.finished(name="one"), past.finished(name="two")
    app = choose(visit("home"), run.id, DELETE)
    assert not app.exception
    assert names(app) == ["two"]
    assert "Deleted. one" in words_of(app.get_by_key(f"run_{run.id}")).replace(":gray[", "").replace("]", "")
    app.button(key=f"undo_{run.id}").click().run()
    assert names(app) == ["two", "one"]
    choose(app, run.id, DELETE)
    with store.engine.begin() as connection:
        connection.execute(sa.update(runs_table).where(runs_table.c.id == run.id).values(deleted=time.time() - 11))
    app.tick()
    assert not app.exception
    assert f"run_{run.id}" not in keys(app)
    assert f"run_{other.id}" in keys(app)


def test_a_run_that_trains_cannot_be_deleted(visit: Visit, past: PastRuns) -> None:
    run = past.running()
    assert DELETE not in visit("home").get_by_key(f"menu_{run.id}").proto.options


def test_a_link_to_a_deleted_run_is_one_sentence_and_only_its_owner_may_undo(
    visit: Visit, store: Store, past: PastRuns
) -> None:
    run = past.finished()
    choose(visit("cnn", run=run.id), run.id, DELETE)
    for page in ("cnn", "home"):
        app = visit(page, run=run.id, key=ANYBODY)
        assert not app.exception
        assert [said(error) for error in app.error] == [f"run {run.id} was deleted."]
        assert f"undo_{run.id}" not in keys(app)
    app = visit("cnn", run=run.id)
    app.button(key=f"undo_{run.id}").click().run()
    assert not app.error
    assert replace(store.runs.get(run.id), heartbeat=run.heartbeat) == run  # it counts changes


def test_the_settings_of_a_run_fill_the_form_without_opening_it(visit: Visit, past: PastRuns) -> None:
    run = past.finished(preset="article", changes=["learning_rate=0.003", "epochs=7"])
    app = choose(visit("home"), run.id, USE)
    assert not app.exception
    assert app.title[0].value == "CNN"
    assert "run" not in app.query_params
    assert app.select_slider(key="cnn_learning_rate").value == 0.003
    assert app.slider(key="cnn_epochs").value == 7


def test_everybody_may_use_the_settings_of_the_run_that_is_shown(visit: Visit, past: PastRuns) -> None:
    run = past.finished(changes=["epochs=7"], owner=SOMEBODY_ELSE)
    app = visit("cnn", run=run.id)
    app.slider(key="cnn_epochs").set_value(3).run()
    app.button(key=f"use_{run.id}").click().run()
    assert not app.exception
    assert app.slider(key="cnn_epochs").value == 7


def test_a_visitor_says_what_they_are_called(visit: Visit, store: Store) -> None:
    app = visit("home")
    assert "Your name for others: **Anonymous**" in words_of(app)
    app.button(key="nickname").click().run()
    app.text_input(key="dialog_nickname").set_value("Ada")
    save(app)
    assert not app.exception
    assert "Your name for others: **Ada**" in words_of(app)
    assert store.people.nickname(ME) == "Ada"


@pytest.mark.parametrize(
    ("mistakes", "rate", "is_in_vain"), [(900, 10.0, True), (900, 0.01, False), (800, 10.0, False)]
)
def test_a_run_that_learned_nothing_by_too_high_a_rate_says_so_and_can_be_trained_again(
    visit: Visit, past: PastRuns, mistakes: int, rate: float, is_in_vain: bool
) -> None:
    run = past.finished(mistakes=mistakes, changes=[f"learning_rate={rate}"])
    app = visit("cnn", run=run.id, cnn_view="Live")
    told = [words for info in app.info if "It learned nothing" in (words := said(info))]
    assert told == (["It learned nothing: 10.0 % is no better than guessing. The learning rate was 10."] * is_in_vain)
    labels = [button.label for button in app.button if button.key == f"retry_{run.id}"]
    assert labels == ["Train again with learning rate 0.1"] * is_in_vain


def test_what_a_curve_shows_is_said_with_its_reason_its_picture_and_one_change(
    visit: Visit, store: Store, past: PastRuns
) -> None:
    run = past.running(step=10)
    store.metrics.append(run.id, [Point(11 + step, 1, 0.1, {"loss": 2.3}) for step in range(200)])
    run = past.finish(run, summary={"train_accuracy_last": 0.1, "steps_done": 210})
    app = visit("cnn", run=run.id)
    assert "It learned nothing: after 210 updates the loss is 2.3; a guess without" in "".join(map(said, app.info))
    assert "layers of" not in words_of(app)
    assert "The error has a long way back" in words_of(app)
    assert data_of(app, "advice_curve")["alt"] == "loss over the steps of training, with step 0 marked"


def test_a_run_that_blew_up_is_trained_again_with_a_hundredth_of_its_rate(
    visit: Visit, store: Store, past: PastRuns
) -> None:
    run = past.ended(Status.DIVERGED, changes=["learning_rate=10", "epochs=7"], owner=SOMEBODY_ELSE)
    app = visit("cnn", run=run.id)
    assert app.button(key=f"retry_{run.id}").label == "Train again with learning rate 0.1"
    app.button(key=f"retry_{run.id}").click().run()
    assert not app.exception
    again = store.runs.list(owners=[ME])[0]
    assert again.config == {**run.config, "learning_rate": 0.1}
    assert app.query_params["run"] == again.id
    assert app.select_slider(key="cnn_learning_rate").value == 0.1


def test_a_row_draws_the_curve_of_its_run(visit: Visit, past: PastRuns) -> None:
    run = past.finished()
    app = visit("home")
    assert drawn_texts(app, f"curve_{run.id}") == []
    assert f"curve_{run.id}" in keys(app)


def test_a_dialog_about_a_run_that_has_gone_is_closed(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.finished()
    app = choose(visit("home"), run.id, EDIT)
    store.runs.delete(run.id, ME)
    app.run()
    assert not app.exception
    assert f"dialog_name_{run.id}" not in keys(app)
    with pytest.raises(RunError):
        store.runs.get(run.id)


# Many


def test_all_runs_can_be_paged_and_searched_and_are_counted(visit: Visit, store: Store, past: PastRuns) -> None:
    made = [past.queued(name=f"number {n:02}") for n in range(25)]
    store.runs.annotate(made[3].id, "the *odd* one", ME)
    app = visit("home")
    assert names(app) == [f"number {n:02}" for n in range(24, 4, -1)]
    assert "25 runs. Shown: 1 to 20." in words_of(app)
    app.pagination[0].set_value(2).run()
    assert names(app) == [f"number {n:02}" for n in range(4, -1, -1)]
    assert "25 runs. Shown: 21 to 25." in words_of(app)
    app.text_input(key="runs_search").set_value("ODD mnist cnn").run()
    assert names(app) == ["number 03"]
    assert "1 of 25 found. Shown: 1 to 1." in words_of(app)
    app.text_input(key="runs_search").set_value("nothing like it").run()
    assert not app.exception
    assert names(app) == []
    assert "0 of 25 found." in words_of(app)


def test_a_page_that_is_no_more_is_the_last_one(visit: Visit, store: Store, past: PastRuns) -> None:
    made = [past.queued(name=f"number {n:02}") for n in range(21)]
    app = visit("home")
    app.pagination[0].set_value(2).run()
    store.runs.stop(made[0].id, ME)
    with store.engine.begin() as connection:
        connection.execute(sa.delete(runs_table).where(runs_table.c.id == made[0].id))
    app.tick()
    assert not app.exception
    assert len(names(app)) == 20
    assert len(app.pagination) == 0


def test_a_run_is_run_again_from_its_menu_and_says_match_or_mismatch(
    visit: Visit, store: Store, past: PastRuns
) -> None:
    first = past.finished(name="first")
    choose(visit("home"), first.id, AGAIN)
    [again] = store.runs.list(owners=[ME], status=[Status.QUEUED])
    assert again.config == first.config
    assert "all its numbers are compared with those of the first run" in words_of(visit("cnn", run=again.id))
    store.runs.stop(again.id, ME)
    for mistakes, verdict in ((38, "Match: all"), (40, "Mismatch: 1 of")):
        known = past.finished(mistakes=mistakes, subject=again.subject)
        app = visit("cnn", run=known.id)
        assert not app.exception
        assert verdict in words_of(app)
        assert any(link.label == "First run: first" for link in app.page_link)
    compared = visit("compare", runs=f"{first.id},{known.id}")
    assert "Mismatch: 1 of" in words_of(compared)
    assert "differs by 0.002" in list(compared.dataframe[0].value["Found"])
    store.runs.delete(first.id, ME)
    assert "deleted by now" in words_of(visit("cnn", run=known.id))
