"""Two things before the camera of a phone become a network that tells them apart; and a computer without a camera."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.app_process import CHROMIUM, FLAGS, QUICK, Server, visitor
from tests.browser.conftest import POLL_MS, Visit
from tests.support.drawing_hand import touch
from tests.support.studio_page import SOON_MS

SIDE, SHOTS = 48, 3  # small pictures meet a small network, which learns in seconds
LIGHT, DARK = 200, 60
LINK = "/data?data_view=Add+your+own"
_SEES = """(light) => { const video = document.querySelector(".photos video");
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  if (!video?.videoWidth) return false;
  pen.drawImage(video, 0, 0, 1, 1);
  return (pen.getImageData(0, 0, 1, 1).data[0] > 128) === light; }"""
_IS_SAID = f"""([light, name]) => ({_SEES})(light) && document.querySelector(".photos .said").textContent === name"""


@pytest.fixture
def phone(browser: Browser, server: Server, tmp_path: Path) -> Iterator[Page]:
    """A phone whose camera sees a light and a dark thing in turn, a second each."""
    film(tmp_path / "things.y4m")
    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'things.y4m'}",
    ]
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, QUICK, *flags])
    with other, visitor(other, server.url, width=390, height=844, touch=True) as page:
        page.context.grant_permissions(["camera"])
        yield page


def film(path: Path) -> None:
    """Write a light and a dark pattern as Y4M; Chromium shows them over and over."""
    rng, grey = np.random.default_rng(0), np.full(SIDE * SIDE // 2, 128, np.uint8).tobytes()
    seen = [np.kron(rng.integers(light - 40, light + 40, (6, 6)), np.ones((8, 8))) for light in (LIGHT, DARK)]
    frames = b"".join(b"FRAME\n" + pattern.astype(np.uint8).tobytes() + grey for pattern in seen)
    path.write_bytes(f"YUV4MPEG2 W{SIDE} H{SIDE} F1:1 Ip A1:1 C420jpeg\n".encode() + frames)


def await_thing(page: Page, *, light: bool) -> None:
    """Wait until the camera has just begun to see the light or the dark thing."""
    page.wait_for_function(_SEES, arg=not light, polling=POLL_MS, timeout=SOON_MS)
    page.wait_for_function(_SEES, arg=light, polling=POLL_MS, timeout=SOON_MS)


def shoot(page: Page, box: Locator) -> None:
    """Hold a class's button with a finger until some pictures are taken."""
    before, button = box.locator(".thumbs button").count(), box.locator(".shoot")
    button.hover()  # scrolls until nothing covers it
    at, devtools = button.bounding_box(), page.context.new_cdp_session(page)
    assert at is not None
    touch(devtools, "touchStart", (at["x"] + at["width"] / 2, at["y"] + at["height"] / 2))
    expect(box.locator(".thumbs button").nth(before + SHOTS - 1)).to_be_attached()
    touch(devtools, "touchEnd")


def test_two_things_shot_with_a_phone_are_told_apart_a_moment_later(phone: Page) -> None:
    page = phone
    page.goto(LINK)
    boxes = page.locator(".photos section")
    expect(boxes).to_have_count(2, timeout=SOON_MS)
    page.get_by_role("button", name="Camera on").tap()
    for _ in range(2):
        for box, light in ((boxes.nth(0), True), (boxes.nth(1), False)):
            await_thing(page, light=light)
            shoot(page, box)
    boxes.nth(0).get_by_role("textbox").fill("paper")
    first = boxes.nth(0).locator(".thumbs button")
    count = first.count()
    first.last.tap()
    expect(first).to_have_count(count - 1)
    expect(page.locator(".photos")).to_have_attribute("data-unsaved", "0")
    page.reload()  # nothing is lost
    expect(boxes.nth(0).get_by_role("textbox")).to_have_value("paper", timeout=SOON_MS)
    expect(first.last.locator("img[src^=data]")).to_be_attached()
    expect(first).to_have_count(count - 1)
    page.get_by_role("button", name="Camera on").tap()
    expect(page.get_by_role("button", name="Camera off")).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).tap()
    for light, name in ((True, "paper"), (False, "Class 2")):
        page.wait_for_function(_IS_SAID, arg=[light, name], polling=POLL_MS, timeout=SOON_MS)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.get_by_role("button", name="Train again")).to_be_visible(timeout=SOON_MS)


def test_without_a_camera_files_and_the_keyboard_do_and_a_class_that_was_removed_is_put_back(
    visit: Visit, server: Server
) -> None:
    page, picture = visit(server), io.BytesIO()
    Image.new("RGB", (300, 200), (200, 30, 30)).save(picture, "PNG")
    page.goto(LINK)
    page.get_by_role("button", name="Hold to shoot Class 2").press("Enter", timeout=SOON_MS)
    expect(page.get_by_role("alert").filter(has_text="Choose pictures")).to_be_visible()
    files = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": picture.getvalue()} for n in range(2)]
    page.get_by_label("Choose pictures of Class 2").set_input_files([*files, {**files[0], "buffer": b"none"}])
    box = page.locator(".photos section").nth(1)
    expect(box.get_by_text("2 pictures from 2 bursts")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="This browser cannot open 0.png")).to_be_visible()
    page.get_by_role("button", name="Remove Class 2").press("Enter")
    expect(page.get_by_text("A network needs two classes to tell apart.")).to_be_visible()
    page.get_by_role("button", name="Put back").press("Enter")
    expect(box.get_by_text("2 pictures from 2 bursts")).to_be_visible()
    expect(page.get_by_text("Class 1 has no pictures.")).to_be_visible()
    expect(page.locator(".photos")).to_have_attribute("data-unsaved", "0")
    next((server.settings.home / "collected").glob("*/*/*.jpg")).write_bytes(b"")  # it cannot be shown, only removed
    page.reload()
    expect(box.get_by_text("2 pictures from 2 bursts")).to_be_visible(timeout=SOON_MS)
    expect(box.locator(".thumbs button:enabled")).to_have_count(2)
