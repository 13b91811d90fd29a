import subprocess
import sys
from pathlib import Path

import numpy as np

from core.training.memory import LEFT_MB, Meter
from core.units import MB

ROOT = Path(__file__).parents[2]
# In a process of its own: this one gives memory of other tests back whenever it likes.
THREE_RUNS = f"""\
import numpy as np
from core.training.memory import Meter

def block(size_mb):
    return np.ones(round(size_mb * {MB} / 8))

meter = Meter()
meter.begin()
own = block(200)
print(meter.peak_mb())
del own
left = block(300)
meter.begin()
own = block(200)
print(meter.peak_mb())
del own
meter.begin()
print(meter.peak_mb())
"""


def block(size_mb: float) -> np.ndarray:
    return np.ones(round(size_mb * MB / 8))


def test_each_run_is_measured_as_if_it_were_alone_in_its_process() -> None:
    ran = subprocess.run([sys.executable, "-c", THREE_RUNS], cwd=ROOT, capture_output=True, text=True, timeout=60)
    alone, beside_what_is_left, small = (int(line) for line in ran.stdout.split())
    assert abs(beside_what_is_left - alone) < 20
    assert abs(small - (alone - 200)) < 20  # the peak of the run before does not count


def test_a_process_in_which_much_is_left_is_not_as_good_as_new() -> None:
    meter = Meter()
    assert meter.is_clean()
    meter.begin()
    assert meter.is_clean()
    left = block(2 * LEFT_MB)
    assert not meter.is_clean()
    assert len(left)
