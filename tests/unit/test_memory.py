import numpy as np

from core.training.memory import LEFT_MB, Meter
from core.units import MB


def block(size_mb: float) -> np.ndarray:
    return np.ones(round(size_mb * MB / 8))


def test_each_run_is_measured_as_if_it_were_alone_in_its_process() -> None:
    meter = Meter()
    meter.begin()
    own = block(200)
    alone = meter.peak_mb()
    del own
    left = block(300)
    meter.begin()
    own = block(200)
    assert abs(meter.peak_mb() - alone) < 60
    del own
    meter.begin()
    assert abs(meter.peak_mb() - (alone - 200)) < 60  # the peak of the run before does not count
    assert len(left)


def test_a_process_in_which_much_is_left_is_not_as_good_as_new() -> None:
    meter = Meter()
    assert meter.is_clean()
    meter.begin()
    left = block(LEFT_MB - 100)
    assert meter.is_clean()
    more = block(200)
    assert not meter.is_clean()
    assert len(left) > len(more)
