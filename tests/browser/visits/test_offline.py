"""No visit asks anything of other machines; `visitor` looks after that."""

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.app_process import Server, settle, visitor
from tests.browser.conftest import Visit


def test_a_link_brings_no_picture_and_no_link_of_its_own(visit: Visit, server: Server) -> None:
    page = visit(server)
    names = ("optimizer", "preset", "dataset", "run", "v", "![x](https://example.com/unknown.png)")
    parts = [f"{name}=![x](https://example.com/{name[:8]}.png)[here](https://example.com/)" for name in names]
    page.goto(f"/cnn?{'&'.join(parts)}")
    page.locator(".st-key-cnn_section_data summary").click()
    expect(page.get_by_test_id("stAlert")).to_have_count(len(names) + 1, timeout=30_000)  # the preset's twice
    settle(page)
    expect(page.locator('a[href*="example.com"]')).to_have_count(0)


def test_a_page_that_asks_another_machine_is_noticed(browser: Browser) -> None:
    with pytest.raises(AssertionError, match=r"https://example\.com/picture\.png"), visitor(browser, "") as page:
        page.set_content('<img src="https://example.com/picture.png">')
