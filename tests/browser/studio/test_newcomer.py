"""The way of somebody who has never been here, with the mouse."""

import json
import os
import subprocess
import sys
from typing import Any

import psutil
from playwright.sync_api import Page, expect

from benchmarks.app_process import ROOT, Server
from core.settings import Settings
from core.store import Store
from tests.browser.conftest import Visit
from tests.support.studio_page import SOON_MS, expect_pictures, expect_results, run_of, see_results

# Notes how many points the loss chart has, at which step its curve begins, and each moment of the network.
_WATCH = """() => {
  const seen = window.__seen = { points: [], first: [], snapshots: [] };
  const note = (list, value) => { if (value && list[list.length - 1] !== value) list.push(value); };
  const look = () => {
    const plot = document.querySelector(".charts .plot");
    const network = document.querySelector(".st-key-network .network");
    note(seen.points, plot?.dataset.points);
    note(seen.first, plot?.data?.[0].x.length ? String(plot.data[0].x[0]) : "");
    note(seen.snapshots, network?.dataset.snapshot);
    requestAnimationFrame(look);
  };
  look();
}"""


def test_a_newcomer_comes_from_home_to_the_results_of_a_run(
    visit: Visit, server: Server, store: Store, settings: Settings
) -> None:
    page = visit(server)
    page.goto("/")
    page.get_by_role("button", name="Open the CNN studio").click()
    expect_pictures(page)
    assert page.locator(".st-key-network .network").get_attribute("data-snapshot") == "untrained"
    page.evaluate(_WATCH)
    page.get_by_test_id("stMain").evaluate("(main) => main.scrollTo(0, main.scrollHeight)")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".st-key-run_head")).to_be_in_viewport(timeout=SOON_MS)
    see_results(page)
    run_id = run_of(page)
    assert_grew(page.evaluate("() => window.__seen"))
    accuracy = page.get_by_test_id("stMetricValue").inner_text()
    assert accuracy == f"{100 * store.runs.get(run_id).summary['test_accuracy_last']:.1f} %"
    assert accuracy == f"{100 * shown_by_command(settings, run_id)['test_accuracy_last']:.1f} %"
    expect(page.get_by_text("(95 % interval)")).to_be_visible()
    expect(page.locator(".st-key-mistakes .pictures img").first).to_be_visible()
    assert_listed_at_home(page, run_id, accuracy)
    loaded = {mapped.path for mapped in psutil.Process(server.process.pid).memory_maps()}
    assert any("numpy" in path for path in loaded)  # so the list is one
    assert not [path for path in loaded if "tensorflow" in path]  # the server has asked, not computed


def assert_grew(seen: dict[str, Any]) -> None:
    """The curve began at step 0 and grew; the pictures changed from the untrained network's on."""
    points = [int(count) for count in seen["points"]]
    assert seen["first"] == ["0"]
    assert len(points) >= 2  # a second of training is looked at a few times only
    assert points == sorted(points)
    trained = [int(moment) for moment in seen["snapshots"] if moment != "untrained"]
    assert trained
    assert trained == sorted(trained)


def shown_by_command(settings: Settings, run_id: str) -> dict[str, Any]:
    shown = subprocess.run(
        [sys.executable, "-m", "core", "show", run_id, "--json"],
        cwd=ROOT,
        env={**os.environ, **settings.environment()},
        capture_output=True,
        check=True,
    )
    return json.loads(shown.stdout)


def assert_listed_at_home(page: Page, run_id: str, accuracy: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Home").click()
    row = page.locator(f".st-key-run_{run_id}")
    expect(row).to_contain_text("Finished", timeout=SOON_MS)
    expect(row).to_contain_text(accuracy)
    row.get_by_role("link").click()
    expect_results(page)
    assert run_of(page) == run_id
