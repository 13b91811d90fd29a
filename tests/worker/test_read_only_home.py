"""A home that cannot be written."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.app_process import processes_of
from tests.support.lab import ROOT, SOON_S, Lab

CAP_DAC_OVERRIDE = "dac_override"  # what lets root write where permissions forbid it


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
