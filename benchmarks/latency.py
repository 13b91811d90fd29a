"""Measure how long a user waits in a real browser: for a page of a fresh server, and from Train to the first points.

    python benchmarks/latency.py [--times 5]

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

from playwright.sync_api import Browser, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import Server, end_processes, launch, visitor, wait_for_spare
from core.settings import Settings

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
        page.get_by_role("button", name="Train").click()
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
            expect(page.get_by_role("button", name="Train")).to_be_enabled(timeout=60_000)
            return time.perf_counter() - began
    finally:
        server.stop()


def report(name: str, values: list[float], aim: float) -> None:
    """Print one figure."""
    rounded = [round(value, 2) for value in values]
    print(json.dumps({"what": name, "s": rounded, "median_s": round(statistics.median(values), 2), "aim_s": aim}))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        settings = Settings.from_environment({"GLASSBOX_HOME": str(Path(folder) / "home")})
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
