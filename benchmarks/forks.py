"""Measure what the fork server saves: how soon a probe is ready, and how much memory it holds alone.

    python benchmarks/forks.py [--times 3]

Starts probes on a new home, by turns forked from a server that has imported TensorFlow and as processes of their own.
Prints the median seconds until a probe says that it is ready, and of its memory what it shares with nobody (USS, MB).
The import in the server is told once, and is not part of the forked ones.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import kill, wait_until
from core.child_process import launch
from core.jobs.foreman import FORKS, PROBE
from core.jobs.forks import Forks
from core.jobs.version import code_version
from core.locks import FileLock
from core.settings import Settings, this_host
from core.store import Store, open_store

SOON_S = 60.0


def started(store: Store, start: Callable[[], int]) -> tuple[float, float]:
    """Start a probe; return the seconds until it is ready and the MB that it alone holds, and end it."""
    begun = time.perf_counter()
    pid = start()
    wait_until(lambda: store.processes.is_ready(this_host(), "probe"), SOON_S, "the probe is ready", every_s=0.01)
    seconds, probe = time.perf_counter() - begun, psutil.Process(pid)
    megabytes = probe.memory_full_info().uss / 1e6
    kill(probe)
    store.processes.forget(host=this_host(), pid=pid)
    return seconds, megabytes


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "home", Path(folder) / "data")
        store, forks = open_store(settings), Forks(settings, code_version())
        lock = FileLock(settings.home / "foreman.lock")  # probes end without a foreman
        lock.acquire()
        begun = time.perf_counter()
        server = launch(FORKS, forks.address, settings=settings, log="processes.log")
        wait_until(forks.connect, SOON_S, "the fork server listens")
        print(json.dumps({"what": "the fork server imports", "s": round(time.perf_counter() - begun, 2)}))
        found: dict[str, list[tuple[float, float]]] = {"forked": [], "started": []}
        for _ in range(times):
            found["forked"].append(started(store, lambda: forks.start(PROBE, [], log="processes.log", niceness=0).pid))
            found["started"].append(started(store, lambda: launch(PROBE, settings=settings, log="processes.log").pid))
        for what, each in found.items():
            seconds, megabytes = (statistics.median(values) for values in zip(*each, strict=True))
            print(json.dumps({"what": f"a probe, {what}", "median_s": round(seconds, 2), "own_mb": round(megabytes)}))
        forks.close()
        server.kill()
        server.wait()
        store.close()


if __name__ == "__main__":
    main()
