"""The browser's Back button."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from benchmarks.app_process import Server
from core.store import Run
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, expect_pictures, expect_results


def test_one_back_leads_home_from_the_studio_and_from_a_run_that_a_link_opened(
    visit: Visit, server: Server, past_run: Run
) -> None:
    page = visit(server)
    page.goto("/")
    page.get_by_role("button", name="Open the CNN studio").click()
    expect_pictures(page)
    come_home(page)
    page.goto(f"/?run={past_run.id}")
    expect_results(page)
    come_home(page)


def come_home(page: Page) -> None:
    """Press Back once, and wait until Home is there."""
    page.go_back()
    address = urlsplit(page.url)
    assert (address.path, "run" in parse_qs(address.query)) == ("/", False)
    expect(page.get_by_role("heading", name="Watch a network read it")).to_be_visible(timeout=SOON_MS)
