"""The table of runs on the page that compares them: tags, groups, views, the tree, files."""

import pytest

from core.figures.colours import RUNS
from core.runs.comparison.columns import FORMATS
from core.settings import Settings
from core.store import Status, Store
from pages._ui.runs.actions import EDIT
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns
from tests.support.reading import words_of
from tests.support.tab import Tab


@pytest.fixture
def tried(settings: Settings, past: PastRuns) -> list[str]:
    def trained(size: int, score: float) -> str:
        told = {"val_accuracy_last": score}
        return past.finished(name=f"batch {size}, {score}", changes=[f"batch_size={size}"], summary=told).id

    return [trained(32, 0.9), trained(32, 0.8), trained(64, 0.7)]


def opened(visit: Visit, **query: str) -> Tab:
    app = visit("compare", **query)
    assert not app.exception
    return app


def test_ticked_runs_of_ones_own_are_tagged_and_starred_together(
    visit: Visit, store: Store, past: PastRuns, tried: list[str]
) -> None:
    other = past.finished(name="not mine", owner=SOMEBODY_ELSE).id
    store.runs.publish(other, True, SOMEBODY_ELSE)
    store.runs.tag(tried[0], ["first"], ME)
    app = opened(visit)
    app.session_state["_compare_ticked"] = [*tried[:2], other]
    app.run()
    assert "**2 runs** 1 of the ticked runs are not yours." in words_of(app)
    next(m for m in app.multiselect if str(m.key).startswith("mark_tags")).set_value(["baseline"])
    next(s for s in app.selectbox if str(s.key).startswith("mark_colour")).set_value(RUNS[3])
    next(b for b in app.button if b.label == "Save").click()
    app.run()
    assert not app.exception
    runs = [store.runs.get(run_id) for run_id in (*tried, other)]
    assert [run.tag_names for run in runs] == [["first", "baseline"], ["baseline"], [], []]
    assert [run.colour for run in runs] == [RUNS[3], RUNS[3], "", ""]
    app.text_input(key="find").set_value("tag=baseline").run()
    assert len(app.dataframe[0].value) == 2


def test_the_menu_of_a_run_gives_it_tags_and_a_colour(visit: Visit, store: Store, tried: list[str]) -> None:
    app = visit("home")
    app.get_by_key(f"menu_{tried[0]}").click(EDIT)
    app.run()
    app.multiselect(key=f"dialog_tags_{tried[0]}").set_value(["baseline"])
    app.selectbox(key=f"dialog_colour_{tried[0]}").set_value(RUNS[1])
    next(b for b in app.button if b.label == "Save").click()
    app.run()
    assert not app.exception
    run = store.runs.get(tried[0])
    assert (run.tags, run.colour, run.name) == ("baseline", RUNS[1], "batch 32, 0.9")


def test_groups_have_a_row_each_and_one_of_them_is_unfolded(visit: Visit, tried: list[str]) -> None:
    app = opened(visit, by="Batch size")
    (groups,) = app.dataframe
    assert groups.value[["group", "runs"]].values.tolist() == [["32", 2], ["64", 1]]
    assert groups.value["mean"].tolist() == pytest.approx([0.85, 0.7])
    app = opened(visit, by="Batch size", open="32")
    assert set(app.dataframe[1].value["Run"]) == {"batch 32, 0.9", "batch 32, 0.8"}
    app = opened(visit, by="Batch size", open="128")
    assert len(app.dataframe) == 1


def test_a_named_view_is_there_on_the_next_visit_of_the_same_browser_only(visit: Visit, tried: list[str]) -> None:
    app = opened(visit, by="Batch size", open="64", find="batch")
    app.multiselect(key="columns").set_value(["epochs", "batch_size"]).run()
    app.session_state["_compare_ticked"] = tried[2:]
    app.text_input(key="_compare_view").set_value("sizes")
    next(b for b in app.button if b.label == "Keep this view").click()
    app.run()
    again = opened(visit)
    assert again.multiselect(key="columns").value == ["epochs", "batch_size"]  # remembered without a name
    assert again.selectbox(key="by").value == ""
    again.button(key="view_open_1").click().run()
    assert not again.exception
    assert (again.text_input(key="find").value, again.selectbox(key="by").value) == ("batch", "batch_size")
    assert list(again.dataframe[1].value["Run"]) == ["batch 64, 0.7"]
    assert again.session_state["_compare_ticked"] == tried[2:]
    again.button(key="view_delete_1").click().run()
    assert "view_open_1" not in {button.key for button in again.button}
    assert "view_open_1" not in {button.key for button in opened(visit, key="b" * 32).button}


def test_the_tree_says_what_was_changed_and_ticks_runs(
    visit: Visit, store: Store, past: PastRuns, tried: list[str]
) -> None:
    below = past.queued(name="below", changes=["batch_size=256"], derived_from=tried[0])
    store.runs.annotate(below.id, "is it quicker?", ME)
    app = opened(visit, shape="Tree")
    words = words_of(app)
    assert "batch size 32 → 256" in words
    assert "is it quicker?" in words
    for run_id in (tried[0], below.id):
        app.checkbox(key=f"tree_tick_{run_id}").check().run()
    app.button(key="compare_these").click().run()
    assert app.query_params["runs"] == f"{tried[0]},{below.id}"


def test_a_run_remembers_whose_settings_it_started_from(visit: Visit, store: Store, tried: list[str]) -> None:
    app = visit("cnn", run=tried[0])
    app.button(key="train").click().run()
    assert not app.exception
    (new,) = store.runs.list(status=[Status.QUEUED], owners=[ME])
    assert (new.derived_from, new.parent) == (tried[0], None)
    fresh = visit("cnn", preset="fast", batch_size="16")
    fresh.button(key="train").click().run()
    assert [run.derived_from for run in store.runs.list(status=[Status.QUEUED], owners=[ME])] == [None, tried[0]]


def test_the_table_is_offered_in_every_format(visit: Visit, tried: list[str]) -> None:
    app = opened(visit)
    assert len(app.get("download_button")) == len(FORMATS)
