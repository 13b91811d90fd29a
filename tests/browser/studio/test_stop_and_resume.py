"""Stop stops, and Resume goes on from there."""

from playwright.sync_api import expect

from benchmarks.app_process import Server, wait_until
from core.store import Status, Store
from tests.browser.conftest import SOON_S, Visit
from tests.support.studio_page import MEDIUM_LINK, expect_state, see_results, train


def test_stop_stops_within_ten_seconds_and_resume_goes_on_to_the_end(
    visit: Visit, server: Server, store: Store
) -> None:
    page = visit(server)
    page.goto(MEDIUM_LINK)
    run_id = train(page)
    page.locator(".st-key-run_stop button").click()
    expect_state(page, "Stopped at step", seconds=10)
    stopped = store.runs.get(run_id)
    assert stopped.status is Status.STOPPED
    at, total = stopped.progress["step"], stopped.progress["total_steps"]
    assert 0 < at < total

    page.get_by_role("button", name="Resume").click()
    wait_until(lambda: not store.runs.get(run_id).status.is_final, SOON_S, "the run is queued again")
    steps = [at]

    def has_ended() -> bool:
        run = store.runs.get(run_id)
        steps.append(run.progress.get("step", steps[-1]))
        return run.status.is_final

    wait_until(has_ended, SOON_S, "the resumed run has ended")
    assert steps == sorted(steps)
    assert store.runs.get(run_id).status is Status.SUCCEEDED
    assert [point.step for point in store.metrics.since(run_id)] == list(range(total + 1))
    expect_state(page, "Finished")
    see_results(page)
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)
