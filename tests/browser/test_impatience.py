"""Somebody who does not wait until the page is there."""

from playwright.sync_api import expect

from benchmarks.app_process import Server, settle
from core.store import Store
from tests.browser.conftest import Visit
from tests.browser.studio_page import SOON_MS, TINY, run_of

# Presses Train in the moment in which it appears.
_PRESS_AT_ONCE = """new MutationObserver((changes, observer) => {
  const train = document.querySelector(".st-key-train button");
  if (train && !train.disabled) { observer.disconnect(); train.click(); }
}).observe(document, { childList: true, subtree: true });"""


def test_train_pressed_at_once_trains_what_the_link_says_and_leaves_the_form_so(
    visit: Visit, server: Server, store: Store
) -> None:
    for seed in (71, 72, 73):  # networks that no other test has looked at: the first look takes time
        page = visit(server)
        page.add_init_script(_PRESS_AT_ONCE)
        page.goto(f"/cnn?{TINY}&max_images=2000&epochs=7&learning_rate=0.05&seed={seed}")
        page.wait_for_function("() => new URL(location).searchParams.has('run')", timeout=SOON_MS)
        settle(page)
        config = store.runs.get(run_of(page)).config
        assert (config["learning_rate"], config["epochs"], config["seed"]) == (0.05, 7, seed)
        for name, shown in (("learning_rate", "0.05"), ("epochs", "7")):
            slider = page.locator(f".st-key-cnn_{name} input[type=range]")
            expect(slider).to_have_attribute("aria-valuetext", shown)
