import resource

import numpy as np
import pytest

from core.training.process import memory
from core.training.process.memory import Meter
from core.units import MB


def test_only_a_run_that_is_alone_in_its_process_says_what_it_held() -> None:
    meter = Meter()
    meter.begin()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB
    assert meter.peak_mb() == pytest.approx(peak * 1024 / MB, abs=1)
    meter.begin()
    assert meter.peak_mb() is None


def test_a_process_in_which_much_is_left_is_not_as_good_as_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LEFT_MB", 100.0)
    meter = Meter()
    assert meter.is_clean()
    meter.begin()
    assert meter.is_clean()
    left = np.ones(round(2 * memory.LEFT_MB * MB / 8))
    assert not meter.is_clean()
    assert len(left)
