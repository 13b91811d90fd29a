"""Home: what this is, my runs, and what the server has."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.queue import read_queue
from core.settings import Settings, this_host
from core.store import Run, Status, Store
from core.store.records import LOCAL
from tests.pages.conftest import LONGEST_RUN_S, ROOT, Visit
from tests.support.past_runs import KEY, SOMEBODY_ELSE, PastRuns
from tests.support.reading import said
from tests.support.tab import Tab

TITLE = "Draw a digit. Watch a network read it."


def test_a_newcomer_reads_what_this_is_and_finds_the_way_to_train(visit: Visit) -> None:
    app = visit("home")
    assert app.title[0].value == TITLE
    assert app.button(key="open_cnn").label == "Open the CNN studio"


def test_nothing_is_drawn_before_the_browser_has_said_who_is_here(settings: Settings, past: PastRuns) -> None:
    past.finished(name="mine")
    app = Tab(ROOT / "app.py", default_timeout=LONGEST_RUN_S).run()
    assert (len(app.title), len(app.page_link)) == (0, 0)  # not even as a stranger would see it
    app.session_state["_owner_key"] = KEY
    assert app.run().title[0].value == TITLE
    assert [link.label for link in app.page_link] == ["**mine**"]


def test_without_runs_the_list_says_why_it_is_empty_and_links_to_what_fills_it(visit: Visit) -> None:
    app = visit("home")
    assert "You have not trained anything yet." in texts(app)
    assert [(link.label, link.proto.page) for link in app.page_link] == [("Train a CNN", "cnn")]


def test_the_studio_opens_with_a_click(visit: Visit) -> None:
    app = visit("home")
    app.button(key="open_cnn").click().run()
    assert not app.exception
    assert app.title[0].value == "CNN"


def test_my_runs_are_listed_newest_first(visit: Visit, past: PastRuns) -> None:
    for name in ("first", "second", "third"):
        past.queued(name=name)
    assert [link.label for link in visit("home").page_link] == ["**third**", "**second**", "**first**"]


def test_a_row_opens_its_run(visit: Visit, past: PastRuns) -> None:
    run = past.finished()
    (link,) = visit("home").page_link
    assert (link.proto.page, link.proto.query_string) == ("cnn", f"run={run.id}")


def test_each_row_says_the_state_in_words(visit: Visit, past: PastRuns) -> None:
    waiting = past.queued()
    expected = {
        past.running().id: "Training, 0:12 left",
        past.finished().id: "Finished",
        past.ended(Status.STOPPED).id: "Stopped at step 30 of 100",
        past.ended(Status.FAILED).id: "Failed",
        past.ended(Status.DIVERGED).id: "Blew up (diverged) at step 30",
        past.ended(Status.LOST).id: "Interrupted, can resume",
        waiting.id: "Waiting: 1 before you, about 12 s",
    }
    app = visit("home")
    assert not app.exception
    for run, words in expected.items():
        assert words in row(app, run)


def test_a_row_shows_the_test_accuracy_or_that_there_is_none(visit: Visit, past: PastRuns) -> None:
    finished, stopped = past.finished(mistakes=38), past.ended(Status.STOPPED)
    app = visit("home")
    assert "**96.2 %**" in row(app, finished.id)
    assert "no result" in row(app, stopped.id)


def test_a_link_to_a_run_leads_from_home_to_its_page(visit: Visit, past: PastRuns) -> None:
    run = past.finished()
    app = visit("home", run=run.id)
    assert not app.exception
    assert app.title[0].value == "CNN"
    assert app.query_params["run"] == run.id
    assert app.metric[0].value == "96.2 %"


def test_a_link_to_an_unknown_run_is_one_clear_sentence_above_home(visit: Visit) -> None:
    app = visit("home", run="nothing")
    assert not app.exception
    (error,) = app.error
    assert said(error).startswith("there is no run")
    assert app.title[0].value == TITLE


def test_a_link_to_a_task_without_a_page_is_one_clear_sentence_above_home(visit: Visit, past: PastRuns) -> None:
    app = visit("home", run=past.queued(kind="prepare", family=None).id)
    assert not app.exception
    assert len(app.error) == 1
    assert app.title[0].value == TITLE


def test_runs_of_others_are_not_listed(visit: Visit, past: PastRuns) -> None:
    past.finished(owner=SOMEBODY_ELSE, name="theirs")
    app = visit("home")
    assert "theirs" not in texts(app)
    assert "You have not trained anything yet." in texts(app)


def test_runs_of_the_command_line_have_a_heading_of_their_own(visit: Visit, past: PastRuns) -> None:
    past.finished(name="mine")
    past.finished(owner=LOCAL, name="by command")
    app = visit("home")
    assert [heading.value for heading in app.subheader] == ["My runs", "Runs of this server's command line"]
    assert [link.label for link in app.page_link] == ["**mine**", "**by command**"]


def test_tasks_that_are_no_training_are_not_listed(visit: Visit, store: Store, past: PastRuns) -> None:
    past.queued(kind="prepare", family=None, preset="fast", name="Prepare something")
    assert "Prepare something" not in texts(visit("home"))


def test_the_footer_says_whether_the_server_is_free(visit: Visit, store: Store, past: PastRuns) -> None:
    assert "warming up" in footer(visit("home"))
    store.processes.register(host=this_host(), pid=1, role="worker", slot="train-0", state="ready")
    assert footer(visit("home")).split("·")[0].strip().endswith("; ready")
    past.running(owner=SOMEBODY_ELSE)
    assert "1 before you, about 12 s" in footer(visit("home"))


def test_a_visit_sees_to_it_that_there_is_a_foreman(visit: Visit, foremen: list[Settings], settings: Settings) -> None:
    visit("home")
    assert settings in foremen


def test_a_new_home_gets_its_data_prepared_once(visit: Visit, store: Store, settings: Settings) -> None:
    (settings.home / "prepared").unlink()
    visit("home")
    visit("home")
    assert [(run.dataset, run.status) for run in preparations(store)] == [("mnist_5k", Status.QUEUED)]


@pytest.mark.parametrize("page", ["home", "cnn"])
def test_a_home_folder_that_cannot_be_used_is_one_clear_sentence(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("GLASSBOX_HOME", "/proc/glassbox")
    app = visit(page)
    assert not app.exception
    (error,) = app.error
    assert said(error).startswith("Glassbox cannot write to its home folder GLASSBOX_HOME")
    assert "/proc" not in said(error)  # a visitor is not told where the server keeps its files
    assert "Set GLASSBOX_HOME to another folder" in said(error)


def test_a_home_folder_that_vanishes_under_the_server_is_one_clear_sentence(visit: Visit, settings: Settings) -> None:
    app = visit("home")
    shutil.rmtree(settings.home)
    app.run()
    assert not app.exception
    (error,) = app.error
    assert said(error).startswith("Glassbox cannot write to its home folder")


def test_a_database_that_is_none_is_one_clear_sentence(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "glassbox.db").write_text("This is a letter to my aunt, and no database at all. " * 20)
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path))
    app = visit("home")
    assert not app.exception
    (error,) = app.error
    assert "the database of this server is damaged" in said(error)


def test_a_wrong_variable_is_one_clear_sentence(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSBOX_SLOTS", "many")
    app = visit("home")
    assert not app.exception
    (error,) = app.error
    assert "GLASSBOX_SLOTS" in said(error)
    assert "'many'" in said(error)


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.page_link]
    return "\n".join(str(part.value) for part in parts)


def row(app: AppTest, run_id: str) -> str:
    block = app.get_by_key(f"run_{run_id}")
    return "\n".join(str(part.value) for part in [*block.page_link, *block.markdown, *block.caption])


def footer(app: AppTest) -> str:
    return str(app.get_by_key("footer").caption[0].value)


def preparations(store: Store) -> list[Run]:
    return store.runs.list(kind="prepare")


def test_the_queue_is_read_once_for_all_who_wait(visit: Visit, past: PastRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [past.running(), *(past.queued() for _ in range(3))]
    read: list[Store] = []
    monkeypatch.setattr("pages._ui.shell.shell.QUEUE_S", 1e9)
    monkeypatch.setattr("pages._ui.shell.shell.read_queue", lambda store: read.append(store) or read_queue(store))
    for run in runs:
        assert "before you" in footer(visit("home"))
        visit("cnn", run=run.id)
    assert len(read) == 1
