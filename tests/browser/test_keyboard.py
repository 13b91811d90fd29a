"""Without a mouse, and without seeing the page."""

import re

from playwright.sync_api import expect

from benchmarks.app_process import Server, settle
from core.store import Store
from tests.browser.conftest import Visit
from tests.browser.studio_page import SOON_MS, TINY_LINK, run_of

MOST_TABS = 30


def test_train_is_reached_with_tab_and_pressed_with_enter(visit: Visit, server: Server, store: Store) -> None:
    page = visit(server)
    page.goto(TINY_LINK)
    expect(page.get_by_role("button", name="Train")).to_be_enabled(timeout=30_000)
    settle(page)
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("() => Boolean(document.activeElement.closest('.st-key-train'))"):
            break
    expect(page.get_by_role("button", name="Train")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]run="), timeout=SOON_MS)
    assert store.runs.get(run_of(page)).config["max_images"] == 2000


def test_a_control_that_was_changed_is_announced_without_markup(visit: Visit, server: Server) -> None:
    page = visit(server)
    page.goto("/cnn?epochs=3")
    slider = page.locator(".st-key-cnn_epochs input[type=range]")
    expect(slider).to_have_attribute("aria-valuetext", "3", timeout=30_000)
    expect(slider).to_have_attribute("aria-label", re.compile(r"^Epochs[^\[\]]*$"))


def test_a_slider_moved_fast_ends_where_it_was_moved_to(visit: Visit, server: Server) -> None:
    page = visit(server)
    page.goto("/cnn?epochs=3")
    slider = page.locator(".st-key-cnn_epochs input[type=range]")
    expect(slider).to_have_attribute("aria-valuetext", "3", timeout=30_000)
    settle(page)
    slider.focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("[?&]epochs=28"), timeout=SOON_MS)
    expect(slider).to_have_attribute("aria-valuetext", "28")
