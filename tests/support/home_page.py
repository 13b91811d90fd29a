"""Home as its tests see it."""

import re

from playwright.sync_api import Page, expect

from benchmarks.app_process import wait_until
from core.runs.demo_run import find_demo_run
from core.store import Status, Store
from tests.support.drawing_hand import expect_answered, verdicts
from tests.support.studio_page import SOON_MS

CANVAS, READING = "home_canvas", "home_reading"


def await_demo_run(page: Page, store: Store) -> None:
    """Wait until the demo network is trained; the first visit of a server queues it."""

    def is_trained() -> bool:
        run = find_demo_run(store)
        return run is not None and run.status is Status.SUCCEEDED

    if not is_trained():
        page.goto("/")
        wait_until(is_trained, SOON_MS / 1000, "the demo network is trained")


def open_home(page: Page, store: Store) -> None:
    """Open Home, and wait until the demo network can be asked."""
    await_demo_run(page, store)
    page.goto("/")
    expect(page.locator(f".st-key-{CANVAS} canvas")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(f".st-key-{READING} .sure").first).to_have_text("is ready", timeout=SOON_MS)


def read(page: Page) -> list[str]:
    """Wait for the answers to what is drawn, and return them."""
    expect_answered(page, CANVAS)
    expect(page.locator(f".st-key-{READING} .sure").first).to_have_text(re.compile("sure$"), timeout=SOON_MS)
    return verdicts(page, READING)
