"""From Train to a text that a network writes on from one's own prompt."""

import re

from playwright.sync_api import expect

from benchmarks.app_process import Server
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, train


def test_a_network_writes_while_it_learns_and_then_on_from_a_prompt(visit: Visit, server: Server) -> None:
    page = visit(server)
    page.goto("/sequence?preset=write&embedding=8&layers=lstm:16&max_images=640&validation_fraction=0")
    train(page)
    expect(page.locator("pre", has_text="\u2503").first).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name="See results").click(timeout=SOON_MS)
    page.get_by_role("textbox", name="Prompt").fill("def ")
    page.get_by_role("spinbutton", name="Top-k").fill("2")
    page.get_by_role("button", name="Write", exact=True).click()
    written = page.locator(".st-key-write_text")
    expect(written.locator(".before")).to_have_text("def ┃", timeout=SOON_MS)
    expect(written.locator(".sign")).to_have_count(500)
    written.locator(".text").press("ArrowRight")
    expect(written.locator(".detail")).to_contain_text(re.compile("Character 2, .* could draw 2 of the characters"))
    expect(written.locator(".bars .cut")).to_have_count(4)
    page.locator(".st-key-surprise_text .sign").nth(9).hover(timeout=SOON_MS)
    expect(page.locator(".st-key-surprise_text .detail")).to_contain_text("Character 10, ")
