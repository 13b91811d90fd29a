"""A trained GAN is explored by mouse, thumb and keys, with a real probe behind it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.app_process import Server, settle
from core.families import find_family
from core.jobs import submit_training
from core.store import Run, Status, Store
from core.store.records import LOCAL
from tests.browser.conftest import SOON_S, Visit, wait_until
from tests.browser.studio_page import SOON_MS, expect_moving

TOOLS = {"Path": "explore_slerp", "Plane": "explore_plane", "Arithmetic": "explore_sum", "Classes": "explore_grid"}
FITS = "() => document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture
def run(server: Server, store: Store) -> Run:
    """A conditional GAN that has trained for a moment."""
    family = find_family("gan")
    preset = family.presets["conditional"]
    run = submit_training(store, family, preset.config.changed(["steps=12"]), "mnist_5k", LOCAL, preset=preset)
    wait_until(lambda: store.runs.get(run.id).status is Status.SUCCEEDED, 2 * SOON_S, "the GAN has trained")
    return run


def sample(page: Page, number: int) -> Locator:
    return page.locator(".st-key-explore_sheet").get_by_role("button", name=re.compile(rf"^sample {number} "))


def expect_sample(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", name=f"Sample {number} ")).to_be_visible(timeout=SOON_MS)
    expect(sample(page, number)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("The nearest training image is")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".st-key-explore_d img").first).to_be_visible(timeout=SOON_MS)


def test_samples_are_chosen_by_click_and_by_keys_and_every_tool_fits_a_phone(
    visit: Visit, server: Server, run: Run
) -> None:
    page = visit(server)
    page.goto(f"/gan?run={run.id}&gan_view=Explore")
    expect_sample(page, 1)
    settle(page)
    sample(page, 7).click()
    expect_sample(page, 7)
    sample(page, 7).press("ArrowRight")
    expect(sample(page, 8)).to_be_focused()
    page.keyboard.press("Enter")
    expect_sample(page, 8)
    assert page.evaluate(FITS)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(FITS, timeout=SOON_MS)
    sample(page, 9).click()
    expect_sample(page, 9)
    box = sample(page, 9).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    for tool, drawn in TOOLS.items():
        page.get_by_role("radio", name=tool, exact=True).click()
        expect(page.locator(f".st-key-{drawn} img").first).to_be_visible(timeout=SOON_MS)
        settle(page)
        assert page.evaluate(FITS), tool
    page.get_by_role("radio", name="Walk", exact=True).click()
    expect_moving(page, ".st-key-walk_film img")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Save the film").click()
    assert taken.value.suggested_filename.endswith(".webp")
    assert page.evaluate(FITS)
    expect(page.get_by_test_id("stException")).to_have_count(0)
