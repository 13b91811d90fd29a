"""Processes that die while somebody watches."""

import signal

import psutil
from playwright.sync_api import expect

from benchmarks.app_process import Server, processes_of, wait_until
from core.settings import Settings, this_host
from core.store import Status, Store
from tests.browser.conftest import SOON_S, Start, Visit
from tests.browser.studio_page import (
    MEDIUM_LINK,
    SOON_MS,
    TINY,
    expect_pictures,
    expect_results,
    expect_state,
    run_of,
    see_results,
    train,
)


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


def test_another_foreman_takes_over_while_a_page_watches(visit: Visit, server: Server, store: Store) -> None:
    page = visit(server)
    page.goto(MEDIUM_LINK)
    run_id = train(page)
    (old,) = foremen(store)
    old.kill()
    wait_until(lambda: [new for new in foremen(store) if new != old], SOON_S, "another foreman is there")
    wait_until(lambda: store.runs.get(run_id).status.is_final, SOON_S, "the run has ended")
    assert store.runs.get(run_id).status is Status.SUCCEEDED
    see_results(page)
    assert len(foremen(store)) == 1


def test_another_probe_answers_the_next_question(
    visit: Visit, server: Server, start: Start, settings: Settings
) -> None:
    page = visit(start(settings))  # a server with no answers of other tests in its cache
    page.goto(f"/cnn?{TINY}")
    expect_pictures(page)
    (old,) = processes_of(settings.home, "core.probe.server")
    old.kill()
    page.get_by_role("radio", name="Article CNN").click()
    expect(page.get_by_text("conv_1: 32 kernels of 3x3")).to_be_visible(timeout=SOON_MS)
    expect_pictures(page)
    (new,) = processes_of(settings.home, "core.probe.server")
    assert new.pid != old.pid


def foremen(store: Store) -> list[psutil.Process]:
    """Return the living foremen that the store lists for this host."""
    listed = [row["pid"] for row in store.processes.of(this_host()) if row["role"] == "foreman"]
    return [psutil.Process(pid) for pid in listed if psutil.pid_exists(pid)]
