"""Without a mouse, and without seeing the page."""

import re

from playwright.sync_api import expect

from benchmarks.app_process import Server, settle
from core.store import Store
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, TINY_LINK, expect_link, open_form, run_of, slider

MOST_TABS = 30
TYPED_MS = 30  # between two presses of a held key


def test_train_is_reached_with_tab_and_pressed_with_enter(visit: Visit, server: Server, store: Store) -> None:
    page = visit(server)
    page.goto(TINY_LINK)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=30_000)
    settle(page)
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("() => Boolean(document.activeElement.closest('.st-key-train'))"):
            break
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]run="), timeout=SOON_MS)
    assert store.runs.get(run_of(page)).config["max_images"] == 2000


def test_a_slider_moved_fast_ends_where_it_was_moved_to_and_is_announced_without_markup(
    visit: Visit, server: Server
) -> None:
    page = visit(server)
    page.goto("/cnn?epochs=4")
    slider = page.locator("[class*='st-key-cnn_epochs-'] input[type=range]")
    expect(slider).to_have_attribute("aria-valuetext", "4", timeout=30_000)
    settle(page)
    slider.focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("[?&]epochs=29"), timeout=SOON_MS)
    expect(slider).to_have_attribute("aria-valuetext", "29")
    expect(slider).to_have_attribute("aria-label", re.compile(r"^Epochs[^\[\]]*$"))


def test_two_sliders_held_one_after_the_other_end_where_form_link_and_foot_agree(visit: Visit, server: Server) -> None:
    page = visit(server)
    open_form(page, "/cnn?learning_rate=0.00001&epochs=4")
    rates = [0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005]
    ends = {"learning_rate": f"{rates[14 - 6]:g}", "epochs": str(4 + 14 - 6)}
    for name in ends:
        slider(page, name).focus()
        for key in ["ArrowRight"] * 14 + ["ArrowLeft"] * 6:
            page.keyboard.press(key, delay=TYPED_MS)
    expect_link(page, **ends)
    foot = page.locator(".st-key-foot")
    expect(foot).to_contain_text("learning rate 0.005, epochs 12", timeout=SOON_MS)
    settle(page)
    expect_link(page, **ends)
    for name, shown in ends.items():
        expect(slider(page, name)).to_have_attribute("aria-valuetext", shown)
