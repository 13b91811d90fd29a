"""A run that is watched: zoomed into, reloaded, and from another browser."""

from typing import Any

import psutil
from playwright.sync_api import Page, expect

from benchmarks.app_process import Server, wait_until
from core.settings import this_host
from core.store import Store
from tests.browser.conftest import Visit
from tests.support.studio_page import LONG_LINK, SOON_MS, curve, expect_state, run_of, see_results, train, wait_for_more

LOW = 500  # pixels, of a window in which the network is out of sight of the curves: it is not drawn anew then
# What is shown to those whose run it is not.
_NOTE_A_STRANGER = """new MutationObserver(() => {
  window.__stranger ||= Boolean(document.querySelector("[class*='st-key-use_']"));
}).observe(document, { childList: true, subtree: true });"""


def test_a_run_is_zoomed_into_reloaded_and_seen_by_another_browser_and_goes_on_without_its_foreman(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server, height=LOW)
    page.goto(LONG_LINK)
    run_id = train(page)
    before = zoom_and_back(page)

    page.add_init_script(_NOTE_A_STRANGER)
    page.reload()
    expect(page.locator(".st-key-run_stop")).to_be_visible(timeout=SOON_MS)
    assert not page.evaluate("() => window.__stranger")
    after = wait_for_more(page, int(before["step"]))
    assert run_of(page) == run_id
    assert int(after["points"]) >= int(before["points"])

    (old,) = foremen(store)
    old.kill()
    other = visit(server, height=LOW)
    other.goto(page.url)
    seen = wait_for_more(other, 0)
    wait_for_more(other, int(seen["step"]))
    expect(other.locator(".st-key-run_stop")).to_have_count(0)
    wait_until(lambda: foremen(store) and old not in foremen(store), SOON_MS / 1000, "another foreman takes over")

    page.locator(".st-key-run_stop button").click()  # the reload left the run mine
    for watching in (page, other):
        expect_state(watching, "Stopped")
        expect(watching.get_by_role("button", name="See results")).to_be_visible(timeout=SOON_MS)
    see_results(other)
    assert len(store.runs.list(owners=[store.runs.get(run_id).owner])) == 1
    assert len(foremen(store)) == 1


def zoom_and_back(page: Page) -> dict[str, Any]:
    """See that a zoom stays while points arrive, and that a double click ends it."""
    drag(page)
    zoomed = wait_for_more(page, int(curve(page)["step"]))
    assert zoomed["zoomed"] == "true"
    later = wait_for_more(page, int(zoomed["step"]))
    assert (later["zoomed"], later["range"]) == ("true", zoomed["range"])
    assert int(later["points"]) > int(zoomed["points"])
    page.locator(".charts .plot .nsewdrag").first.dblclick()
    after = wait_for_more(page, int(later["step"]))
    assert after["zoomed"] == "false"
    return after


def drag(page: Page) -> None:
    """Mark the second quarter of the loss chart with the mouse."""
    area = page.locator(".charts .plot .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.25 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], y, steps=8)
    page.mouse.up()


def foremen(store: Store) -> list[psutil.Process]:
    """Return the living foremen that the store lists for this host."""
    listed = [row["pid"] for row in store.processes.of(this_host()) if row["role"] == "foreman"]
    return [psutil.Process(pid) for pid in listed if psutil.pid_exists(pid)]
