"""The first minute in a real browser: draw, train, draw again, and go back in time."""

import re

from playwright.sync_api import expect

from benchmarks.app_process import Server
from core.store import Store
from tests.browser.conftest import Visit
from tests.support.drawing_hand import clear, draw, expect_answered
from tests.support.home_page import CANVAS, READING, open_home, read
from tests.support.studio_page import SOON_MS

READ_RIGHT = 4  # of five digits, at least


def test_drawn_digits_are_read_by_the_demo_network(visit: Visit, server: Server, store: Store) -> None:
    page = visit(server)
    open_home(page, store)
    said = {}
    for digit in "02357":
        draw(page, CANVAS, digit)
        (said[digit],) = read(page)
        clear(page, CANVAS)
        expect_answered(page, CANVAS)
    assert sum(digit == answer for digit, answer in said.items()) >= READ_RIGHT, said


def test_a_visitor_draws_trains_draws_again_and_goes_back_to_when_their_network_knew_nothing(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server, width=390, height=844, dark=True)
    open_home(page, store)
    draw(page, CANVAS, "7")
    assert read(page) == ["7"]
    page.locator(".st-key-home_train_button button").click()
    expect(page.locator(".st-key-run_state")).to_be_in_viewport(timeout=SOON_MS)
    expect(page.locator(".st-key-home_next")).to_be_visible(timeout=SOON_MS)  # the drawing is still there
    assert page.locator(f".st-key-{CANVAS} .hint").is_hidden()
    clear(page, CANVAS)
    draw(page, CANVAS, "7")
    assert read(page) == ["7", "7"]
    slider = page.locator(f".st-key-{READING} input[type=range]")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Your network, at the end: says 7"))
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Your network, untrained: says "))
    bars = page.locator(f".st-key-{READING} .row").nth(7).locator(".share")
    untrained = float(bars.nth(1).inner_text().split()[0])
    assert untrained < float(bars.nth(0).inner_text().split()[0])
    page.get_by_role("link", name="What next?").click()
    expect(page.get_by_role("button", name="Change one thing and train again")).to_be_in_viewport()
    page.get_by_role("button", name="See where it fails").click()
    expect(page.get_by_text("Confusion matrix")).to_be_visible(timeout=SOON_MS)


def test_undo_takes_strokes_back_and_a_sample_is_read_without_a_mouse(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server)
    open_home(page, store)
    draw(page, CANVAS, "4")
    undo = page.locator(f".st-key-{CANVAS} .undo")
    undo.click()
    expect(page.locator(f".st-key-{CANVAS} .hint")).to_be_hidden()
    undo.click()
    expect(page.locator(f".st-key-{CANVAS} .hint")).to_be_visible()
    expect(undo).to_be_disabled()
    page.locator(f".st-key-{CANVAS} canvas").focus()
    page.keyboard.press("ArrowRight")
    for key, is_empty in (("Enter", False), ("ArrowLeft", False), ("Delete", True)):
        page.keyboard.press(key)
        expect(page.locator(f".st-key-{CANVAS} .hint")).to_be_visible(visible=is_empty)
    page.get_by_role("button", name="A handwritten 3").focus()
    page.keyboard.press("Enter")
    assert read(page) == ["3"]
    maps, kernels = (page.locator(f".st-key-home_filters .{part} canvas") for part in ("maps", "kernels"))
    maps.first.focus()
    page.keyboard.press("ArrowRight")
    expect(maps.nth(1)).to_be_focused()
    expect(kernels.nth(1)).to_have_class("marked")
    kernels.nth(2).hover()
    expect(maps.nth(2)).to_have_class("marked")
