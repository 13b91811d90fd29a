"""Somebody who does not wait until the page is there."""

from playwright.sync_api import expect

from benchmarks.app_process import Server, settle
from core.families.cnn import PRESETS
from core.store import Store
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, TINY, expect_form_there, expect_shape, open_form, run_of, slider

# Presses Train in the moment in which it appears.
_PRESS_AT_ONCE = """new MutationObserver((changes, observer) => {
  const train = document.querySelector(".st-key-train button");
  if (train && !train.disabled) { observer.disconnect(); train.click(); }
}).observe(document, { childList: true, subtree: true });"""
# A server far away: the page hears of everything so many milliseconds later.
_FAR = """const Near = WebSocket;
window.WebSocket = class extends Near {
  addEventListener(type, listener, more) {
    const late = (event) => setTimeout(() => listener.call(this, event), 600);
    super.addEventListener(type, type === "message" ? late : listener, more);
  }
};"""


def test_train_pressed_at_once_trains_what_the_link_says_and_leaves_the_form_so(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server)
    page.add_init_script(_PRESS_AT_ONCE)
    # A seed that no other test has looked at: the first look takes time.
    page.goto(f"/cnn?{TINY}&max_images=2000&epochs=7&learning_rate=0.05&seed=71")
    page.wait_for_function("() => new URL(location).searchParams.has('run')", timeout=SOON_MS)
    settle(page)
    config = store.runs.get(run_of(page)).config
    assert (config["learning_rate"], config["epochs"], config["seed"]) == (0.05, 7, 71)
    for name, shown in (("learning_rate", "0.05"), ("epochs", "7")):
        expect(slider(page, name)).to_have_attribute("aria-valuetext", shown)


def test_train_pressed_before_a_far_server_has_answered_trains_the_preset_that_was_just_chosen(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server)
    page.add_init_script(_FAR)
    open_form(page, "/cnn?preset=tiny_resnet")
    page.get_by_role("radio", name="No convolution").click()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function("() => new URL(location).searchParams.has('run')", timeout=SOON_MS)
    expect_form_there(page)
    run, preset = store.runs.get(run_of(page)), PRESETS["no_convolution"]
    assert (run.preset, run.config) == (preset.id, preset.config.to_dict())
    expect_shape(page, "dense_2", "64")
    expect(slider(page, "learning_rate")).to_have_attribute("aria-valuetext", f"{preset.config.learning_rate:g}")
    expect(slider(page, "epochs")).to_have_attribute("aria-valuetext", str(preset.config.epochs))


def test_seven_quick_clicks_are_one_run(visit: Visit, server: Server, store: Store) -> None:
    page = visit(server)
    open_form(page, f"/cnn?{TINY}&max_images=2000&epochs=9&seed=77")
    box = page.get_by_role("button", name="Train", exact=True).bounding_box()
    assert box is not None
    for _ in range(7):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("() => new URL(location).searchParams.has('run')", timeout=SOON_MS)
    settle(page)
    queued = [run for run in store.runs.list() if run.config["seed"] == 77 and run.config["epochs"] == 9]
    assert [run.id for run in queued] == [run_of(page)]
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    expect(page.get_by_text("The same run")).to_have_count(0)
