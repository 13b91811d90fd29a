"""A run that is watched from more than one page."""

from playwright.sync_api import expect

from benchmarks.app_process import Server
from core.store import Store
from tests.browser.conftest import Visit
from tests.browser.studio_page import LONG_LINK, SOON_MS, curve, expect_state, run_of, see_results, train, wait_for_more

# What is shown to those whose run it is not.
_NOTE_A_STRANGER = """new MutationObserver(() => {
  window.__stranger ||= Boolean(document.querySelector("[class*='st-key-use_']"));
}).observe(document, { childList: true, subtree: true });"""


def test_a_reload_and_another_browser_see_the_run_go_on(visit: Visit, server: Server, store: Store) -> None:
    page = visit(server)
    page.goto(LONG_LINK)
    run_id = train(page)
    before = wait_for_more(page, int(curve(page)["step"]))

    page.add_init_script(_NOTE_A_STRANGER)
    page.reload()
    expect(page.locator(".st-key-run_stop")).to_be_visible(timeout=SOON_MS)
    assert not page.evaluate("() => window.__stranger")
    after = wait_for_more(page, int(before["step"]))
    assert run_of(page) == run_id
    assert int(after["points"]) >= int(before["points"])

    other = visit(server)
    other.goto(page.url)
    seen = wait_for_more(other, int(before["step"]))
    wait_for_more(other, int(seen["step"]))
    expect(other.locator(".st-key-run_stop")).to_have_count(0)

    page.locator(".st-key-run_stop button").click()  # the reload left the run mine
    for watching in (page, other):
        expect_state(watching, "Stopped")
        see_results(watching)
    assert len(store.runs.list(owners=[store.runs.get(run_id).owner])) == 1
