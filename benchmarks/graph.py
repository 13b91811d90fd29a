"""Measure how soon, and how often, the graph of a small network moves while it trains.

    python benchmarks/graph.py [--preset spirals] [--times 3]

Starts a server on a new home, waits for a spare worker, and presses Train as a visitor does who sees the untrained
network. Prints one JSON line per run: the seconds from the click to the first moment after step 0 and to each of the
first few, moments a second from 0.5 s after the click and from the first moment on, the run's own times, and whether
the surface was in sight without scrolling. The last line holds the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import Server, end_processes, launch, settle, visitor, wait_for_spare, wait_until
from core.settings import Settings
from core.store import Store, open_store

AIM_A_SECOND, SOON_S = 3.0, 0.5
SIZE = {"width": 1280, "height": 800}

# Records when each step is first shown; `begin` is the click on Train.
_WATCH = """() => {
  const seen = window.__seen = { begin: 0, moved: [] };
  document.querySelector(".st-key-train button").addEventListener("click", () => seen.begin = performance.now(), true);
  let last = document.querySelector(".graph").dataset.step;
  const look = () => {
    const now = document.querySelector(".graph")?.dataset.step;
    if (seen.begin && now !== last && +now > 0) seen.moved.push([performance.now() - seen.begin, +now]);
    last = now;
    requestAnimationFrame(look);
  };
  look();
}"""


def once(page: Page, store: Store, preset: str, seed: int) -> dict[str, object]:
    """Train once and return what was seen."""
    page.goto(f"/mlp?preset={preset}&seed={seed}&epochs=300")
    settle(page)
    page.locator(".graph[data-step='-1']").wait_for(timeout=60_000)
    page.evaluate(_WATCH)
    page.locator(".st-key-train button").click()
    page.wait_for_function("() => window.__seen.moved.length")
    box = page.locator(".graph canvas.surface").bounding_box()
    is_seen = box is not None and box["y"] >= 0 and box["y"] + box["height"] <= SIZE["height"]
    wait_until(lambda: all(run.status.is_final for run in store.runs.list()), 120, "the run has ended", every_s=0.5)
    moved = [[at / 1000, step] for at, step in page.evaluate("() => window.__seen.moved")]
    run = max(store.runs.list(), key=lambda one: one.created)
    assert run.finished
    assert run.started
    until = run.finished - run.created  # near the click: it is queued in some 50 ms
    during = [at for at, _ in moved if at <= until]
    return {
        "first_s": round(moved[0][0], 2),
        "first": [[round(at, 2), step] for at, step in moved[:4]],
        "a_second_from_soon": round(len(during) / (until - SOON_S), 2),
        "a_second_from_first": round((len(during) - 1) / max(1e-9, during[-1] - during[0]), 2),
        "claimed_s": round(run.started - run.created, 2),
        "first_metric_s": run.summary.get("first_metric_s"),
        "fit_s": run.summary.get("fit_s"),
        "run_s": round(until, 2),
        "is_surface_in_sight": is_seen,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="spirals")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = Settings(Path(folder) / "home", Path(folder) / "data")
        server, browser = Server(settings), launch(playwright)
        store = open_store(settings)
        try:
            found = []
            for seed in range(options.times):
                with visitor(browser, server.url, **SIZE) as page:
                    wait_for_spare(page)
                    found.append(once(page, store, options.preset, seed))
                    print(json.dumps(found[-1]), flush=True)
        finally:
            server.stop()
            end_processes(settings.home)
            store.close()
    names = ("first_s", "a_second_from_soon", "a_second_from_first")
    print(json.dumps({name: statistics.median(float(str(one[name])) for one in found) for name in names}))


if __name__ == "__main__":
    main()
