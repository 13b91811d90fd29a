"""The CNN studio as its tests see it."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from benchmarks.app_process import settle

SOON_MS = 60_000  # a machine that is busy with something else may need so long
TINY = "layers=conv:4:3:relu,pool:max:4,flatten&schedule=constant"  # so small a network that the pages stay quick
TINY_LINK = f"/cnn?{TINY}&max_images=2000"  # a second of training
MEDIUM_LINK = f"/cnn?{TINY}&epochs=200&max_images=80000"  # some five to ten seconds
LONG_LINK = (  # so long that a test stops it
    "/cnn?layers=conv:16:3:relu,pool:max:2,conv:32:3:relu,pool:max:2,flatten,dense:32"
    "&schedule=constant&epochs=200&max_images=0"
)


def press_train(page: Page) -> str:
    """Press Train once the page has settled, and return the new run's id."""
    expect(page.locator(".st-key-setup")).to_be_visible(timeout=SOON_MS)
    settle(page)
    before = query_of(page).get("run", "")
    page.get_by_role("button", name="Train").click()
    page.wait_for_function(
        "(before) => (new URL(location).searchParams.get('run') ?? '') !== before", arg=before, timeout=SOON_MS
    )
    return run_of(page)


def train(page: Page) -> str:
    """Press Train, wait for the first trained point, and return the run's id."""
    run_id = press_train(page)
    wait_for_more(page, 0)
    return run_id


def run_of(page: Page) -> str:
    """Return the id of the run that the link names."""
    return parse_qs(urlsplit(page.url).query)["run"][0]


def query_of(page: Page) -> dict[str, str]:
    """Return the link's parameters."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


def curve(page: Page) -> dict[str, Any]:
    """Return what the loss chart says of itself: points, step, range, zoomed."""
    return page.evaluate("() => ({...document.querySelector('.charts .plot').dataset})")


def wait_for_more(page: Page, step: int) -> dict[str, Any]:
    """Wait until the loss chart has a later step, and return what it says then."""
    later = "(step) => +document.querySelector('.charts .plot')?.dataset.step > step"
    page.wait_for_function(later, arg=step, timeout=SOON_MS)
    return curve(page)


def state(page: Page) -> Locator:
    """Return the box that says where the run stands."""
    return page.locator(".st-key-run_state")


def expect_state(page: Page, words: str, *, seconds: float = SOON_MS / 1000) -> None:
    """Wait until the run's state begins with these words."""
    expect(state(page).locator("strong").first).to_have_text(re.compile(rf"^{words}"), timeout=1000 * seconds)


def expect_results(page: Page) -> None:
    """Wait until the results are on the page."""
    expect(page.get_by_text("Which is taken for which")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".st-key-confusion .js-plotly-plot")).to_be_visible(timeout=SOON_MS)


def expect_pictures(page: Page, key: str = "look_feature_maps") -> None:
    """Wait until pictures of the network are on the page."""
    expect(page.locator(f".st-key-{key} .pictures img").first).to_be_visible(timeout=SOON_MS)
