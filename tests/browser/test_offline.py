"""What a visit asks of other machines, and what the server does not load."""

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.app_process import Server, settle, visitor
from core.store import Run
from tests.browser.conftest import Visit
from tests.browser.studio_page import TINY_LINK, expect_pictures, expect_results, press_train, see_results

# Streamlit fetches a page's symbol as its favicon; without a network there is none.
KNOWN = "https://fonts.gstatic.com/s/i/short-term/release/materialsymbols"


@pytest.fixture(scope="module")
def asked(browser: Browser, server: Server, past_run: Run) -> list[str]:
    """What one visit to every page, with a training, asked of other machines."""
    with visitor(browser, server.url) as page:
        asked = foreign_requests(page)
        open_every_page(page, past_run)
        page.goto(TINY_LINK)
        press_train(page)
        see_results(page)
    return asked


def test_a_visit_to_every_page_asks_nothing_of_other_machines(asked: list[str]) -> None:
    assert [url for url in asked if not url.startswith(KNOWN)] == []


def test_the_server_never_loads_tensorflow(asked: list[str], server: Server) -> None:
    loaded = {mapped.path for mapped in psutil.Process(server.process.pid).memory_maps()}
    assert any("numpy" in path for path in loaded)  # so the list is one
    assert not [path for path in loaded if "tensorflow" in path]


def test_a_link_brings_no_picture_and_no_link_of_its_own(visit: Visit, server: Server) -> None:
    page = visit(server)
    asked = foreign_requests(page)
    names = ("optimizer", "preset", "dataset", "run", "v", "![x](https://example.com/unknown.png)")
    parts = [f"{name}=![x](https://example.com/{name[:8]}.png)[here](https://example.com/)" for name in names]
    page.goto(f"/cnn?{'&'.join(parts)}")
    expect(page.get_by_test_id("stAlert")).to_have_count(len(names) + 1, timeout=30_000)  # the preset's twice
    settle(page)
    assert [url for url in asked if not url.startswith(KNOWN)] == []
    expect(page.locator('a[href*="example.com"]')).to_have_count(0)


def open_every_page(page: Page, run: Run) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Watch a network read it")).to_be_visible(timeout=30_000)
    page.goto("/data?data_view=Know+it")
    expect(page.locator(".st-key-know_balance .js-plotly-plot")).to_be_visible(timeout=60_000)
    page.goto("/cnn")
    expect_pictures(page)
    page.goto(f"/cnn?run={run.id}")
    expect_results(page)
    page.get_by_role("radio", name="Live").click()
    expect(page.locator(".charts .plot .main-svg").first).to_be_visible(timeout=30_000)


def foreign_requests(page: Page) -> list[str]:
    """Return the list to which requests to other machines are added from now on."""
    found: list[str] = []

    def note(url: str) -> None:
        if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
            found.append(url)

    page.context.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    return found
