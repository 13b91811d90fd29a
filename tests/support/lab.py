"""A home for tests with its store, its processes and the command line on it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil

from benchmarks.app_process import end_processes, processes_of, wait_until
from core.settings import Settings, this_host
from core.store import Run, Status, Store, open_store

ROOT = Path(__file__).parents[2]
SOON_S = 90.0  # a machine that is busy with something else may need so long

# 50 updates of about 50 ms each, the last epoch cut short: time enough to stop or kill it on the way.
SLOW_50 = [
    *("--preset", "article", "--set", "precision=float32", "--set", "batch_size=300"),
    *("--set", "epochs=9", "--set", "max_images=14200"),
]
# A network so small that a run takes a second.
TINY = ["--set", "layers=conv:2:3:relu,pool:max:4,flatten", "--set", "max_images=1000", "--set", "schedule=constant"]


class Lab:
    """A home, its store, and the command line on it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = open_store(self.settings)
        return self._store

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.settings.environment()}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "core", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, **pipes)

    def command(self, *arguments: str, status: int = 0) -> str:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=2 * SOON_S)
        assert process.returncode == status, err
        return out or err

    def train(self, *options: str) -> str:
        """Queue a run and return its id."""
        return json.loads(self.command("train", "cnn", *options, "--detach", "--json"))["run"]

    def run(self, run_id: str) -> Run:
        return self.store.runs.get(run_id)

    def wait_for(self, run_id: str, *statuses: Status, seconds: float = SOON_S) -> Run:
        try:
            wait_until(lambda: self.run(run_id).status in statuses, seconds, f"{run_id} is {' or '.join(statuses)}")
        except TimeoutError as error:
            raise AssertionError(f"{error}; it is {self.run(run_id)}") from error
        return self.run(run_id)

    def wait_for_step(self, run_id: str, step: int) -> Run:
        def arrived() -> bool:
            run = self.run(run_id)
            assert not run.status.is_final, run
            return run.progress.get("step", 0) >= step

        wait_until(arrived, SOON_S, f"{run_id} has done {step} updates")
        return self.run(run_id)

    def resume(self, run_id: str) -> None:
        self.command("resume", run_id, "--detach")

    def final_state(self, run_id: str) -> dict:
        """Return every variable of model and optimiser after the last update."""
        last = self.store.metrics.checkpoints(run_id)[-1]
        assert last.step == self.run(run_id).progress["total_steps"]
        state = self.store.files(run_id).load_checkpoint(last.step, last.sha256)
        return {name: value for name, value in state.items() if not name.startswith("extra/")}

    def processes(self, module: str) -> list[psutil.Process]:
        return processes_of(self.settings.home, module)

    def spare(self) -> psutil.Process:
        """Wait for a worker that has imported everything and waits."""
        ready: list[int] = []

        def found() -> bool:
            rows = self.store.processes.of(this_host())
            ready[:] = [r["pid"] for r in rows if r["slot"] == "train-0" and r["state"] == "ready"]
            return bool(ready) and psutil.pid_exists(ready[0])

        wait_until(found, SOON_S, "a spare is ready")
        return psutil.Process(ready[0])

    def steps_seen(self, run_id: str) -> list[int]:
        """Return the steps of the training points in the order of writing."""
        return [p.step for p in self.store.metrics.since(run_id) if "loss" in p.values]

    def end(self) -> None:
        """End every process and close the store."""
        end_processes(self.settings.home)
        if self._store is not None:
            self._store.close()
