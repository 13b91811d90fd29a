"""Processes that die while somebody watches."""

import signal

from benchmarks.app_process import Server, processes_of, wait_until
from core.settings import Settings
from core.store import Status, Store
from tests.browser.conftest import SOON_S, Start, Visit
from tests.support.studio_page import MEDIUM_LINK, TINY, expect_pictures, expect_results, expect_state, run_of, train


def test_a_run_outlives_its_server_and_a_new_server_shows_it(
    visit: Visit, server: Server, start: Start, settings: Settings, store: Store
) -> None:
    first = start(settings)
    page = visit(first)
    page.goto(MEDIUM_LINK)
    run_id = train(page)
    link = page.url
    first.stop(signal.SIGKILL)
    at = store.runs.get(run_id).progress["step"]
    wait_until(lambda: store.runs.get(run_id).progress["step"] > at, SOON_S, "the worker goes on without a server")
    start(settings, first.port)
    expect_state(page, "Finished")  # the page that was open finds the new server by itself
    page.goto(link)
    expect_state(page, "Finished")
    expect_results(page)
    assert run_of(page) == run_id
    run = store.runs.get(run_id)
    assert run.status is Status.SUCCEEDED
    assert [point.step for point in store.metrics.since(run_id)] == list(range(run.progress["total_steps"] + 1))


def test_another_probe_answers_the_next_question(visit: Visit, server: Server, settings: Settings) -> None:
    page = visit(server)
    page.goto(f"/cnn?{TINY}&seed=91")  # no other test asks about this network, so that no answer is kept
    expect_pictures(page)
    (old,) = processes_of(settings.home, "core.probe.server")
    old.kill()
    page.goto(f"/cnn?{TINY}&seed=92")
    expect_pictures(page)
    (new,) = processes_of(settings.home, "core.probe.server")
    assert new.pid != old.pid
