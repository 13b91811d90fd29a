"""Teach it your own photos: what the browser tells, what is kept, and how a network comes of it."""

import base64
import errno
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from core.datasets.own import own
from core.datasets.own.build import build
from core.datasets.own.collecting import stop_wanting
from core.datasets.own.collection import read_collection
from core.families import FAMILIES
from core.settings import Settings
from core.store import Status, Store
from pages._ui.components.camera.columns import Message
from tests.pages.conftest import LONGEST_RUN_S, Visit
from tests.support.past_runs import ME, PastRuns, answers
from tests.support.reading import data_of, words_of
from tests.support.tab import Tab
from tests.unit.datasets.own.test_collection import fill, jpeg, shots

SHOT = next(iter(shots(7, 1)))


class Browser:
    """What the component's JavaScript would send next."""

    def __init__(self) -> None:
        self.message = Message()

    def send(self, *actions: tuple[str, ...], **more: Any) -> None:
        self.message = Message("tab", self.message.number + 1, actions=actions, **more)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    browser = Browser()
    monkeypatch.setattr("pages._ui.data.photos.told", lambda key: browser.message)
    return browser


@pytest.fixture
def alone(settings: Settings) -> Settings:
    """A home whose prepared data is its own."""
    (settings.home / "prepared").unlink()
    return settings


def shown(app: Tab) -> dict[str, Any]:
    assert not app.exception
    return data_of(app, "photos")


def open_photos(visit: Visit, **more: Any) -> Tab:
    return visit("data", data_view="Add your own", **more)


def test_what_the_browser_tells_is_kept_over_a_reload_and_is_no_business_of_others(
    visit: Visit, browser: Browser, alone: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_photos(visit)
    assert [column["name"] for column in shown(app)["columns"]] == ["Class 1", "Class 2"]
    picture = base64.b64encode(jpeg(7)).decode()
    browser.send(("name", "1", "pencil"), ("add", "1", SHOT, picture), ("open", "9", "ruler"), ("close", "2"))
    told = shown(app.run())
    assert (told["client"], told["number"], told["trouble"]) == ("tab", 1, "")
    assert [(each["name"], list(each["pictures"])) for each in told["columns"]] == [("pencil", [SHOT]), ("ruler", [])]
    browser.send(asked=(SHOT, "../../glassbox.db"), version=told["version"])
    for key, pictures, columns in (("a" * 32, {SHOT: picture}, None), ("b" * 32, {}, ["Class 1", "Class 2"])):
        told = shown(open_photos(visit, **({} if key == "a" * 32 else {"key": key})))
        assert told["files"] == pictures
        assert (told["columns"] and [column["name"] for column in told["columns"]]) == columns
    browser.send(("drop", "1", SHOT), ("add", "1", SHOT, "no base64"), ("dance",))
    told = shown(app := open_photos(visit))
    browser.send(("add", "1", SHOT, "no base64"), version=told["version"])
    told = shown(app.run())
    assert told["trouble"] == "A picture did not arrive whole. Take it again."
    assert told["columns"]  # so that the browser drops what was refused
    assert read_collection(alone, ME).columns[0].pictures == ()
    monkeypatch.setattr("pages._ui.data.photo_training.follow", Mock(side_effect=OSError(errno.ENOSPC, "full")))
    assert shown(app.run())["trouble"].startswith("The disk of this server is full")


def test_one_click_makes_a_data_set_trains_on_it_and_the_network_answers_the_camera(
    visit: Visit, store: Store, browser: Browser, alone: Settings, past: PastRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_photos(visit)
    browser.send(("train",))
    assert shown(app.run())["trouble"].startswith("Class 1 has no pictures")
    fill(alone, ME)
    browser.send(("train",))
    app.run()
    (card,) = own.cards(alone)
    build(alone, card.id, lambda words, share: None)
    (task,) = store.runs.list(kind="prepare", dataset=card.id)
    store.runs.move(task.id, Status.STOPPED)
    stop_wanting(alone, ME)
    browser.send(("stop",))  # as the pictures have just been read
    app.run()
    assert not own.cards(alone)
    browser.send(("train",))
    status = shown(app.run())["status"]
    assert (status["is_busy"], status["text"]) == (True, "Waiting in the queue")
    (card,) = own.cards(alone)
    build(alone, card.id, lambda words, share: None)
    (task,) = store.runs.list(kind="prepare", dataset=card.id)
    for slot in ("prepare-0", "prepare-1"):  # the digits of the demo network are prepared first
        store.runs.claim("prepare", host="here", slot=slot, pid=1)
    store.runs.move(task.id, Status.SUCCEEDED)
    assert shown(app.run())["status"]["is_busy"]
    (run,) = store.runs.list(owners=[ME], dataset=card.id)
    assert (run.preset, own.read_card(alone, card.id).accepted) == ("few_images", True)  # photos of 40 pixels
    assert shown(open_photos(visit))["status"]["has_run"]
    assert len(store.runs.list(owners=[ME], dataset=card.id)) == 1
    browser.send(("stop",))
    assert not shown(app.run())["status"]["is_busy"]

    summary = {"test_accuracy_last": 0.75, "test_size": 4}
    past.ended(Status.STOPPED, owner=ME, dataset=card.id, summary=summary)
    assert "Stopped at step 30 of 100. Right on 3 of 4 test" in shown(app.run())["status"]["text"]
    run = past.ended(Status.SUCCEEDED, owner=ME, dataset=card.id, summary={**summary, "best_step": 10})
    past.save_snapshot_of(run, 10)
    generator = FAMILIES["gan"]
    config = generator.presets[generator.default_preset].config.to_dict()
    other = past.queued(owner=ME, dataset=card.id, family=generator.id, config=config)  # it answers no camera
    monkeypatch.setattr("pages._ui.data.photos.PATIENCE_S", LONGEST_RUN_S)
    browser.send(frame=bytes(32 * 32 * 3))
    app = open_photos(visit)
    told = shown(app)
    assert (told["side"], told["names"]) == (32, ["pencil", "rubber"])
    assert told["status"]["text"] == (
        "Right on 3 of 4 test pictures. "
        "4 of 6 pictures of pencil look the same as another one: turn it, move it, change the light."
    )
    assert told["answer"] == pytest.approx(answers(10)["probabilities"][0], abs=1e-4)
    assert "There are only 6 pictures of rubber; 30 of each class work well." in words_of(app)
    browser.send(("name", "1", "pen"), frame=bytes(7))
    told = shown(app.run())
    assert (told["answer"], told["status"]["text"]) == ([], "The pictures have changed since it learned.")
    with monkeypatch.context() as broken:
        is_nan = {"probabilities": np.full((1, 2), np.nan)}
        broken.setattr("pages._ui.data.photos.ask_snapshot", lambda *given, **more: is_nan)
        browser.send(frame=bytes(32 * 32 * 3))
        told = shown(app.run())
    assert (told["answer"], told["names"], told["trouble"]) == ([], [], "")

    browser.send(("train",))
    app.run()
    newer = next(each for each in own.cards(alone) if each.id != card.id)
    assert not own.read_card(alone, card.id).deleted  # the generator still learns from it
    for waiting in (other, *store.runs.list(kind="prepare", dataset=newer.id)):
        store.runs.move(waiting.id, Status.STOPPED)
    browser.send(("name", "1", "pencil 2"), ("train",))
    app.run()
    assert not own.has_card(alone, newer.id)
    assert len(own.cards(alone)) == 2
