"""My runs with the mouse, and what a stranger sees of them."""

import re

import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from benchmarks.app_process import Server, settle
from core.store import Run, Store
from core.store.records import hash_key
from core.store.runs.catalog import UNDO_S
from core.store.schema import runs
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS

OWNER = "() => localStorage.getItem('glassbox-owner')"


def test_a_run_is_starred_renamed_noted_published_only_seen_by_a_stranger_and_deleted_with_and_without_undo(
    visit: Visit, server: Server, store: Store, given_run: Run
) -> None:
    page = visit(server)
    run = given_to(page, store, given_run)
    row_of(page, run).get_by_role("button", name="☆").click()
    expect(row_of(page, run).get_by_role("button", name="★")).to_be_visible(timeout=SOON_MS)
    choose(page, run, "Name, note, tags")
    page.get_by_role("textbox", name="Name").fill("a better name")
    page.get_by_role("textbox", name="Note").fill("see the curve")
    page.get_by_role("button", name="Save").click()
    expect(row_of(page, run).get_by_text("a better name")).to_be_visible(timeout=SOON_MS)
    assert store.runs.get(run.id).note == "see the curve"
    choose(page, run, "Publish")
    expect(row_of(page, run).get_by_text(re.compile("published"))).to_be_visible(timeout=SOON_MS)

    stranger = visit(server)
    stranger.goto("/")
    expect(row_of(stranger, run).get_by_text("a better name")).to_be_visible(timeout=SOON_MS)
    expect(row_of(stranger, run).get_by_role("button")).to_have_count(0)

    choose(page, run, "Delete")
    expect(row_of(page, run).get_by_text("Deleted.")).to_be_visible(timeout=SOON_MS)
    row_of(page, run).get_by_role("button", name="Undo").click()
    expect(row_of(page, run).get_by_role("button", name="More")).to_be_visible(timeout=SOON_MS)
    choose(page, run, "Delete")
    expect(row_of(page, run).get_by_text("Deleted.")).to_be_visible(timeout=SOON_MS)
    long_ago(store, run)
    expect(row_of(page, run)).to_have_count(0, timeout=SOON_MS)
    page.goto(f"/cnn?run={run.id}")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("was deleted|there is no run"), timeout=SOON_MS)


def long_ago(store: Store, run: Run) -> None:
    """Let the time pass in which a deleted run can be brought back."""
    with store.engine.begin() as connection:
        connection.execute(sa.update(runs).where(runs.c.id == run.id).values(deleted=runs.c.deleted - UNDO_S))


def given_to(page: Page, store: Store, run: Run) -> Run:
    """Give the visitor a run, and show it on Home."""
    page.goto("/")
    settle(page)
    page.wait_for_function(OWNER, timeout=SOON_MS)
    with store.engine.begin() as connection:
        connection.execute(sa.update(runs).where(runs.c.id == run.id).values(owner=hash_key(page.evaluate(OWNER))))
    page.reload()
    expect(row_of(page, run)).to_be_visible(timeout=SOON_MS)
    settle(page)
    return run


def row_of(page: Page, run: Run) -> Locator:
    return page.locator(f".st-key-run_{run.id}")


def choose(page: Page, run: Run, action: str) -> None:
    """Choose an action in the menu of a run."""
    row_of(page, run).get_by_role("button", name="More").click()
    page.get_by_text(action, exact=True).click()
