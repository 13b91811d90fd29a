"""How long it takes from the first shot of two things to a network that tells them apart before the camera.

    python benchmarks/camera.py [--bursts 3] [--pictures 8]

Chromium's fake camera shows two photos in turn, two seconds each, slightly moved all the time. A mouse holds the button
of the class that is seen, burst by burst, then presses Train. Prints one JSON line:

    shooting_s   from the first shot to the click on Train, waiting for the other photo included
    train_s      from that click to the first answer
    right_s      from the first shot until both photos have been answered right, 99 % sure
    answers_per_s   after training
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import Server, end_processes, launch, visitor, wait_for_spare
from core.settings import Settings

HEIGHT, WIDTH, SHOWN, RATE = 240, 320, 8, 4  # pixels, pixels, frames of a photo, frames per second
LONG_MS = 120_000.0
# Whether the camera sees the first photo, whose middle is the brighter one.
_SEES = """(first) => { const video = document.querySelector(".photos video");
  const pen = new OffscreenCanvas(8, 8).getContext("2d");
  if (!video?.videoWidth) return false;
  pen.drawImage(video, 0, 0, 8, 8);
  const blue = pen.getImageData(0, 0, 8, 8).data.filter((_, index) => index % 4 === 2);
  return (blue.reduce((sum, each) => sum + each) / 64 > 100) === first; }"""
_IS_RIGHT = f"""([first, row]) => ({_SEES})(first)
  && document.querySelectorAll(".photos .row span:last-child")[row]?.textContent.match(/^(99|100) %/)"""


def main() -> None:
    """Measure one visit with a warm worker."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bursts", type=int, default=3)
    parser.add_argument("--pictures", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        film(Path(folder) / "film.y4m")
        fake = f"--use-file-for-fake-video-capture={folder}/film.y4m"
        flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", fake)
        server = Server(Settings(Path(folder) / "home", Path(folder) / "data"))
        try:
            with launch(playwright, *flags) as browser, visitor(browser, server.url) as page:
                wait_for_spare(page)
                print(json.dumps(measure(page, options.bursts, options.pictures)), flush=True)
        finally:
            server.stop()
            end_processes(server.settings.home)


def film(path: Path) -> None:
    """Write both photos as Y4M, moved a little in each frame; Chromium shows it over and over."""
    from sklearn.datasets import load_sample_images

    rng, photos = np.random.default_rng(0), load_sample_images().images
    parts = [f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode()]
    for photo in np.repeat(np.stack(photos), SHOWN, axis=0):
        y, x = rng.integers(0, 60, 2)
        seen = Image.fromarray(photo[y : y + 360, x : x + 480]).resize((WIDTH, HEIGHT)).convert("YCbCr")
        light, *colours = seen.split()
        parts += [b"FRAME\n", light.tobytes(), *(part.reduce(2).tobytes() for part in colours)]
    path.write_bytes(b"".join(parts))


def measure(page: Page, bursts: int, pictures: int) -> dict[str, float]:
    """Shoot, train and wait for right answers; return the seconds of each."""
    page.goto("/data?data_view=Add+your+own")
    page.get_by_role("button", name="Camera on").click(timeout=LONG_MS)
    began = 0.0
    for _ in range(bursts):
        for number, first in ((0, True), (1, False)):
            page.wait_for_function(_SEES, arg=not first)
            page.wait_for_function(_SEES, arg=first)
            began = began or time.monotonic()
            shoot(page, number, pictures)
    clicked = time.monotonic()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".photos .row").first).to_be_visible(timeout=LONG_MS)
    answered = time.monotonic()
    for row, first in ((0, True), (1, False)):
        page.wait_for_function(_IS_RIGHT, arg=[first, row], timeout=LONG_MS)
    right = time.monotonic()
    expect(page.get_by_role("button", name="Train again")).to_be_visible(timeout=LONG_MS)
    before = int(page.locator(".photos").get_attribute("data-answered") or 0)
    page.wait_for_timeout(5000)
    after = int(page.locator(".photos").get_attribute("data-answered") or 0)
    return {
        "shooting_s": round(clicked - began, 1),
        "train_s": round(answered - clicked, 1),
        "right_s": round(right - began, 1),
        "answers_per_s": round((after - before) / 5, 1),
    }


def shoot(page: Page, number: int, pictures: int) -> None:
    """Hold a class's button until some pictures are taken."""
    box = page.locator(".photos section").nth(number)
    count = box.locator(".thumbs button").count()
    box.locator(".shoot").hover()
    page.mouse.down()
    expect(box.locator(".thumbs button").nth(count + pictures - 1)).to_be_attached()
    page.mouse.up()


if __name__ == "__main__":
    main()
