"""The printed program, run on its own far from this project, gets the accuracy that its run got here."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.store import Status
from tests.support.lab import SOON_S, Lab

SOME = 1_000  # images
AS_PRINTED = 0.005  # 5 of the 1,000 test images: sums in another order


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


def test_a_printed_notebook_gets_the_accuracy_of_its_run_and_the_script_is_the_same_code(
    shared_lab: Lab, tmp_path: Path
) -> None:
    run_id = shared_lab.train("--preset", "article", "--set", "precision=float32", "--set", f"max_images={SOME}")
    expected = accuracy_of_run(shared_lab, run_id)
    notebook, script, program = (tmp_path / name for name in ("printed.ipynb", "printed.py", "program.py"))
    shared_lab.command("export", run_id, "--format", "notebook", "--out", str(notebook))
    shared_lab.command("export", run_id, "--format", "script", "--out", str(script))
    program.write_text(code_of(json.loads(notebook.read_text())))
    assert ast.dump(ast.parse(script.read_text())) == ast.dump(ast.parse(program.read_text()))
    assert accuracy_of_program(program) == pytest.approx(expected, abs=AS_PRINTED)


def code_of(notebook: dict) -> str:
    """Return what the cells of a notebook run, one after the other."""
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
