import subprocess
import sys
from pathlib import Path

import pytest

from core.training.process import device

ROOT = Path(__file__).parents[4]
STARTED = """\
import sys
from core.training.process.device import configure
configure("0", 1)
import core.training.fit
print([name for name in ("sklearn", "matplotlib", "keras") if name in sys.modules])
import sklearn, matplotlib
"""


def test_a_process_that_trains_does_not_import_what_keras_only_might_use_and_still_can() -> None:
    ran = subprocess.run([sys.executable, "-c", STARTED], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stdout) == (0, "['keras']\n"), ran.stderr


@pytest.mark.parametrize(
    ("precision", "is_fast", "policy"),
    [
        ("float32", True, "float32"),
        ("bfloat16", False, "mixed_bfloat16"),
        ("auto", True, "mixed_bfloat16"),
        ("auto", False, "float32"),
    ],
)
def test_auto_takes_bfloat16_only_where_it_is_fast(
    precision: str, is_fast: bool, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "has_fast_bfloat16", lambda: is_fast)
    assert device.dtype_policy(precision) == policy


def test_a_process_counts_the_cores_that_it_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device.os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert device.cpu_count() == 3
    monkeypatch.delattr(device.os, "sched_getaffinity")
    monkeypatch.setattr(device.os, "cpu_count", lambda: None)
    assert device.cpu_count() == 1
