"""A real browser, a real server and its processes; one server for most tests, so that spares are warm."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as PlaywrightError

from benchmarks.app_process import Server, end_processes, wait_until, watched_page
from core.datasets import prepare
from core.errors import RunError
from core.settings import Settings, this_host
from core.store import Run, Status, Store, open_store
from core.store.records import LOCAL
from tests.support.past_runs import PastRuns

SOON_S = 60.0  # a machine that is busy with something else may need so long
expect.set_options(timeout=1000 * SOON_S)
# A placeholder that shimmers is drawn 60 times a second for as long as a test waits.
CALM = """addEventListener("DOMContentLoaded", () => document.head.append(Object.assign(document.createElement("style"),
  { textContent: "[data-testid='stSkeletonElement'] { animation: none !important; }" })))"""
POLL_MS = 50  # between two looks for what a test waits for; by default a page looks, and is drawn, 60 times a second
PAGES = pytest.StashKey[list[Page]]()

Visit = Callable[..., Page]
Start = Callable[..., Server]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Keep a picture of every open page of a test that fails, and what its processes wrote."""
    report = yield
    if report.when == "call" and report.failed:
        folder = Path(tempfile.mkdtemp(prefix="glassbox-failed-"))
        for number, page in enumerate(item.stash.get(PAGES, [])):
            report.sections.append(("Screenshot", _screenshot(page, folder / f"{item.originalname}-{number}.png")))
        if isinstance(settings := item.funcargs.get("settings"), Settings):
            report.sections.append(("Processes", _last_notes(settings)))
    return report


def _screenshot(page: Page, path: Path) -> str:
    try:
        page.screenshot(path=path, full_page=True)
    except PlaywrightError as error:  # the page itself may be what failed
        return f"{page.url}\nnone: {error}"
    return f"{page.url}\n{path}"


def _last_notes(settings: Settings) -> str:
    """Return which processes there are, and the end of what they wrote."""
    log, store = settings.home / "processes.log", open_store(settings)
    listed = "\n".join(map(str, store.processes.of(this_host())))
    store.close()
    return f"{listed}\n{log.read_text(errors='replace')[-3000:] if log.exists() else 'no log'}"


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, forks: None) -> Iterator[Settings]:
    """The shared home, in which the data is prepared; its processes end with the tests."""
    folder = tmp_path_factory.mktemp("shared")
    settings = Settings(folder / "home", folder / "data")
    prepare(settings, "mnist_5k")
    yield settings
    end_processes(settings.home)


@pytest.fixture(scope="session")
def shared_store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings)
    yield store
    store.close()


@pytest.fixture(scope="session")
def past_run(shared_store: Store) -> Run:
    """A finished run of the shared home, older than its processes."""
    return PastRuns(shared_store).finished(owner=LOCAL, name="an older run")


@pytest.fixture(scope="session")
def second_run(shared_store: Store) -> Run:
    """Another finished run, one setting apart from the first, to compare with it."""
    return PastRuns(shared_store).finished(
        owner=LOCAL, name="another older run", changes=["batch_size=256"], mistakes=90
    )


@pytest.fixture(scope="session")
def given_run(shared_store: Store) -> Run:
    """A finished run to be given to a visitor, older than the foreman, who ends what runs without a worker."""
    return PastRuns(shared_store).finished(owner=LOCAL, name="a first name")


@pytest.fixture(scope="session")
def server(settings: Settings, past_run: Run, second_run: Run, given_run: Run) -> Iterator[Server]:
    """The shared server."""
    server = Server(settings)
    yield server
    server.stop()


@pytest.fixture
def start() -> Iterator[Start]:
    """Start further servers; they end with the test."""
    with ExitStack() as ends:

        def started(settings: Settings, port: int = 0) -> Server:
            server = Server(settings, port)
            ends.callback(server.stop)
            return server

        yield started


@pytest.fixture
def fresh_server(tmp_path: Path, forks: None) -> Iterator[Server]:
    """A server on a home of its own that nobody has visited yet; it keeps nothing warm."""
    server = Server(Settings(tmp_path / "home", tmp_path / "data", spare_idle_s=0.001))
    yield server
    server.stop()
    end_processes(server.settings.home)


@pytest.fixture
def store(shared_store: Store) -> Iterator[Store]:
    """The shared store; what a test leaves running is stopped, so that the next need not wait."""
    yield shared_store
    alive = [Status.QUEUED, Status.RUNNING, Status.PAUSED]
    for run in shared_store.runs.list(status=alive):
        with suppress(RunError):  # it has just ended by itself
            shared_store.runs.stop(run.id, LOCAL)
    wait_until(lambda: not shared_store.runs.list(status=alive), SOON_S, "all runs have ended")


class Visits:
    """Visits of browsers that know nobody, but whose cache holds the app: filling it costs more than most tests.

    Args:
        browser: Whose.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: dict[tuple[str, bool], list[BrowserContext]] = {}

    @contextmanager
    def page(
        self, url: str, *, width: int = 1280, height: int = 900, dark: bool = False, touch: bool = False
    ) -> Iterator[Page]:
        """Open a page; fail on an error in it or a request to another machine."""
        idle = self._idle.setdefault((url, touch), [])
        context = idle.pop() if idle else self._new(url, touch)
        with watched_page(context) as page:
            devtools = context.new_cdp_session(page)
            devtools.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "cookies,local_storage"})
            devtools.detach()
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_function = partial(page.wait_for_function, polling=POLL_MS)  # type: ignore[method-assign]
            yield page
        for one in context.pages:
            one.close()
        context.clear_permissions()
        idle.append(context)

    def _new(self, url: str, touch: bool) -> BrowserContext:
        context = self._browser.new_context(base_url=url, has_touch=touch)
        context.add_init_script(CALM)
        return context


@pytest.fixture(scope="session")
def visits(browser: Browser) -> Visits:
    return Visits(browser)


@pytest.fixture
def visit(visits: Visits, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Open a fresh visit of a server; it fails on errors in the page."""
    pages = request.node.stash.setdefault(PAGES, [])
    with ExitStack() as opened_ones:

        def opened(server: Server, **look: Any) -> Page:
            pages.append(opened_ones.enter_context(visits.page(server.url, **look)))
            return pages[-1]

        yield opened
