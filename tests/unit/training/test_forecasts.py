"""What a network in training forecasts of the test part."""

from dataclasses import replace

import numpy as np
import pytest

from core.analysis.number.forecast import PREFIX, scores
from core.datasets.series.clock import Clock
from core.datasets.series.measured import windows
from core.families.sequence.family import FAMILY
from core.training.supervised import Supervised
from tests.support.tiny_sequences import CONFIG, SERIES, prepared


def test_a_snapshot_holds_what_the_network_says_and_what_came() -> None:
    data = prepared("series of a number")
    x, y = windows(np.sin(np.arange(len(data.y_train) + len(data.y_test) + 4)).astype(np.float32), SERIES.length)
    size = len(data.y_train)
    features = replace(SERIES, columns=SERIES.columns[:1], clock=Clock("2000", "Y"))
    arrays = {"x_train": x[:size], "y_train": y[:size], "x_test": x[size:], "y_test": y[size:]}
    config = replace(CONFIG, validation_fraction=0.1)
    trainee = Supervised(FAMILY, config, replace(data, spec=replace(data.spec, features=features), **arrays), "float32")
    assert trainee.learned.tolist() == list(
        range(size - 3 - SERIES.length)
    )  # 3 are held back, and share no step with them
    found = {name: array for name, array in trainee.views().items() if name.startswith(PREFIX)}
    np.testing.assert_array_equal(found[f"{PREFIX}truth"], y[size:])
    np.testing.assert_array_equal(found[f"{PREFIX}before"], y[size - SERIES.length : size])
    np.testing.assert_allclose(found[f"{PREFIX}ahead"], trainee.network(x[size:]).numpy()[:, 0], rtol=1e-5)
    both = found[f"{PREFIX}free"][0], found[f"{PREFIX}ahead"][0]
    assert both[0] == pytest.approx(both[1], abs=1e-4)  # up to then both were told the same
    assert set(scores(found)) == {"", "linear", "persistence", "seasonal"}
    assert scores(found)["linear"]["free"] < 1e-3  # a wave is linear in its last two values
