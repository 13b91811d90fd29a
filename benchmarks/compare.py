"""Measure the page Compare with many runs, and with 12 long runs side by side, in a real browser.

    python -m benchmarks.compare [--runs 1000,10000] [--times 5]

The store is generated: runs of random settings and results with curves of 100 points, and 12 runs of 5,000 points.
Prints JSON lines. Times are from a click in the menu, or from a link in an empty tab, to the table or the last curve.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import Server, end_processes, launch, settle, visitor
from core.datasets import prepare
from core.families.cnn import PRESETS
from core.settings import Settings
from core.store import Store, open_store
from core.store.metrics import Point
from core.store.records import LOCAL, NewRun, new_id
from core.store.schema import metrics
from core.store.schema import runs as runs_table

AIMS_S = {1000: 1.0, 10_000: 2.0}
AIM_SIDE_BY_SIDE_S, AIM_CORES = 1.5, 0.5
POINTS, LONG, SIDES = 100, 5000, 12
WATCHED_S = 10.0


def fill(store: Store, count: int) -> None:
    """Write finished runs into a store, each with its curve."""
    chance = random.Random(0)
    first = store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner=LOCAL, name="a run", family="cnn"))
    engine = store.runs._engine
    with engine.begin() as connection:
        row = dict(connection.execute(sa.select(runs_table).where(runs_table.c.id == first.id)).one()._mapping)
        made = [_run(row, number, chance) for number in range(count)]
        connection.execute(sa.insert(runs_table), made)
        connection.execute(sa.delete(runs_table).where(runs_table.c.id == first.id))
        points = [
            {
                "run": run["id"],
                "step": step,
                "epoch": 1,
                "wall_s": step / 10,
                "values": {"accuracy": 1 - 1 / (step + 2)},
            }
            for run in made
            for step in range(POINTS)
        ]
        connection.execute(sa.insert(metrics), points)


def _run(row: dict, number: int, chance: random.Random) -> dict:
    changes = [f"batch_size={chance.choice((16, 32, 64, 128))}", f"learning_rate={10 ** chance.uniform(-4, -1):.5f}"]
    config = PRESETS["fast"].config.changed([*changes, f"seed={number}"]).to_dict()
    score, now = chance.uniform(0.5, 0.99), time.time() - number
    summary = {"val_accuracy_last": score, "test_accuracy_last": score, "fit_s": 10 * score, "parameters": 12345}
    fixed = {"status": "succeeded", "preset": "fast", "started": now, "finished": now, "created": now}
    return {**row, **fixed, "id": new_id(now), "name": f"Run {number}", "config": config, "summary": summary}


def add_long(store: Store) -> list[str]:
    """Write 12 unfinished runs of 5,000 points; return their ids."""
    ids = []
    for number in range(SIDES):
        config = PRESETS["fast"].config.changed([f"seed={number}"]).to_dict()
        new = NewRun(kind="train", dataset="mnist_5k", owner=LOCAL, name=f"Long {number}", family="cnn", config=config)
        run = store.runs.submit(new)
        values = [{"loss": 2 / (step + 1) + number / 20, "accuracy": 1 - 1 / (step + 2)} for step in range(LONG)]
        store.metrics.append(run.id, [Point(step, step // 100, step / 50, one) for step, one in enumerate(values)])
        progress = {"step": LONG, "total_steps": LONG, "steps_per_epoch": 100}
        with store.runs._engine.begin() as connection:
            done = {"status": "succeeded", "progress": progress, "preset": "fast"}
            connection.execute(sa.update(runs_table).where(runs_table.c.id == run.id).values(**done))
        ids.append(run.id)
    return ids


def to_table(page: Page) -> float:
    """Return the seconds from a click in the menu to the drawn table."""
    page.goto("/data")
    settle(page)
    began = time.perf_counter()
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_test_id("stDataFrame").locator("canvas").first).to_be_visible(timeout=60_000)
    return time.perf_counter() - began


def to_curves(page: Page, run_ids: list[str]) -> float:
    """Return the seconds from a click on a link to the drawn curves of all runs."""
    page.goto("/compare")
    settle(page)
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto(f"/compare?runs={','.join(run_ids)}")
    page.wait_for_function(f"() => document.querySelectorAll('.charts .plot .scatterlayer .trace').length >= {SIDES}")
    return time.perf_counter() - began


def report(what: str, values: list[float], aim: float) -> None:
    """Print one figure."""
    rounded = [round(value, 2) for value in values]
    print(json.dumps({"what": what, "s": rounded, "median_s": round(statistics.median(values), 2), "aim_s": aim}))


def measure(browser: Browser, count: int, times: int) -> None:
    """Measure with a store of `count` runs."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "home", Path(folder) / "data")
        prepare(settings, "mnist_5k")
        store = open_store(settings)
        fill(store, count)
        long = add_long(store)
        store.close()
        server = Server(settings)
        try:
            with visitor(browser, server.url) as page:
                to_table(page)  # imports, and what the browser keeps
                report(
                    f"{count:,} runs: from a click to the table", [to_table(page) for _ in range(times)], AIMS_S[count]
                )
                to_curves(page, long)
                curves = [to_curves(page, long) for _ in range(times)]
                report(
                    f"12 runs of {LONG:,} points: from a link in an empty tab to all curves", curves, AIM_SIDE_BY_SIDE_S
                )
                process = psutil.Process(server.process.pid)
                before, began = sum(process.cpu_times()[:2]), time.perf_counter()
                page.wait_for_timeout(1000 * WATCHED_S)
                cores = (sum(process.cpu_times()[:2]) - before) / (time.perf_counter() - began)
                print(
                    json.dumps({"what": "server, while they are watched", "cores": round(cores, 3), "aim": AIM_CORES})
                )
        finally:
            server.stop()
            end_processes(settings.home)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", default="1000,10000")
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for count in map(int, options.runs.split(",")):
            measure(browser, count, options.times)


if __name__ == "__main__":
    main()
