"""Pages in this process, from `app.py`: nothing else is started, and no cache outlives a test."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager

from core.datasets import prepare
from core.errors import ProbeAwayError, ProbeError
from core.families import FAMILIES
from core.probe.client import Subject
from core.runs.sharing.secret_link import hash_secret
from core.settings import Settings, this_host
from core.store import Store, open_store
from tests.support.past_runs import KEY, PastRuns, answers, augmented, look, path, samples, stages
from tests.support.tab import Tab

ROOT = Path(__file__).parents[2]
LONGEST_RUN_S = 120.0  # of a page's script, on a machine that is busy with something else or stands still for a while

Visit = Callable[..., Tab]


class FakeProbe:
    """Stands in for the probe's process; it answers at once, or once `may_answer` is set."""

    def __init__(self) -> None:
        self.asked: list[Subject] = []
        self.is_awake = True
        self.refusal: ProbeError | None = None
        self.may_answer = threading.Event()
        self.may_answer.set()

    def ask(self, settings: Settings, subject: Subject, method: str, *rest: Any, **more: Any) -> dict[str, np.ndarray]:
        self.asked.append(subject)
        self.may_answer.wait(LONGEST_RUN_S)
        if not self.is_awake:
            raise ProbeAwayError("the probe is not running yet")
        if self.refusal:
            raise self.refusal
        seed = subject.config.seed if subject.step is None else subject.step
        if method == "stages":
            return stages(subject.part, *rest)
        if method in ("path", "unit"):
            return path(seed, **more)
        known = {"feature_maps": look, "answer": answers, "test_answers": answers, "augmented": augmented}
        return {**known, "samples": samples}[method](seed)

    def ask_snapshots(
        self, settings: Settings, subject: Subject, steps: Sequence[int], *rest: Any, **more: Any
    ) -> dict[str, np.ndarray]:
        said = [self.ask(settings, replace(subject, step=step), *rest, **more) for step in steps]
        return {name: np.stack([one[name] for one in said]) for name in said[0]}


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of prepared data, made once."""
    folder = tmp_path_factory.mktemp("prepared")
    prepare(Settings(folder / "home", folder / "data"), "mnist_5k")
    return folder / "home" / "prepared"


@pytest.fixture
def settings(tmp_path: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home of its own that the pages find in the environment."""
    settings = Settings(tmp_path / "home", tmp_path / "data")
    settings.home.mkdir()
    (settings.home / "prepared").symlink_to(prepared)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture
def store(settings: Settings, new_database: Path) -> Iterator[Store]:
    shutil.copy(new_database, settings.home)
    store = open_store(settings)
    yield store
    store.close()


@pytest.fixture
def past(store: Store) -> PastRuns:
    return PastRuns(store)


@pytest.fixture(autouse=True)
def foremen(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The foremen that would have been started."""
    wanted: list[Settings] = []
    monkeypatch.setattr("core.jobs.submit._start_foreman", wanted.append)
    return wanted


@pytest.fixture(autouse=True)
def probe(store: Store, monkeypatch: pytest.MonkeyPatch) -> FakeProbe:
    """A probe that is awake; a page waits for its answer, so that no test depends on which thread is faster."""
    fake = FakeProbe()
    store.processes.register(host=this_host(), pid=1, role="probe", slot="probe", state="ready")
    monkeypatch.setattr("pages._ui.studio.untrained.ask", fake.ask)
    monkeypatch.setattr("core.probe.client.ask", fake.ask)
    monkeypatch.setattr("core.probe.client.ask_snapshots", fake.ask_snapshots)
    monkeypatch.setattr("pages._ui.studio.untrained.PATIENCE_S", LONGEST_RUN_S)
    return fake


@pytest.fixture
def hurried(probe: FakeProbe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page wait for no answer at all."""
    monkeypatch.setattr("pages._ui.studio.untrained.PATIENCE_S", 0.0)


@pytest.fixture(autouse=True)
def _navigated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run begin with `app.py`, as on a server that has run it once; AppTest forgets that it has."""
    forgetful = type("ForgetfulPagesManager", (PagesManager,), {})
    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", forgetful)
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)


@pytest.fixture(scope="session", autouse=True)
def _scanned_once() -> Iterator[None]:
    """Look for installed components once; each new AppTest would, and it takes longer than a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def _fresh_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what a server keeps for all its visits, and close it afterwards."""
    opened: list[Store] = []

    def opening(settings: Settings) -> Store:
        opened.append(open_store(settings))
        return opened[-1]

    alive: dict[Path, Any] = {}
    monkeypatch.setattr("pages._ui.shell.shell.open_store", opening)
    monkeypatch.setattr("core.jobs.submit._alive", alive)
    monkeypatch.setattr("pages._ui.runs.metrics_cache.FRESH_S", -1.0)
    monkeypatch.setattr("pages._ui.shell.shell.QUEUE_S", 1e-9)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    for store in opened:
        store.close()
    for lock in alive.values():
        lock.release()


def unfold(app: Tab) -> None:
    """Let a form's sections have been unfolded: AppTest cannot click on one."""
    for family in FAMILIES.values():
        for section in family.sections:
            app.session_state[f"_{family.id}_form_unfolded_{section.id}"] = True


@pytest.fixture
def visit(settings: Settings) -> Visit:
    """Open a page with a link's parameters; by default in the browser of `ME`."""

    def opened(page: str, *, key: str = KEY, is_folded: bool = False, secret: str = "", **query: str) -> Tab:
        app = Tab(ROOT / "app.py", default_timeout=LONGEST_RUN_S)
        app.session_state["_owner_key"], app.session_state["_owner_known"] = key, True
        if secret:
            app.session_state["_secrets"] = {query["run"]: hash_secret(secret)}
        if not is_folded:
            unfold(app)
        app.query_params.update(query)
        return app.switch_page(f"pages/{page}.py").run()

    return opened
