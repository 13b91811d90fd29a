"""Try it in a real browser: from the camera, and from one way of giving a picture to another."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from benchmarks.app_process import CHROMIUM, FLAGS, Server, visitor
from core.runs.demo_run import find_demo_run
from core.store import Store
from tests.browser.conftest import Visit
from tests.support.drawing_hand import DIGITS, draw, pixels
from tests.support.home_page import await_demo_run
from tests.support.studio_page import SOON_MS

CANVAS = "try_canvas"
WIDTH, HEIGHT, PAPER, INK = 640, 480, 210, 40


def open_try(page: Page, store: Store, how: str) -> None:
    """Open the page of the demo network, and choose how to give it a picture."""
    await_demo_run(page, store)
    demo = find_demo_run(store)
    assert demo is not None
    page.goto(f"/try?run={demo.id}")
    page.get_by_role("radio", name=how).click()


@pytest.fixture
def page_with_camera(browser: Browser, server: Server, tmp_path: Path) -> Iterator[Page]:
    """A browser before whose camera lies a sheet of paper with a 7 on it."""
    film(tmp_path / "paper.y4m", "7")
    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'paper.y4m'}",
    ]
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
    with other, visitor(other, server.url, width=390, height=844) as page:
        page.context.grant_permissions(["camera"])
        yield page


def film(path: Path, digit: str) -> None:
    """Write one frame of a digit in dark ink on paper, as Y4M; Chromium shows it over and over."""
    sheet = Image.new("L", (WIDTH, HEIGHT), PAPER)
    edge = (WIDTH - HEIGHT) / 2
    for stroke in DIGITS[digit]:
        places = [(edge + x * HEIGHT, y * HEIGHT) for x, y in stroke]
        ImageDraw.Draw(sheet).line(places, fill=INK, width=26, joint="curve")
    grey = np.full(WIDTH * HEIGHT // 2, 128, np.uint8)  # both planes of colour, a quarter each
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\nFRAME\n".encode()
    path.write_bytes(head + np.asarray(sheet).tobytes() + grey.tobytes())


def test_a_digit_before_the_camera_is_shown_as_the_network_sees_it_and_read(
    page_with_camera: Page, store: Store
) -> None:
    page = page_with_camera
    open_try(page, store, "Camera")
    # Before its first frame a click takes no picture.
    page.wait_for_function("() => document.querySelector('video')?.videoWidth", timeout=SOON_MS)
    page.get_by_role("button", name="Take Photo").click()
    expect(page.locator(".st-key-try_reading .said")).to_have_text("7")
    seen = page.get_by_role("img", name="the picture as the network sees it")
    expect(seen).to_be_visible()
    expect(page.get_by_text("Upload can take")).to_have_count(0)


@pytest.mark.parametrize("permissions", [["camera"], []], ids=["no-camera", "not-allowed"])
def test_who_has_no_camera_or_keeps_it_to_themselves_is_told_another_way(
    visit: Visit, server: Server, store: Store, permissions: list[str]
) -> None:
    page = visit(server, width=390, height=844)
    page.context.grant_permissions(permissions)
    open_try(page, store, "Camera")
    expect(page.get_by_text("Upload can take")).to_be_visible()
    expect(page.get_by_role("button", name="Take Photo")).to_be_disabled()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_drawing_is_still_there_after_a_look_at_upload(visit: Visit, server: Server, store: Store) -> None:
    page = visit(server)
    open_try(page, store, "Draw")
    pad, verdict = page.locator(f".st-key-{CANVAS} .pad"), page.locator(".st-key-try_reading .said")
    draw(page, CANVAS, "4")
    expect(verdict).to_have_text("4")
    drawn = pixels(page, CANVAS)
    for how in ("Upload", "Camera"):
        page.get_by_role("radio", name=how).click()
        expect(pad).to_be_hidden()
        expect(page.get_by_text("is waiting for a picture")).to_be_visible()
        page.get_by_role("radio", name="Draw").click()
        expect(pad).to_be_visible()
        expect(verdict).to_have_text("4")
        assert pixels(page, CANVAS) == drawn
    for _ in DIGITS["4"]:
        page.locator(f".st-key-{CANVAS} .undo").click()
    expect(page.locator(f".st-key-{CANVAS} .hint")).to_be_visible()
    expect(page.get_by_text("is waiting for a picture")).to_be_visible()
