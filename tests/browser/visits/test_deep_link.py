"""A link straight to a page of a server that nobody has visited yet."""

from playwright.sync_api import expect

from benchmarks.app_process import Server, settle
from tests.browser.conftest import Visit
from tests.support.studio_page import query_of


def test_a_deep_link_on_a_fresh_server_opens_the_whole_app_as_the_link_says(visit: Visit, fresh_server: Server) -> None:
    page = visit(fresh_server)
    page.goto("/cnn?v=3&preset=article&learning_rate=0.01")
    expect(page.get_by_role("heading", name="CNN")).to_be_visible(timeout=30_000)
    settle(page)
    links = page.get_by_role("navigation").get_by_role("link")
    expect(links).to_contain_text(["Home", "CNN"])
    expect(links.nth(1)).to_have_attribute("aria-current", "page")
    box = page.get_by_test_id("stMainBlockContainer").bounding_box()
    assert box is not None
    assert box["width"] > 1200  # of 1280: the wide layout
    rate = page.locator("[class*='st-key-cnn_learning_rate-'] input[type=range]")
    expect(rate).to_have_attribute("aria-valuetext", "0.01")
    expect(page.get_by_role("radio", name="Article CNN")).to_be_checked()
    expect(page.locator(".st-key-footer")).to_be_visible()
    assert {"v": "3", "preset": "article", "learning_rate": "0.01"}.items() <= query_of(page).items()
