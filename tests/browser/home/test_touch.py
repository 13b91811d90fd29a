"""Drawing on a phone and with a pen, by the events that a finger and a pen make."""

import pytest
from playwright.sync_api import expect

from benchmarks.app_process import Server
from core.store import Store
from tests.browser.conftest import Visit
from tests.support.drawing_hand import DIGITS, Hand, draw, finger, on_page, pen, pixels, touch
from tests.support.home_page import CANVAS, open_home, read

FINGER_PX = 44
_HEARD = """(key) => { const canvas = document.querySelector(`.st-key-${key} canvas`); window.heard = [];
  canvas.addEventListener("pointermove", (event) => event.buttons && heard.push(event.pointerType)); }"""
_SCROLLED = "() => document.querySelector('[data-testid=stMain]').scrollTop"


@pytest.mark.parametrize(("hand", "kind"), [(finger, "touch"), (pen, "pen")], ids=["finger", "pen"])
def test_a_digit_that_a_finger_or_a_pen_draws_is_read_and_the_page_stays_where_it_is(
    visit: Visit, server: Server, store: Store, hand: Hand, kind: str
) -> None:
    page = visit(server, width=390, height=844, touch=True)
    open_home(page, store)
    page.evaluate(_HEARD, CANVAS)
    page.locator(f".st-key-{CANVAS} canvas").scroll_into_view_if_needed()
    scrolled = page.evaluate(_SCROLLED)
    for digit in "73":
        draw(page, CANVAS, digit, hand)
        assert read(page) == [digit]
        page.locator(f".st-key-{CANVAS} .clear").tap()
        expect(page.locator(f".st-key-{CANVAS} .hint")).to_be_visible()
    assert set(page.evaluate("() => heard")) == {kind}
    assert page.evaluate(_SCROLLED) == scrolled
    (x, y), _ = on_page(page, CANVAS, [(0.5, -0.1), (0.5, 0)])
    finger(page, [(x, y - 10 * step) for step in range(20)])  # beside the canvas a finger scrolls
    page.wait_for_function(f"(before) => ({_SCROLLED})() > before", arg=scrolled)


def test_a_second_finger_draws_nothing_and_undo_and_clear_take_a_finger_right_after_a_stroke(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server, width=390, height=844, touch=True)
    open_home(page, store)
    draw(page, CANVAS, "7", finger)
    alone = pixels(page, CANVAS)
    page.locator(f".st-key-{CANVAS} .clear").tap()
    devtools = page.context.new_cdp_session(page)
    first, palm = on_page(page, CANVAS, DIGITS["7"][0]), on_page(page, CANVAS, [(0.8, 0.8), (0.7, 0.9), (0.6, 0.9)])
    touch(devtools, "touchStart", first[0])
    touch(devtools, "touchStart", first[0], palm[0])
    for place, other in zip(first[1:], palm[1:], strict=True):
        touch(devtools, "touchMove", place, other)
    touch(devtools, "touchEnd")
    assert pixels(page, CANVAS) == alone
    assert read(page) == ["7"]
    for name in ("undo", "clear"):
        button = page.locator(f".st-key-{CANVAS} .{name}")
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= FINGER_PX
        button.tap()
        expect(page.locator(f".st-key-{CANVAS} .hint")).to_be_visible()
        draw(page, CANVAS, "7", finger)


def test_undo_in_the_midst_of_a_stroke_ends_it(visit: Visit, server: Server, store: Store) -> None:
    page = visit(server)
    open_home(page, store)
    draw(page, CANVAS, "1")
    page.locator(f".st-key-{CANVAS} .undo").focus()
    first, second = on_page(page, CANVAS, [(0.2, 0.2), (0.8, 0.2)])
    page.mouse.move(*first)
    page.mouse.down()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.mouse.move(*second, steps=3)
    page.mouse.up()
    expect(page.locator(f".st-key-{CANVAS} .hint")).to_be_visible()
