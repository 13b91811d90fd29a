"""Measure how soon Home is usable, and how soon a stroke is answered while a run trains.

    python benchmarks/first_minute.py [--times 5]

Usable: the canvas accepts drawing. Answered: the time in the browser from sending a changed drawing to the bars that
show its answer, with a run in training beside the demo network. Prints one JSON line per figure.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import Server, end_processes, launch, settle, visitor, wait_for_spare, wait_until
from core.families import find_family
from core.jobs import submit_training
from core.runs.demo_run import find_demo_run
from core.settings import Settings
from core.store import Status, open_store
from core.store.records import LOCAL

CANVAS, READING = ".st-key-home_canvas", ".st-key-home_reading"

# Records when each drawing is sent, and when its answer is drawn.
_WATCH = f"""() => {{
  const seen = window.__seen = {{ sent: {{}}, answered: {{}} }};
  const look = () => {{
    const sent = document.querySelector("{CANVAS} .pad")?.dataset.sent;
    const number = document.querySelector("{READING} .reading")?.dataset.number;
    if (sent) seen.sent[sent] ??= performance.now();
    if (number) seen.answered[number] ??= performance.now();
    requestAnimationFrame(look);
  }};
  look();
}}"""


def usable(page: Page) -> float:
    """Open Home; return the seconds until its canvas accepts drawing."""
    return _until(page, f"{CANVAS} canvas")


def framed(page: Page) -> float:
    """Open Home; return the seconds until Streamlit's empty frame is there."""
    return _until(page, "[data-testid=stApp]")


def _until(page: Page, selector: str) -> float:
    """Open Home and let its script end; return the seconds until `selector` is visible, checked at each frame."""
    began = time.perf_counter()
    page.goto("/", wait_until="commit")
    page.wait_for_function("(one) => document.querySelector(one)?.getClientRects().length", arg=selector, polling="raf")
    took = time.perf_counter() - began
    settle(page)
    return took


def fresh(browser: Browser, folder: Path, data_dir: Path) -> float:
    """Return the seconds from the start of a server on a new home to a usable Home."""
    settings = Settings(folder, data_dir)
    began = time.perf_counter()
    server = Server(settings)
    try:
        with visitor(browser, server.url) as page:
            usable(page)
            return time.perf_counter() - began
    finally:
        server.stop()
        end_processes(settings.home)


def answers(page: Page) -> list[float]:
    """Draw some strokes; return the seconds from each sent drawing to its answer."""
    page.evaluate(_WATCH)
    for stroke in range(6):
        box = page.locator(f"{CANVAS} canvas").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] * (0.2 + 0.1 * stroke), box["y"]
        page.mouse.move(x, y + 0.2 * box["height"])
        page.mouse.down()
        for step in range(12):
            page.mouse.move(x + 2 * step, y + (0.2 + 0.05 * step) * box["height"])
            page.wait_for_timeout(40)
        page.mouse.up()
        page.wait_for_timeout(800)
    seen = page.evaluate("() => window.__seen")
    pairs = [(seen["sent"][number], at) for number, at in seen["answered"].items() if number in seen["sent"]]
    return [(at - sent) / 1000 for sent, at in pairs if at > sent]


def report(name: str, values: list[float], aim: float) -> None:
    """Print one figure."""
    rounded = [round(value, 3) for value in values]
    print(json.dumps({"what": name, "s": rounded, "median_s": statistics.median(rounded), "aim_s": aim}), flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    data_dir = Settings.from_environment().data_dir
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        found = [fresh(browser, Path(folder) / f"fresh{number}", data_dir) for number in range(times)]
        report("fresh server and home to a usable Home", found, 4.0)
        settings = Settings(Path(folder) / "home", data_dir)
        server = Server(settings)
        store = open_store(settings)
        try:
            with visitor(browser, server.url) as page:
                usable(page)
                wait_until(
                    lambda: (run := find_demo_run(store)) and run.status is Status.SUCCEEDED, 120, "a demo network"
                )
                wait_for_spare(page)
            warm = []
            for _ in range(times):
                with visitor(browser, server.url) as page:
                    warm.append(usable(page))
            report("Home in a new browser, server warm", warm, 1.0)
            with visitor(browser, server.url) as page:
                usable(page)
                report("Home again in the same browser", [usable(page) for _ in range(times)], 1.0)
                report("of that, until Streamlit's own frame stands", [framed(page) for _ in range(times)], 1.0)
            family = find_family("cnn")
            preset = family.presets["article"]
            config = preset.config.changed(["epochs=200"])
            submit_training(store, family, config, "mnist_5k", LOCAL, preset=preset)
            with visitor(browser, server.url) as page:
                usable(page)
                page.wait_for_timeout(4000)
                report("a stroke to its answer while a run trains", answers(page), 0.3)
        finally:
            server.stop()
            store.close()
            end_processes(settings.home)


if __name__ == "__main__":
    main()
