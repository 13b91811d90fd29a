"""A run that is watched from more than one page."""

from playwright.sync_api import expect

from benchmarks.app_process import Server
from core.store import Store
from tests.browser.conftest import Visit
from tests.browser.studio_page import LONG_LINK, curve, expect_results, expect_state, run_of, train, wait_for_more


def test_a_reload_and_another_browser_see_the_run_go_on(visit: Visit, server: Server, store: Store) -> None:
    page = visit(server)
    page.goto(LONG_LINK)
    run_id = train(page)
    before = wait_for_more(page, int(curve(page)["step"]))

    page.reload()
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
        expect_results(watching)
    assert len(store.runs.list(owners=[store.runs.get(run_id).owner])) == 1
