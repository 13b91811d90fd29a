"""Measure how long a user waits in a real browser: for a page of a fresh server, from Train to the first points, and
for the link to a finished run.

    python benchmarks/latency.py [--times 5] [--links-only]

Prints one JSON line per figure with its values in seconds, their median, and the aim.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Playwright, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import Server, end_processes, launch, settle, visitor, wait_for_spare, wait_until
from core.families import FAMILIES
from core.jobs import submit_training
from core.settings import Settings
from core.store import Run, open_store
from core.store.records import ALIVE, LOCAL

# Records the time of the click, and of the first frame that shows each point.
_WATCH = """() => {
  const seen = window.__seen = {};
  document.addEventListener("click", (event) => {
    if (event.target.closest(".st-key-train")) seen.click = performance.now();
  }, true);
  const look = () => {
    const plot = document.querySelector(".charts .plot"), step = plot && plot.dataset.step;
    if (step) { seen.zero ??= performance.now(); if (+step > 0) seen.trained ??= performance.now(); }
    requestAnimationFrame(look);
  };
  look();
}"""


def train_to_points(browser: Browser, url: str) -> tuple[float, float]:
    """Press Train with a warm spare worker; return the seconds to the step-0 and the first trained point."""
    with visitor(browser, url) as page:
        page.goto("/")
        wait_for_spare(page)
        page.goto("/cnn?v=1&preset=article")
        expect(page.locator(".network canvas").first).to_be_visible(timeout=60_000)
        page.wait_for_timeout(1000)  # as a user who pauses before pressing
        page.evaluate(_WATCH)
        page.get_by_role("button", name="Train", exact=True).click()
        page.wait_for_function("() => window.__seen.trained", timeout=60_000)
        seen = page.evaluate("() => window.__seen")
        expect(page.get_by_role("button", name="See results")).to_be_visible(timeout=120_000)
    return (seen["zero"] - seen["click"]) / 1000, (seen["trained"] - seen["click"]) / 1000


def fresh_to_page(browser: Browser, settings: Settings) -> float:
    """Start a server and open the CNN page; return the seconds until Train is enabled."""
    began = time.perf_counter()
    server = Server(settings)
    try:
        with visitor(browser, server.url) as page:
            page.goto("/cnn")
            expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=60_000)
            return time.perf_counter() - began
    finally:
        server.stop()


# Records the first frame with the curves, every picture of a place, and the run's main result.
_WATCH_RESULTS = """(place) => {
  const look = () => {
    const images = [...document.querySelectorAll(`${place} img`)], plot = document.querySelector(".charts .plot");
    const isDrawn = images.length && images.every((image) => image.complete && image.naturalWidth);
    if (isDrawn && plot?.dataset.step && plot.querySelector(".scatterlayer path")) window.__shown = performance.now();
    else requestAnimationFrame(look);
  };
  addEventListener("DOMContentLoaded", look);
}"""
PICTURES = {"cnn": ".st-key-mistakes", "gan": ".st-key-made"}  # test pictures, samples


def result_link(playwright: Playwright, url: str, run: Run) -> float:
    """Open the link to a finished run in a browser that has just been started; return the seconds until it is shown.

    That is from the navigation until the curves and the pictures are drawn: a CNN's mistakes, a GAN's samples.
    """
    browser = launch(playwright)
    try:
        with visitor(browser, url) as page:
            page.add_init_script(f"({_WATCH_RESULTS})({json.dumps(PICTURES[str(run.family)])})")
            page.goto(f"/{run.family}?run={run.id}")
            page.wait_for_function("() => window.__shown", timeout=60_000)
            return float(page.evaluate("() => window.__shown")) / 1000
    finally:
        browser.close()


def finished_runs(settings: Settings) -> list[Run]:
    """Train the default preset of each family whose results have pictures."""
    store = open_store(settings)
    runs = []
    for family in (FAMILIES[key] for key in PICTURES):
        preset = family.presets[family.default_preset]
        data = preset.dataset or "mnist_5k"
        runs.append(submit_training(store, family, preset.config, data, LOCAL, preset=preset))
    wait_until(lambda: all(store.runs.get(run.id).status.is_final for run in runs), 600, "the runs have ended")
    wait_until(lambda: not store.runs.list(status=ALIVE), 600, "nothing is trained", every_s=1)
    store.close()
    return runs


def measure_links(playwright: Playwright, settings: Settings, times: int) -> None:
    """Measure the links to finished runs, on a server that has shown its first page."""
    runs = finished_runs(settings)
    server = Server(settings)
    try:
        browser = launch(playwright)
        with visitor(browser, server.url) as page:
            page.goto("/")
            settle(page)
        browser.close()
        for run in runs:
            waits = [result_link(playwright, server.url, run) for _ in range(times)]
            report(f"link to a finished {run.family} to its curves and pictures", waits, 2.0)
    finally:
        server.stop()
        end_processes(settings.home)


def report(name: str, values: list[float], aim: float) -> None:
    """Print one figure."""
    rounded = [round(value, 2) for value in values]
    print(json.dumps({"what": name, "s": rounded, "median_s": round(statistics.median(values), 2), "aim_s": aim}))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--links-only", action="store_true")
    asked = parser.parse_args()
    times = asked.times
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = Settings.from_environment({"GLASSBOX_HOME": str(Path(folder) / "home")})
        measure_links(playwright, Settings(Path(folder) / "links", settings.data_dir), times)
        if asked.links_only:
            return
        browser = launch(playwright)
        fresh = []
        for number in range(times):
            fresh_settings = Settings(Path(folder) / f"fresh{number}", settings.data_dir)
            fresh.append(fresh_to_page(browser, fresh_settings))
            end_processes(fresh_settings.home)
        report("fresh server and home to a usable page", fresh, 4.0)
        server = Server(settings)
        try:
            points = [train_to_points(browser, server.url) for _ in range(times)]
        finally:
            server.stop()
            end_processes(settings.home)
        report("Train to the step-0 point on the screen", [zero for zero, _ in points], 1.0)
        report("Train to the first trained point on the screen", [trained for _, trained in points], 2.5)


if __name__ == "__main__":
    main()
