"""A run's results, and its curves, as hands use them."""

import re

from playwright.sync_api import Page, expect

from benchmarks.app_process import Server, settle
from core.store import Run
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, expect_results

# Whether settings have ever stood above what there is to watch, once that could be read.
_NOTE_A_JUMP = """new MutationObserver(() => {
  const [watched, settings] = ["run_state", "setup"].map((key) => document.querySelector(`.st-key-${key}`));
  const top = (part) => part.getBoundingClientRect().top;
  if (watched?.textContent.trim() && settings) window.__jumped = window.__jumped || top(settings) < top(watched);
}).observe(document, { childList: true, subtree: true });"""
SLOWER = 4  # times; what comes late then must not move what is there


def open_cell(page: Page) -> None:
    expect(page.locator(".st-key-cell")).to_contain_text(
        re.compile(r"Is \d, predicted \d: showing \d+ of \d+"), timeout=SOON_MS
    )
    expect(page.locator(".st-key-cell img").first).to_be_visible(timeout=SOON_MS)


def test_a_cell_of_the_matrix_opens_and_closes_and_the_curves_are_seen_by_time_smoothed_and_lead_to_a_snapshot(
    visit: Visit, server: Server, past_run: Run
) -> None:
    page = visit(server)
    page.goto(f"/cnn?run={past_run.id}")
    expect_results(page)
    settle(page)
    wrong = page.get_by_role("button", name=re.compile("^is 0, predicted 1: "))
    wrong.click()
    open_cell(page)
    expect(wrong).to_have_attribute("aria-pressed", "true")
    wrong.click()
    expect(page.locator(".st-key-cell")).to_have_count(0, timeout=SOON_MS)
    page.keyboard.press("ArrowLeft")
    right = page.get_by_role("button", name=re.compile("^is 0, correctly predicted 0: "))
    expect(right).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    open_cell(page)
    expect(wrong).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("radio", name="Live").click()
    expect(page.locator(".network")).to_be_visible(timeout=SOON_MS)  # the curves of the results are gone
    plot, note = page.locator(".charts .plot").first, page.locator(".charts .note").first
    expect(plot).to_have_attribute("data-points", "101", timeout=SOON_MS)
    expect(note).to_have_text("Raw numbers, no smoothing. Every step is drawn.")
    box = plot.locator(".nsewdrag").bounding_box()
    assert box is not None
    at = box["x"] + 0.5 * box["width"]
    page.mouse.move(at, box["y"] + 0.3 * box["height"])
    told = plot.locator(".hoverlayer .legend")
    expect(told).to_contain_text(re.compile(r"step \d+"))
    step = int(re.search(r"step (\d+)", told.text_content() or "")[1])  # type: ignore[index]
    assert 45 <= step <= 55
    expect(told).to_contain_text(f"{2.3 / (1 + step):.4g}")  # its loss, with no digit that is none
    beside = told.bounding_box()
    assert beside is not None
    assert abs(beside["x"] - at) < box["width"] / 2 + 20
    page.get_by_role("button", name="Seconds").click()
    expect(plot.locator(".xtitle")).to_have_text("seconds of training")
    shown = "(plot) => [plot.data[0].x.at(-1), plot.data.length, plot._fullLayout.yaxis.type]"
    assert plot.evaluate(shown) == [10, 2, "linear"]
    page.get_by_role("button", name="Log scale").press("Enter")
    page.get_by_role("slider", name="Smoothing").fill("0.9")
    expect(note).to_have_text(re.compile("The faint line is raw. Every step is drawn. A log scale cannot"))
    assert plot.evaluate(shown) == [10, 3, "log"]
    raw, smooth = plot.evaluate("(plot) => [plot.data[0].y, plot.data[2].y].map((y) => y.slice(0, 3))")
    mean = raw[0]  # by hand: the weights of a running mean that keeps 0.9, made to add up to 1
    assert abs(smooth[0] - mean) < 1e-9
    assert abs(smooth[1] - (0.09 * raw[0] + 0.1 * raw[1]) / 0.19) < 1e-9

    network = page.locator(".st-key-network .network")
    expect(network).to_have_attribute("data-snapshot", "100")
    page.get_by_role("button", name="Step 31: the learning rate begins to fall, from 0.02").click()
    expect(network).to_have_attribute("data-snapshot", "0")  # of the two that there are, the nearer one
    expect(network).to_be_in_viewport()


def test_on_a_slow_phone_settings_are_a_tap_away_and_the_matrix_says_that_it_scrolls(
    visit: Visit, server: Server, past_run: Run
) -> None:
    page = visit(server, width=390, height=844, touch=True)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(_NOTE_A_JUMP)
    page.goto(f"/cnn?run={past_run.id}")
    expect_results(page)
    assert page.evaluate("() => window.__jumped") is False
    settle(page)
    expect(page.locator(".st-key-confusion .hint")).to_have_text(
        "The 10 classes do not all fit here: scroll the table sideways."
    )
    slider = page.locator("[class*='st-key-cnn_epochs-']")
    expect(slider).not_to_be_in_viewport()
    page.get_by_role("link", name="Settings").tap()
    expect(slider).to_be_in_viewport(timeout=SOON_MS)
    expect_results(page)
