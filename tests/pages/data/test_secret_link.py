"""A secret link to a run on private data, as its owner makes and revokes it, and as its holder sees the run."""

from typing import Any

import numpy as np
import pytest

from core.datasets.access import Viewer, check_may_view
from core.datasets.own import own
from core.datasets.prepared import write_prepared
from core.datasets.series.brought import Brought, Windows, learn_series
from core.datasets.series.clock import Clock
from core.families.sequence.family import PRESETS
from core.probe.client import Subject
from core.runs.sharing.secret_link import links_of, make_link, revoke_link
from core.settings import Settings
from core.store import Run, Store
from tests.pages.conftest import LONGEST_RUN_S, Visit
from tests.pages.data.test_private_data import LOCKED, STRANGER, VIEWS, component_data, pictures_on, private  # noqa: F401
from tests.pages.gan.test_explore import FakeGan
from tests.pages.gan.test_page import a_run
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import captions, said
from tests.support.tab import Tab

SHORT = Windows(5, 1, 0)
OPENED, ENDED = "A secret link shows you the private data", "This secret link is wrong or has been revoked"


@pytest.fixture
def run(past: PastRuns, private: str) -> Run:  # noqa: F811
    return past.finished(dataset=private)


@pytest.mark.parametrize(
    ("family", "view"), [("cnn", "Live"), ("cnn", "Results"), ("gan", "Results"), ("gan", "Explore")]
)
def test_the_holder_sees_what_the_owner_sees_until_the_link_is_revoked_also_on_an_open_page(
    visit: Visit,
    store: Store,
    past: PastRuns,
    private: str,  # noqa: F811
    family: str,
    view: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pages._ui.gan.snapshot.PATIENCE_S", LONGEST_RUN_S)
    monkeypatch.setattr("core.probe.client.ask", FakeGan().ask)
    run = past.finished(dataset=private) if family == "cnn" else a_run(store, dataset=private)
    secret = make_link(store, run.id, ME)
    app = visit(family, key=STRANGER, secret=secret, run=run.id, **{f"{family}_view": view})
    app.session_state["_open_cell"] = (f"{run.id}/{run.generation}/last", 3, 3)
    app.run()
    assert pictures_on(app) >= VIEWS[family, view]
    assert OPENED in captions(app.main)
    revoke_link(store, links_of(store, run.id, ME)[0].hash, ME)
    app.run()
    assert not app.exception
    assert pictures_on(app) <= {"look_kernels"}
    assert LOCKED in captions(app.main)
    assert ENDED in said(app.warning[0])


def test_a_link_leads_to_its_run_only_and_offers_nothing_but_looking(
    visit: Visit, store: Store, past: PastRuns, run: Run
) -> None:
    secret, other = make_link(store, run.id, ME), past.finished(dataset=run.dataset)
    app = visit("cnn", key=STRANGER, secret=secret, run=run.id, cnn_view="Results")
    assert app.button(key="train").disabled
    keys = {button.key for button in app.button}
    assert keys.isdisjoint({"run_train_on", "run_stop", f"menu_{run.id}", f"star_{run.id}"})
    assert offers(app) == []
    app.button(key="download").click().run()
    assert "only its owner can download it" in captions(app)
    app = visit("cnn", key=STRANGER, secret=secret, run=run.id)
    app.query_params["run"] = other.id
    app.run()
    assert pictures_on(app) == set()
    assert OPENED not in captions(app.main)


def test_a_wrong_secret_shows_what_a_stranger_sees_and_says_so(visit: Visit, run: Run) -> None:
    app = visit("cnn", key=STRANGER, secret="x" * 22, run=run.id, cnn_view="Results")
    assert ENDED in said(app.warning[0])
    assert app.metric[0].label.startswith("Test accuracy")
    assert pictures_on(app) == set()


def test_the_owner_makes_a_link_that_is_shown_once_and_revokes_it(visit: Visit, store: Store, run: Run) -> None:
    app = visit("cnn", run=run.id)
    assert offers(app) == ["Secret link", "Class link"]
    app.session_state["_secret_links"] = run.id
    app.run().button(key="make_secret_link").click().run()
    [link] = links_of(store, run.id, ME)
    tail = shared(app, "secret_link")["tail"]
    assert tail.startswith(f"?run={run.id}#key=")
    assert len(tail.split("#key=")[1]) == 22
    assert "key" not in app.query_params
    app.button(key="revoke_1").click().run()
    assert store.shares.find(link.hash) is None
    assert not [node for node in app if getattr(node, "key", "") == "secret_link"]


def test_only_who_may_see_a_series_forecasts_it_on_also_by_a_secret_link(
    visit: Visit, store: Store, past: PastRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    (store.settings.home / "prepared").unlink()  # which all tests share
    card = own.begin(store.settings, ME, "Sales", "series", {})
    arrays, spec = learn_series(Brought(np.arange(60.0, dtype="float32")[:, None], ("sold",), Clock(), ()), SHORT)
    write_prepared(store.settings, card.id, arrays, spec, card.title)
    own.update(store.settings, card.id, accepted=True, notes={"read": True})
    config = PRESETS["forecast"].config.to_dict()
    run = past.running(step=100, owner=ME, family="sequence", preset="forecast", dataset=card.id, config=config)

    def ask(settings: Settings, subject: Subject, *rest: Any, actor: Viewer, **more: Any) -> dict[str, np.ndarray]:
        check_may_view(settings, subject.run, subject.dataset, actor)
        return {"free": np.full(more["count"], 61.0)}

    monkeypatch.setattr("core.runs.forecasting.ask", ask)
    app = visit("try", key=STRANGER, run=run.id)
    assert LOCKED in captions(app.main)
    assert not app.button
    assert not app.file_uploader
    app = visit("try", key=STRANGER, secret=make_link(store, run.id, ME), run=run.id)
    app.button(key="forecast_go").click().run()
    assert not app.exception
    assert not app.error
    assert "From 61 to 84: 61.0" in captions(app.main)


def offers(app: Tab) -> list[str]:
    return shared(app, "share")["offers"]


def shared(app: Tab, key: str) -> dict:
    [node] = [node for node in app if getattr(node, "key", "") == key and hasattr(node, "proto")]
    return component_data(node.proto)
