"""The printed program, run on its own far from this project, gets the accuracy that its run got here."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.store import Status
from tests.worker.lab import SOON_S, Lab

FORMS = {"no_convolution": "notebook", "fast": "script"}  # how each preset is printed
THREE_EPOCHS = 12_000  # images
AS_PRINTED = 0.005  # 5 of the 1,000 test images: sums in another order


@pytest.fixture(scope="module")
def runs(shared_lab: Lab) -> dict[str, str]:
    """Runs by preset, queued together: one trains while the program of the one before is tried."""
    short = ["--dataset", "mnist_5k", "--set", "precision=float32", "--set", f"max_images={THREE_EPOCHS}"]
    return {preset: shared_lab.train("--preset", preset, *short) for preset in FORMS}


def accuracy_of_run(lab: Lab, run_id: str) -> float:
    run = lab.wait_for(run_id, Status.SUCCEEDED, Status.FAILED, Status.DIVERGED, seconds=3 * SOON_S)
    assert run.status is Status.SUCCEEDED, run.error
    return run.summary["test_accuracy_last"]


def accuracy_of_program(path: Path) -> float:
    """Run a program in its own folder, without this project on its path, and return what it prints."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-I", path.name]
    ran = subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True, timeout=3 * SOON_S)
    assert ran.returncode == 0, ran.stderr
    [accuracy] = re.findall(r"^test accuracy (\d\.\d+)$", ran.stdout, re.MULTILINE)
    return float(accuracy)


@pytest.mark.parametrize("preset", FORMS)
def test_a_printed_program_gets_the_accuracy_of_its_run(
    shared_lab: Lab, runs: dict[str, str], preset: str, tmp_path: Path
) -> None:
    expected = accuracy_of_run(shared_lab, runs[preset])
    printed, program = tmp_path / f"printed.{FORMS[preset]}", tmp_path / "program.py"
    shared_lab.command("export", runs[preset], "--format", FORMS[preset], "--out", str(printed))
    text = printed.read_text()
    program.write_text(text if FORMS[preset] == "script" else code_of(json.loads(text)))
    assert accuracy_of_program(program) == pytest.approx(expected, abs=AS_PRINTED)


def code_of(notebook: dict) -> str:
    """Return what the cells of a notebook run, one after the other."""
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
