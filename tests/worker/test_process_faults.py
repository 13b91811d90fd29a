"""Processes that are killed, frozen or started twice: nothing is lost, nothing runs twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks.app_process import Server, has_ended, kill, processes_of, wait_until
from core.jobs import ensure_foreman
from core.settings import Settings
from core.store import Status
from tests.support.lab import ROOT, SLOW_50, SOON_S, TINY, Lab

CAP_DAC_OVERRIDE = "dac_override"  # what lets root write where permissions forbid it


def test_a_killed_spare_is_replaced_and_the_next_run_trains(shared_lab: Lab) -> None:
    ensure_foreman(shared_lab.settings)  # as a visit does
    killed = shared_lab.spare()
    kill(killed)
    run_id = shared_lab.train(*TINY)
    run = shared_lab.wait_for(run_id, Status.SUCCEEDED)
    assert run.pid != killed.pid


def test_a_frozen_worker_is_lost_and_ended(shared_lab: Lab) -> None:
    run_id = shared_lab.train(*SLOW_50)
    worker = psutil.Process(shared_lab.wait_for_step(run_id, 5).pid)
    worker.send_signal(signal.SIGSTOP)
    run = shared_lab.wait_for(run_id, Status.LOST, seconds=30)
    assert "stopped responding" in run.error
    wait_until(lambda: has_ended(worker), 10, "the frozen worker has ended")


def test_two_servers_and_a_command_may_start_at_once_on_a_new_home(lab: Lab) -> None:
    lab = Lab(Settings(lab.settings.home, lab.settings.data_dir))  # with what is kept warm
    first = lab.start("train", "cnn", *TINY, "--json")
    servers = [Server(lab.settings), Server(lab.settings)]
    try:
        out, err = first.communicate(timeout=2 * SOON_S)
        assert json.loads(out)["status"] == "succeeded", err
        lab.spare()
        wait_until(lambda: len(lab.processes("core.probe.server")) == 1, SOON_S, "there is one probe")
        assert len(lab.processes("core.jobs.foreman")) == 1
        assert len(lab.processes("core.jobs.worker")) == 1
        assert len(lab.store.runs.list(kind="prepare")) <= 1
    finally:
        for server in servers:
            server.stop()


@pytest.fixture
def read_only(lab: Lab) -> Iterator[Path]:
    lab.store.close()
    lab.settings.home.chmod(0o500)
    yield lab.settings.home
    lab.settings.home.chmod(0o700)


@pytest.mark.parametrize("command", [["runs"], ["train", "cnn"], ["doctor"]])
def test_a_read_only_home_gets_one_sentence(lab: Lab, read_only: Path, command: list[str]) -> None:
    bounded = ["setpriv", "--bounding-set", f"-{CAP_DAC_OVERRIDE}"] if os.geteuid() == 0 else []
    assert not bounded or shutil.which("setpriv")
    ran = subprocess.run(
        [*bounded, sys.executable, "-m", "core", *command],
        cwd=ROOT,
        env=lab.environment,
        capture_output=True,
        text=True,
        timeout=SOON_S,
    )
    assert ran.returncode != 0
    assert f"cannot write to its home folder {read_only}" in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    assert not processes_of(read_only)
