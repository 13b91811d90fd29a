"""Zooming into a chart that still grows."""

from playwright.sync_api import Page

from benchmarks.app_process import Server
from core.store import Store
from tests.browser.conftest import Visit
from tests.browser.studio_page import LONG_LINK, curve, train, wait_for_more


def test_a_zoom_stays_while_points_arrive_and_a_double_click_ends_it(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server)
    page.goto(LONG_LINK)
    train(page)
    wait_for_more(page, int(curve(page)["step"]))
    drag(page)
    zoomed = wait_for_more(page, int(curve(page)["step"]))
    assert zoomed["zoomed"] == "true"
    for _ in range(2):
        later = wait_for_more(page, int(curve(page)["step"]))
        assert (later["zoomed"], later["range"]) == ("true", zoomed["range"])
        assert int(later["points"]) > int(zoomed["points"])
    page.locator(".charts .plot .nsewdrag").first.dblclick()
    assert wait_for_more(page, int(curve(page)["step"]))["zoomed"] == "false"


def drag(page: Page) -> None:
    """Mark the second quarter of the loss chart with the mouse."""
    area = page.locator(".charts .plot .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.25 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], y, steps=8)
    page.mouse.up()
