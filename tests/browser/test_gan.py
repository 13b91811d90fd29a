"""A GAN in a real browser: from Train to its digits, its film and a walk through its noise."""

import re

from playwright.sync_api import expect

from benchmarks.app_process import Server, settle, wait_for_spare
from tests.browser.conftest import Visit
from tests.browser.studio_page import expect_moving

SMALL = (  # networks so small that a run takes a moment
    "/gan?steps=60&generator=project:8:relu,batch_norm:0.8,up:transposed:4:3:relu"
    "&discriminator=conv:4:3:leaky_relu:2:same"
)
SAMPLES = ".st-key-look_samples"


def test_from_train_to_a_walk_through_the_noise(visit: Visit, server: Server) -> None:
    page = visit(server)
    page.goto("/")
    wait_for_spare(page)
    page.goto(SMALL)
    settle(page)
    expect(page.locator(f"{SAMPLES} img")).to_have_count(1)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".st-key-run_state")).to_contain_text("Finished")
    page.get_by_role("radio", name="Live").click()
    moment = page.get_by_role("slider", name=re.compile("Saved moment"))
    expect(page.locator(f"{SAMPLES} [data-moment]")).to_have_attribute("data-moment", "60")
    last = page.locator(f"{SAMPLES} img").get_attribute("src")
    moment.focus()
    page.keyboard.press("Home")
    expect(page.locator(f"{SAMPLES} [data-moment]")).to_have_attribute("data-moment", "0")
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
    page.get_by_role("radio", name="Path").click()
    expect(page.get_by_text("around the middle", exact=False).first).to_be_visible()
    settle(page)
    assert not page.get_by_test_id("stException").count()


def test_points_cover_their_ring_on_the_page(visit: Visit, server: Server) -> None:
    page = visit(server, width=390, dark=True)
    page.goto("/gan?preset=ring&steps=60")
    settle(page)
    strip = page.locator(".st-key-network_generator [tabindex]")
    expect(strip).to_have_class("more")  # it fades where it goes on
    strip.evaluate("(one) => one.scrollTo(9999, 0)")
    expect(strip).not_to_have_class("more")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".st-key-run_state")).to_contain_text("Finished")
    page.get_by_role("radio", name="Live").click()
    expect(page.locator(".st-key-look_plane img")).to_have_count(1)
    expect(page.locator(".st-key-look_plane [data-moment]")).to_have_attribute("data-moment", "60")
    width = page.evaluate("document.querySelector('.st-key-look_plane img').getBoundingClientRect().right")
    assert width <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
