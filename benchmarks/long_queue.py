"""Measure a page's script time while thousands of runs wait, against an empty queue; nothing is trained.

    python benchmarks/long_queue.py [--waiting 2000] [--owners 100] [--times 5]

Half the runs have unique settings, like those made on Home. Prints one JSON line per page, in milliseconds, and one for
the queue's own operations.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from streamlit.testing.v1 import AppTest

from core.datasets import prepare
from core.families import find_family
from core.jobs import queue, submit
from core.settings import Settings
from core.store import Status, Store, open_store
from core.store.records import NewRun

PAGES = {"Home": {}, "CNN": {"preset": "fast"}}


def main() -> None:
    """Measure with an empty queue, fill it, measure again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=2000)
    parser.add_argument("--owners", type=int, default=100)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    submit._start_foreman = lambda settings: None
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(Path(home), Path(home) / "data")
        os.environ.update(settings.environment())
        prepare(settings, "mnist_5k")
        store = open_store(settings)
        empty = {page: script_ms(page, options.times) for page in PAGES}
        fill(store, options.waiting, options.owners)
        for page, before in empty.items():
            full = script_ms(page, options.times)
            print(json.dumps({"page": page, "empty_ms": before, "waiting_ms": full, "ratio": round(full / before, 2)}))
        print(json.dumps({"waiting": options.waiting, **queue_ms(store, options.times)}))
        store.close()


def fill(store: Store, waiting: int, owners: int) -> None:
    """Queue `waiting` runs of `owners` visitors."""
    family = find_family("cnn")
    config = family.presets["fast"].config
    for number in range(waiting):
        own = replace(config, seed=number) if number % 2 else config
        store.runs.submit(
            NewRun(
                kind="train",
                dataset="mnist_5k",
                owner=f"owner {number % owners}",
                name="a run",
                family=family.id,
                preset="fast",
                config=own.to_dict(),
            )
        )


def script_ms(page: str, times: int) -> float:
    """Return the median time of a page's script in ms; each run reads the queue again."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["_owner_key"], app.session_state["_owner_known"] = "0" * 32, True  # else nothing is drawn
    app.query_params.update(PAGES[page])
    app.run()
    if page != "Home":
        app.switch_page(f"pages/{page.lower()}.py").run()
    assert app.button, "the page is drawn"
    return ms(app.run, times)


def queue_ms(store: Store, times: int) -> dict[str, float]:
    """Return the median times of the queue's frequent operations in ms."""
    return {
        "read_queue_ms": ms(lambda: queue.read_queue(store), times),
        "claimable_ms": ms(lambda: store.runs.claimable("train"), times),
        "next_ms": ms(lambda: claim_and_give_back(store), times),
    }


def claim_and_give_back(store: Store) -> None:
    """Claim the next run and put it back."""
    run = store.runs.claim("train", host="here", slot="train-0", pid=1)
    if run is not None:
        store.runs.move(run.id, Status.QUEUED, lease=run.lease)


def ms(work: Callable[[], object], times: int) -> float:
    """Return the median time of some work in ms, with pauses of a second so that caches expire."""
    took = []
    for _ in range(times):
        time.sleep(1.01)
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(took), 1)


if __name__ == "__main__":
    main()
