"""A GAN in a real browser: from Train to its digits, its film and a walk through its noise."""

import re

from playwright.sync_api import Locator, Page, expect

from benchmarks.app_process import Server, settle
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, expect_moving

SMALL = (  # networks so small that a run takes a moment
    "/gan?steps=60&conditional=on&generator=project:8:relu,batch_norm:0.8,up:transposed:4:3:relu"
    "&discriminator=conv:4:3:leaky_relu:2:same"
)
TOOLS = {"Path": "explore_slerp", "Plane": "explore_plane", "Arithmetic": "explore_sum", "Classes": "explore_grid"}
FITS = "() => document.documentElement.scrollWidth <= innerWidth"
SAMPLES = ".st-key-look_samples"


def test_from_train_to_a_walk_through_the_noise(visit: Visit, server: Server) -> None:
    page = visit(server)
    page.goto(SMALL)
    settle(page)
    expect(page.locator(f"{SAMPLES} img")).to_have_count(1)
    drawing = page.locator(".st-key-network")
    expect(drawing.locator(".examples canvas[data-maps='18']")).to_have_count(2)
    box = drawing.locator("[data-layer='discriminator/conv_1']")
    box.click()
    expect(drawing.locator(".detail .tile")).to_have_count(4)
    expect(box).to_have_class(re.compile("edited"))  # its settings are open beside it
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".st-key-run_state")).to_contain_text("Finished")
    page.get_by_role("radio", name="Live").click()
    moment = page.get_by_role("slider", name=re.compile("Snapshot"))
    expect(page.locator(f"{SAMPLES} [data-snapshot]")).to_have_attribute("data-snapshot", "60")
    last = page.locator(f"{SAMPLES} img").get_attribute("src")
    moment.focus()
    page.keyboard.press("Home")
    expect(page.locator(f"{SAMPLES} [data-snapshot]")).to_have_attribute("data-snapshot", "0")
    assert page.locator(f"{SAMPLES} img").get_attribute("src") != last

    page.get_by_role("radio", name="Results").click()
    expect_moving(page, ".st-key-film img")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the film").click()
    assert saved.value.path().read_bytes()[8:12] == b"WEBP"

    page.get_by_role("radio", name="One step").click()
    page.get_by_role("radio", name="3 D's loss").click()
    expect(page.locator(".katex").first).to_be_visible()

    page.get_by_role("radio", name="Explore").click()
    expect(page.get_by_text("Is it a copy?")).to_be_visible()
    explore(page)


def explore(page: Page) -> None:
    """Choose samples by click, keys and thumb, and use every tool."""
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
    page.get_by_role("radio", name="Sliders", exact=True).click()
    large = page.locator(".latent canvas").first
    expect(large).to_be_visible(timeout=SOON_MS)
    before = large.evaluate("(canvas) => canvas.toDataURL()")
    page.get_by_role("slider", name="Direction 1").press("End")
    expect(page.locator(".latent[data-seen='1']")).to_be_visible()
    assert large.evaluate("(canvas) => canvas.toDataURL()") != before
    assert page.evaluate(FITS)
    for tool, drawn in TOOLS.items():
        page.get_by_role("radio", name=tool, exact=True).click()
        expect(page.locator(f".st-key-{drawn} img").first).to_be_visible(timeout=SOON_MS)
        settle(page)
        assert page.evaluate(FITS), tool
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("radio", name="Walk", exact=True).click()
    expect(page.locator(".st-key-walk_film img")).to_have_attribute("src", re.compile("^data:image/png"))
    page.get_by_role("button", name="Play").click()
    expect_moving(page, ".st-key-walk_film img")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Save the film").click()
    assert taken.value.suggested_filename.endswith(".webp")
    assert page.evaluate(FITS)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def sample(page: Page, number: int) -> Locator:
    return page.locator(".st-key-explore_sheet").get_by_role("button", name=re.compile(rf"^sample {number} "))


def expect_sample(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", name=f"Sample {number} ")).to_be_visible(timeout=SOON_MS)
    expect(sample(page, number)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("The nearest training image is")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".st-key-explore_d img").first).to_be_visible(timeout=SOON_MS)
