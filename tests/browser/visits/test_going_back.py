"""The browser's Back button."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from benchmarks.app_process import Server
from core.store import Run
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, expect_pictures, expect_results

MOST_PRESSES = 3  # Streamlit makes an entry of its own when a page writes its settings into the link


def test_back_leads_home_from_the_studio_and_from_a_run_that_a_link_opened(
    visit: Visit, server: Server, past_run: Run
) -> None:
    page = visit(server)
    page.goto("/")
    page.get_by_role("button", name="Open the CNN studio").click()
    expect_pictures(page)
    assert came_home(page)
    page.goto(f"/?run={past_run.id}")
    expect_results(page)
    assert came_home(page)


def came_home(page: Page) -> bool:
    """Press Back until the address is Home's, and wait until Home is there."""
    for _ in range(MOST_PRESSES):
        page.go_back()
        address = urlsplit(page.url)
        if address.path == "/" and "run" not in parse_qs(address.query):
            expect(page.get_by_role("heading", name="Watch a network read it")).to_be_visible(timeout=SOON_MS)
            return True
    return False
