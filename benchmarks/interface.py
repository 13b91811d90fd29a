"""Measure how fast the page follows a control in a real browser, with all sections open.

    python benchmarks/interface.py [--times 10] [--layers 11]

Moves several controls by keyboard. Measures the time from the key press to the first frame after the last change of the
form and of the lines beside Train. Prints one JSON line per control and one for all, in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import Server, end_processes, launch, settle, visitor, wait_for_spare
from core.settings import Settings

AIM_MS = 200
SECTIONS = ("data", "layers", "optimiser", "regularisation", "budget")
# For each control: a part of its CSS class, and the element that shows the server's answer.
CONTROLS = {
    "learning rate": (
        "st-key-cnn_learning_rate-",
        ".st-key-cnn_section_optimiser summary",
    ),
    "batch size": ("st-key-cnn_batch_size-", ".st-key-cnn_section_optimiser summary"),
    "weight decay": (
        "st-key-cnn_weight_decay-",
        ".st-key-cnn_section_regularisation summary",
    ),
    "kernel size of a layer": ("_kernel_size", ".st-key-foot"),
    "patience": ("st-key-cnn_patience-", ".st-key-cnn_section_budget summary"),
}
QUIET_MS = 300  # without a change, after which the page has followed

# Records the time of a key press, and of the frame after the last change of the form and its foot.
_WATCH = """() => {
  const seen = window.__seen = { key: 0, last: 0, frame: 0 };
  document.addEventListener("keydown", () => { seen.key = performance.now(); seen.last = seen.frame = 0; }, true);
  const note = () => {
    seen.last = performance.now();
    requestAnimationFrame(() => { seen.frame = performance.now(); });
  };
  const changes = { subtree: true, childList: true, characterData: true, attributes: true };
  for (const part of [".st-key-setup", ".st-key-foot"])
    new MutationObserver(note).observe(document.querySelector(part), changes);
}"""

_FOLLOWED = """([selector, before, quiet]) => {
  const now = performance.now(), seen = window.__seen;
  return document.querySelector(selector).textContent !== before && seen.frame && now - seen.last > quiet;
}"""


def move(page: Page, name: str, key: str) -> float:
    """Move one control; return the milliseconds until the page has followed."""
    control, answer = CONTROLS[name]
    page.locator(f"[class*='{control}'] input[type=range]").first.focus()
    page.wait_for_timeout(QUIET_MS)
    before = page.locator(answer).text_content()
    page.keyboard.press(key)
    page.wait_for_function(_FOLLOWED, arg=[answer, before, QUIET_MS], timeout=30_000)
    seen = page.evaluate("() => window.__seen")
    page.wait_for_timeout(QUIET_MS)  # as a user who pauses before moving on
    return seen["frame"] - seen["key"]


def report(name: str, values: list[float]) -> None:
    """Print one figure."""
    ordered = sorted(values)
    ninth = ordered[int(0.9 * (len(ordered) - 1))]
    figures = {"median_ms": round(statistics.median(values)), "p90_ms": round(ninth), "n": len(values)}
    print(json.dumps({"what": name, **figures, "aim_ms": AIM_MS}), flush=True)


def measure(page: Page, layers: int, times: int) -> None:
    """Open the form, move its controls, and print the times."""
    texts = ["conv:8:3:relu:1:same"] * (layers - 2) + ["global_pool", "dense:32"]
    page.goto("/cnn?v=1&preset=article&validation_fraction=0.2&patience=10&layers=" + ",".join(texts))
    settle(page)
    for section in SECTIONS:
        page.locator(f".st-key-cnn_section_{section} summary").click()
    expect(page.locator(".network canvas").first).to_be_visible(timeout=60_000)
    time.sleep(2)
    page.evaluate(_WATCH)
    everything = []
    for name in CONTROLS:
        values = [move(page, name, "ArrowLeft" if turn % 2 else "ArrowRight") for turn in range(times)]
        report(f"{name}, {layers} layers", values)
        everything += values
    report(f"all controls, {layers} layers, all sections open", everything)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--layers", type=int, default=11)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = Settings.from_environment({"GLASSBOX_HOME": str(Path(folder) / "home")})
        server = Server(settings)
        try:
            with visitor(launch(playwright), server.url) as page:
                page.goto("/")
                wait_for_spare(page)
                measure(page, options.layers, options.times)
        finally:
            server.stop()
            end_processes(settings.home)


if __name__ == "__main__":
    main()
