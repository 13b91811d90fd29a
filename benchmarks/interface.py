"""How long the page takes to follow a control: moved in a real browser, all sections open.

    python benchmarks/interface.py [--times 10] [--layers 11]

Each of several controls is moved by the keyboard. Counted is the time from the key to the first frame after
the server's whole answer is on the page. Prints one JSON line a control and one for all, in milliseconds.
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
CONTROLS = {
    "learning rate": ".st-key-cnn_learning_rate input[type=range]",
    "batch size": ".st-key-cnn_batch_size input[type=range]",
    "weight decay": ".st-key-cnn_weight_decay input[type=range]",
    "kernel size of a layer": "[class*='st-key-cnn_layer_'][class*='_kernel_size'] input[type=range]",
    "patience": ".st-key-cnn_patience input[type=range]",
}

# Notes the moment of a key, and of the first frame after the server has said that its script is over.
_WATCH = """() => {
  const app = document.querySelector("[data-testid=stApp]"), seen = window.__seen = {};
  document.addEventListener("keydown", () => {
    Object.assign(seen, { key: performance.now(), ran: false, done: 0 });
  }, true);
  const look = () => {
    const running = app.dataset.testScriptState === "running" || app.dataset.testScriptState === "rerunRequested";
    if (seen.key && !seen.done) {
      if (running) seen.ran = true;
      else if (seen.ran) requestAnimationFrame(() => { seen.done ||= performance.now(); });
    }
    requestAnimationFrame(look);
  };
  look();
}"""


def move(page: Page, selector: str, key: str) -> float:
    """Move one control; return the milliseconds until the page has followed."""
    page.locator(selector).first.focus()
    page.wait_for_timeout(300)
    page.keyboard.press(key)
    page.wait_for_function("() => window.__seen.done", timeout=30_000)
    seen = page.evaluate("() => window.__seen")
    page.wait_for_timeout(500)  # as a user who looks before moving on
    return seen["done"] - seen["key"]


def report(name: str, values: list[float]) -> None:
    """Print one figure."""
    ordered = sorted(values)
    ninth = ordered[int(0.9 * (len(ordered) - 1))]
    figures = {"median_ms": round(statistics.median(values)), "p90_ms": round(ninth), "n": len(values)}
    print(json.dumps({"what": name, **figures, "aim_ms": AIM_MS}), flush=True)


def measure(page: Page, layers: int, times: int) -> None:
    """Open the form, move its controls, and print."""
    texts = ["conv:8:3:relu:1:same"] * (layers - 2) + ["global_pool", "dense:32"]
    page.goto("/cnn?v=1&preset=article&validation_fraction=0.2&patience=10&layers=" + ",".join(texts))
    settle(page)
    for section in SECTIONS:
        page.locator(f".st-key-cnn_section_{section} summary").click()
    expect(page.locator(".pictures img").nth(3)).to_be_visible(timeout=60_000)
    time.sleep(2)
    page.evaluate(_WATCH)
    everything = []
    for name, selector in CONTROLS.items():
        values = [move(page, selector, "ArrowLeft" if turn % 2 else "ArrowRight") for turn in range(times)]
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
