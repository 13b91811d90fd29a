"""What a stranger sees of runs on private data, on every page: numbers and first kernels, no picture of the data."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets.own import own, removal
from core.errors import NotAllowedError
from core.runs.gan_quality import queue_judging
from core.settings import Settings
from core.store import Run, Store
from core.store.records import hash_key
from pages._ui.components.drawing.canvas import CanvasDrawing
from pages._ui.runs.actions import PUBLISH, UNPUBLISH
from tests.pages.conftest import LONGEST_RUN_S, FakeProbe, Visit
from tests.pages.gan.test_explore import FakeGan
from tests.pages.gan.test_page import a_run
from tests.pages.home.test_my_runs import choose
from tests.support.past_runs import KEY, ME, PastRuns
from tests.support.reading import captions, data_of, layer_names, said, words_of
from tests.support.tab import Tab

STRANGER = "c" * 32
LOCKED = "shown only to the owner of this data: it is private"


@pytest.fixture
def private(settings: Settings, prepared: Path) -> str:
    """My private data: that of the digits, under a name of its own."""
    place = settings.home / "prepared"
    place.unlink()
    place.mkdir()
    (place / "mnist_5k").symlink_to(prepared / "mnist_5k")
    card = own.begin(settings, ME, "My photos", "arrays", {})
    shutil.copytree(prepared / "mnist_5k", place / card.id)
    own.update(settings, card.id, accepted=True, notes={"read": True})
    return card.id


@pytest.fixture
def run(past: PastRuns, private: str) -> Run:
    return past.finished(dataset=private, changes=["layers=conv:2,pool,flatten"])


def pictures_on(app: Tab) -> set[str]:
    """Return the keys of all pictures that a page was sent, but for drawings of networks."""
    found = set()
    for node in app:
        proto = getattr(node, "proto", None)
        if type(proto).__name__ == "BidiComponent" and "pictures" in component_data(proto):
            found.add(str(node.key))
        if type(proto).__name__ == "BidiComponent" and component_data(proto).get("frame"):
            found.add(str(node.key))
        if type(proto).__name__ in ("ImageList", "Imgs"):
            found.add("st.image")
    return found


def component_data(proto: Any) -> dict[str, Any]:
    return json.loads((proto.mixed.json if proto.HasField("mixed") else proto.json) or "{}")


VIEWS = {  # of a run of each family: what only its owner sees
    ("cnn", "Live"): {"look_gallery", "network"},
    ("cnn", "Results"): {"cell_images", "mistakes", "unsure"},
    ("cnn", "Code"): set(),
    ("gan", "Live"): {"look_samples", "network"},
    ("gan", "Results"): {"film"},
    ("gan", "Explore"): {"explore_sheet", "explore_noise"},
    ("gan", "One step"): {"step_made"},
}


@pytest.mark.parametrize(("family", "view"), VIEWS)
def test_a_stranger_sees_no_picture_of_private_data_until_it_is_published(
    visit: Visit, store: Store, past: PastRuns, private: str, family: str, view: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.gan.snapshot.PATIENCE_S", LONGEST_RUN_S)
    monkeypatch.setattr("core.probe.client.ask", FakeGan().ask)
    run = past.finished(dataset=private) if family == "cnn" else a_run(store, dataset=private)
    store.runs.publish(run.id, True, ME)

    def seen(key: str) -> set[str]:
        app = visit(family, key=key, run=run.id, **{f"{family}_view": view})
        app.session_state["_open_cell"] = (f"{run.id}/{run.generation}/last", 3, 3)
        app.run()
        assert not app.exception
        own_picture = {"look_kernels"} if (family, view) == ("cnn", "Live") else set()
        assert own_picture <= pictures_on(app)
        if key == STRANGER:
            assert (LOCKED in captions(app.main)) is (is_hidden and bool(VIEWS[family, view]))
        return pictures_on(app) - own_picture

    is_hidden = True
    assert seen(KEY) >= VIEWS[family, view]
    assert seen(STRANGER) == set()
    own.change(store.settings, private, ME, published=True)
    is_hidden = False
    assert seen(STRANGER) >= VIEWS[family, view]
    own.change(store.settings, private, ME, published=False)
    is_hidden = True
    assert seen(STRANGER) == set(), "at once, also what the server keeps for all visits"


def test_a_stranger_compares_numbers_of_private_data_but_sees_no_example(
    visit: Visit, store: Store, past: PastRuns, private: str
) -> None:
    def seen(key: str, view: str) -> Tab:
        app = visit("compare", key=key, runs=runs)
        app.segmented_control(key="compare_view").set_value(view).run()
        assert not app.exception
        return app

    runs = ",".join(past.finished(dataset=private, mistakes=wrong).id for wrong in (20, 30))
    kernels = {"look_kernels_A", "look_kernels_B"}
    assert pictures_on(seen(KEY, "Disagreements")) >= {"differ A right, B wrong", "differ Both wrong"}
    assert pictures_on(seen(KEY, "Networks")) >= {*kernels, "network_A", "network_B"}
    stranger = seen(STRANGER, "Disagreements")
    assert "**A right, B wrong: 10**" in words_of(stranger.main)
    assert LOCKED in captions(stranger.main)
    assert pictures_on(stranger) == set()
    assert pictures_on(seen(STRANGER, "Networks")) == kernels
    assert LOCKED in captions(seen(STRANGER, "Baselines").main)
    assert store.runs.list(kind="baselines") == []


def test_a_stranger_is_shown_the_runs_own_network_and_settings_and_told_that_the_data_is_not_theirs(
    visit: Visit, run: Run, private: str
) -> None:
    app = visit("cnn", key=STRANGER, run=run.id, cnn_view="Live")
    assert layer_names(app) == layer_names(visit("cnn", run=run.id, cnn_view="Live")) != []
    assert "This data is private and belongs to somebody else" in said(app.error[0])
    assert app.button(key="train").disabled
    assert app.selectbox(key="cnn_dataset").value is None
    assert app.query_params["dataset"] == private
    app.selectbox(key="cnn_dataset").set_value("mnist_5k").run()
    assert not app.button(key="train").disabled
    assert layer_names(app) == layer_names(visit("cnn", run=run.id, cnn_view="Live"))


def test_using_the_settings_of_a_strangers_run_names_the_data_and_takes_no_other(visit: Visit, run: Run) -> None:
    app = visit("cnn", key=STRANGER, run=run.id)
    app.button(key=f"use_{run.id}").click().run()
    assert app.selectbox(key="cnn_dataset").value is None
    assert "Choose other data" in said(app.error[0])
    assert app.session_state["_cnn_form_config"].to_dict() == run.config


def test_no_link_leads_to_somebody_elses_data(visit: Visit, store: Store, private: str) -> None:
    for page, link in (
        ("data", {"data_view": "Inspect", "dataset": private}),
        ("data", {"data_view": "Add your own", "adding": private}),
        ("data", {"data_view": "All data"}),
        ("cnn", {"dataset": private}),
        ("gan", {"dataset": private}),
        ("home", {}),
    ):
        app = visit(page, key=STRANGER, **link)
        assert not app.exception
        assert not {key for key in pictures_on(app) if not key.startswith(("home", "shelf_"))}, (page, link)
        assert "My photos" not in words_of(app.main)
    assert f"wall_{private}" in pictures_on(visit("data", data_view="All data"))
    assert "that you may see" in said(visit("data", key=STRANGER, data_view="Inspect", dataset=private).warning[0])
    assert "belongs to somebody else" in said(
        visit("data", key=STRANGER, data_view="Add your own", adding=private).warning[0]
    )


def test_what_data_does_to_itself_is_previewed_by_its_owner_only(visit: Visit, private: str) -> None:
    link = {"dataset": private, "augment_shift": "0.2", "test_shift": "noise"}
    previews = {key for key in pictures_on(visit("cnn", **link)) if "preview" in key}
    assert len(previews) >= 2
    assert not pictures_on(visit("cnn", key=STRANGER, **link))


def test_a_stranger_tries_a_network_with_a_picture_of_their_own(visit: Visit, run: Run) -> None:
    app = visit("try", key=STRANGER, run=run.id)
    assert not app.exception
    assert not app.error
    assert not pictures_on(app)
    assert data_of(app, "try_reading")


def test_publishing_a_run_on_private_data_says_what_is_seen_and_asks(
    visit: Visit, store: Store, past: PastRuns, private: str
) -> None:
    run = past.finished(dataset=private)
    app = choose(visit("home"), run.id, PUBLISH)
    assert not store.runs.get(run.id).published
    asked = words_of(app.main) + words_of(app)
    for words in (
        "numbers, curves",
        "kernels",
        "names of the data and its classes",
        "Unless you publish the data too",
    ):
        assert words in asked
    app.button(key="publish_not").click().run()
    assert not store.runs.get(run.id).published
    choose(app, run.id, PUBLISH)
    app.button(key="publish_run").click().run()
    assert store.runs.get(run.id).published
    assert not own.read_card(store.settings, private).published
    choose(app, run.id, UNPUBLISH)
    choose(app, run.id, PUBLISH)
    app.button(key="publish_both").click().run()
    assert store.runs.get(run.id).published
    assert own.read_card(store.settings, private).published


def test_a_run_on_somebody_elses_data_is_published_without_it(
    visit: Visit, store: Store, past: PastRuns, private: str
) -> None:
    run = past.finished(dataset=private, owner=hash_key(STRANGER))  # while the data was published
    app = choose(visit("home", key=STRANGER), run.id, PUBLISH)
    assert [button.key for button in app.button if str(button.key).startswith("publish")] == [
        "publish_run",
        "publish_not",
    ]


def test_a_run_is_published_although_its_data_is_gone(visit: Visit, store: Store, past: PastRuns, private: str) -> None:
    run = past.finished(dataset=private)
    removal.discard(store.settings, private)
    app = choose(visit("home"), run.id, PUBLISH)
    assert "deleted data**, which is private" in words_of(app.main) + words_of(app)
    app.button(key="publish_run").click().run()
    assert store.runs.get(run.id).published


def test_nobody_judges_by_data_that_is_not_published_any_more(store: Store, private: str) -> None:
    run = a_run(store, dataset=private, owner=hash_key(STRANGER))
    with pytest.raises(NotAllowedError, match="private and belongs to somebody else"):
        queue_judging(store, run, hash_key(STRANGER))


def test_a_stranger_looks_inside_with_drawings_of_their_own_and_never_at_test_images(
    visit: Visit, store: Store, run: Run, private: str, probe: FakeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    ink = np.zeros((84, 84), np.uint8)
    ink[10:70, 40:48] = 255
    monkeypatch.setattr("pages._ui.inside.given.source.drawn", lambda key: CanvasDrawing(4, ink, False))
    mine = visit("inside", run=run.id, inside_input="test.3")
    assert {"inside_example", "inside_found"} <= pictures_on(mine)
    asked = len(probe.asked)
    app = visit("inside", key=STRANGER, run=run.id, inside_input="test.3")
    assert not app.exception
    assert pictures_on(app) == set()
    assert app.segmented_control(key=f"inside_source_{run.id}").options == ["Draw", "Upload", "Camera"]
    assert len(probe.asked) == asked + 1, "what they drew is answered"
    opened = visit("inside", key=STRANGER, run=run.id, inside_open="conv_1.2")
    assert "The weights from which a unit is computed are shown only to the owner" in words_of(opened.main)
    asked = len(probe.asked)
    gan = a_run(store, dataset=private)
    hidden = visit("inside", key=STRANGER, run=gan.id)
    assert not hidden.exception
    assert len(probe.asked) == asked
    assert "private" in "".join(said(error) for error in hidden.error)
