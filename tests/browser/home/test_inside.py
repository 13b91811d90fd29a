"""Inside in a real browser: draw, drag time back, click a map, point at a pixel, and read its sum."""

import re

from playwright.sync_api import expect

from benchmarks.app_process import Server
from core.runs.demo_run import find_demo_run
from core.store import Store
from tests.browser.conftest import Visit
from tests.support.drawing_hand import draw, expect_answered
from tests.support.home_page import await_demo_run

CANVAS = "inside_canvas"


def test_a_drawing_lights_the_network_up_down_to_the_arithmetic_of_a_pixel(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server, width=1280, height=800)
    await_demo_run(page, store)
    run = find_demo_run(store)
    assert run is not None
    page.goto(f"/inside?run={run.id}")
    expect(page.locator(f".st-key-{CANVAS} canvas")).to_be_visible()
    draw(page, CANVAS, "7")
    expect_answered(page, CANVAS)
    best = page.locator(".layers .bar.best")
    expect(best).to_have_text(re.compile("^7"))
    time = page.locator(".timeline input")
    time.focus()
    page.keyboard.press("Home")
    expect(page.locator(".timeline")).to_have_attribute("data-shown", "0")
    expect(page.locator(".layers")).to_have_attribute("data-snapshot", "0")
    page.keyboard.press("End")
    expect(page.locator(".layers")).not_to_have_attribute("data-snapshot", "0")
    page.locator(".layers [data-layer=conv_2] canvas").click(position={"x": 20, "y": 20})
    expect(page.locator(".layers")).to_have_attribute("data-unit", re.compile(r"^conv_2\.\d+$"))
    page.locator(".layers .out .marks").hover(position={"x": 30, "y": 50})
    lines = page.locator(".layers .lines")
    expect(lines).to_be_in_viewport()
    written = lines.inner_text().replace("\N{MINUS SIGN}", "-")
    value, own = re.findall(r"ReLU\(.*\) = ([\d.]+)\s+The network computed ([\d.]+)\.", written)[0]
    assert value == own
    page.locator(".layers .out .marks").focus()
    before = page.locator(".layers .title").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(".layers .title").inner_text() != before
    page.locator(".layers .crumbs button", has_text="Network").click()
    expect(best).to_be_visible()
