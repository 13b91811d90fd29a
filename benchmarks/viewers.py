"""Measure the cost of twenty visits that watch one live run: for the server, and for the training.

    GLASSBOX_DATA_DIR=... python benchmarks/viewers.py [--viewers 20] [--seconds 15] [--rounds 3]

A visit acts like a browser without drawing: it opens the page of the run over a websocket and requests each fragment as
often as the page asks for it. (Twenty browsers on the server's own two cores would measure the browsers.) Time windows
without and with visits alternate during one run, each with its own server, since a server keeps the sessions of closed
visits for two minutes. Prints JSON lines; the last holds the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import Server, end_processes, wait_until
from core.datasets import prepare
from core.families import find_family
from core.jobs import submit_training
from core.runs.demo_run import ensure_demo_run, find_demo_run
from core.settings import Settings, this_host
from core.store import Status, Store, open_store
from core.store.records import LOCAL
from pages._ui.runs.follow import LONG

PLACES = ("train", "probe")
CONFIG = ("epochs=200", "max_images=0")  # long enough to outlast the benchmark
PATIENCE_S = 120.0
SETTLED = 4  # answers after which a page is drawn and only its fragments are requested


class Viewer:
    """One visit to a run's page.

    Args:
        port: Port of the server.
        run_id: The run.
    """

    def __init__(self, port: int, run_id: str) -> None:
        self._url, self._query = f"ws://127.0.0.1:{port}/_stcore/stream", f"run={run_id}"
        self._timers: dict[str, asyncio.Task[None]] = {}
        self.answers = 0

    async def watch(self) -> None:
        """Watch the run until cancelled."""
        async with websockets.connect(self._url, subprotocols=["streamlit"], max_size=None) as socket:
            await self._ask(socket)
            try:
                async for data in socket:
                    message = ForwardMsg.FromString(data)
                    kind = message.WhichOneof("type")
                    if kind == "navigation":  # the whole page is redrawn
                        self._stop()
                    elif kind == "auto_rerun":
                        self._follow(socket, message.auto_rerun.fragment_id, message.auto_rerun.interval)
                    elif kind == "script_finished":
                        self.answers += 1
                        if self.answers == 1:  # the page has only asked for the visitor's key
                            await self._ask(socket)
            finally:
                self._stop()

    def _stop(self) -> None:
        """Cancel the fragments' timers, as the page is redrawn."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _follow(self, socket: websockets.ClientConnection, fragment: str, interval_s: float) -> None:
        if fragment in self._timers:
            self._timers[fragment].cancel()
        self._timers[fragment] = asyncio.create_task(self._repeat(socket, fragment, interval_s))

    async def _repeat(self, socket: websockets.ClientConnection, fragment: str, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            await self._ask(socket, fragment)

    async def _ask(self, socket: websockets.ClientConnection, fragment: str = "") -> None:
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = "cnn"
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        await socket.send(message.SerializeToString())


async def window(port: int, run_id: str, viewers: int, seconds: float, store: Store, server: psutil.Process) -> dict:
    """Let visits watch for some seconds; return training steps, server CPU seconds and answers per second."""
    visits = [Viewer(port, run_id) for _ in range(viewers)]
    tasks = [asyncio.create_task(visit.watch()) for visit in visits]
    until = time.perf_counter() + PATIENCE_S
    while any(visit.answers < SETTLED for visit in visits) and time.perf_counter() < until:
        await asyncio.sleep(0.2)
    answers, cpu, steps, began = (
        sum(v.answers for v in visits),
        _cpu(server),
        _steps(store, run_id),
        time.perf_counter(),
    )
    await asyncio.sleep(seconds)
    passed = time.perf_counter() - began
    found = {
        "viewers": viewers,
        "steps_per_s": round((_steps(store, run_id) - steps) / passed, 2),
        "server_cores": round((_cpu(server) - cpu) / passed, 3),
        "answers_per_s": round((sum(v.answers for v in visits) - answers) / passed, 1),
    }
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    return found


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _steps(store: Store, run_id: str) -> int:
    return store.runs.get(run_id).progress.get("step", 0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "home", Settings.from_environment().data_dir)
        store = open_store(settings)
        try:
            found = list(measure(store, options))
        finally:
            store.close()
            end_processes(settings.home)
    alone, watched = ([line for line in found if bool(line["viewers"]) is is_watched] for is_watched in (False, True))
    speed = {
        name: statistics.median(line["steps_per_s"] for line in part) for name, part in (("a", alone), ("w", watched))
    }
    cores = statistics.median(line["server_cores"] for line in watched)
    result = {"server_cores": cores, "training_slowed_by": round(1 - speed["w"] / speed["a"], 3)}
    print(json.dumps({**result, "aims": {"server_cores": 0.5, "training_slowed_by": 0.1}}))


def measure(store: Store, options: argparse.Namespace):
    """Train one long run and measure it alternately without and with visits."""
    prepare(store.settings, "mnist")
    family = find_family("cnn")
    preset = family.presets["article"]
    ensure_demo_run(store)  # now, else the first visit would queue it during a measurement
    wait_until(lambda: (run := find_demo_run(store)) and run.status is Status.SUCCEEDED, PATIENCE_S, "a demo network")
    wait_until(lambda: all(store.processes.is_ready(this_host(), place) for place in PLACES), PATIENCE_S, "all is warm")
    run = submit_training(store, family, preset.config.changed(CONFIG), "mnist", LOCAL, preset=preset)
    wait_until(lambda: _steps(store, run.id) > 0, PATIENCE_S, "it trains")
    time.sleep(LONG + 2.0)  # before that, each visit updates twice as often
    for viewers in [0, options.viewers] * options.rounds + [0]:
        server = Server(store.settings)
        try:
            process = psutil.Process(server.process.pid)
            line = asyncio.run(window(server.port, run.id, viewers, options.seconds, store, process))
        finally:
            server.stop()
        print(json.dumps(line), flush=True)
        yield line
    store.runs.stop(run.id, LOCAL)
    wait_until(lambda: store.runs.get(run.id).status.is_final, PATIENCE_S, "it has stopped")


if __name__ == "__main__":
    main()
