"""Measure how fast a data set of 70,000 images opens, in a worker and as a page in a browser.

    GLASSBOX_DATA_DIR=... python -m benchmarks.data_page

Needs `mnist.npz` in the data folder. Prints JSON lines with the minimum and median of several openings.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.app_process import Server, end_processes, launch, settle, visitor
from core.analysis.data.check import check_data
from core.datasets import open_prepared, prepare
from core.datasets.dataset import prepared_folder
from core.settings import Settings

AIM_PAGE_S, AIM_WORKER_S = 1.0, 0.1
WALL_MNIST = "MNIST, 70,000 digits"


def report(name: str, values: Sequence[float], aim_s: float) -> None:
    """Print one figure."""
    figures = {"min_s": round(min(values), 4), "median_s": round(statistics.median(values), 4), "n": len(values)}
    print(json.dumps({"what": name, **figures, "aim_s": aim_s}), flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = Settings(Path(folder) / "home", Settings.from_environment().data_dir)
        prepare(settings, "mnist")
        data = open_prepared(settings, "mnist")
        found = check_data(
            data.x_train, data.y_train, data.x_test, data.y_test, data.spec.classes, lambda words, share: None
        )
        found.save(prepared_folder(settings, "mnist"))
        report("open_prepared, 70,000 images", [_opened(settings) for _ in range(options.times)], AIM_WORKER_S)
        server = Server(settings)
        try:
            with visitor(launch(playwright), server.url) as page:
                wall, seen, drawn, loaded, home = zip(*(_visits(page) for _ in range(options.times)), strict=True)
            report("the wall of all data: from a link in an empty tab to its last line", wall, AIM_PAGE_S)
            report("70,000 images: from the click on Inspect to findings and images", seen, AIM_PAGE_S)
            report("the same, to the charts below them", drawn, AIM_PAGE_S)
            report("70,000 images: from a link in an empty tab to the charts", loaded, AIM_PAGE_S)
            report("for comparison: Home from a link in an empty tab", home, AIM_PAGE_S)
        finally:
            server.stop()
            end_processes(settings.home)


def _visits(page: Page) -> tuple[float, float, float, float, float]:
    """Open the wall, data by a click and by a link, then Home; return seconds to wall, images, charts, charts, Home."""
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto("/data?data_view=What+is+there")
    expect(page.locator(".st-key-shelf_points img").last).to_be_visible(timeout=30_000)
    expect(page.locator(".st-key-footer")).to_be_visible(timeout=30_000)
    wall = time.perf_counter() - began
    page.get_by_role("button", name=WALL_MNIST).click()
    button = page.locator(".st-key-know_mnist button").first
    expect(button).to_be_visible(timeout=30_000)
    settle(page)
    began = time.perf_counter()
    button.click()
    expect(page.locator(".st-key-know_images img").first).to_be_visible(timeout=30_000)
    seen = time.perf_counter() - began
    _wait_for_data(page)
    drawn = time.perf_counter() - began
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto("/data?dataset=mnist")
    _wait_for_data(page)
    loaded = time.perf_counter() - began
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto("/")
    expect(page.locator(".st-key-footer")).to_be_visible(timeout=30_000)
    return wall, seen, drawn, loaded, time.perf_counter() - began


def _wait_for_data(page: Page) -> None:
    expect(page.locator(".st-key-know_images img").first).to_be_visible(timeout=30_000)
    expect(page.locator(".st-key-know_balance .js-plotly-plot")).to_be_visible(timeout=30_000)


def _opened(settings: Settings) -> float:
    began = time.perf_counter()
    open_prepared(settings, "mnist")
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
