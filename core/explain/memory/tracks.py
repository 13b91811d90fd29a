"""Which units of a layer follow something of the test sequences, such as the depth of brackets."""

from __future__ import annotations

import json

import keras
import numpy as np

from core.analysis.tracking import of_series, of_text, scores
from core.datasets import Prepared
from core.datasets.features import Series, Tokens
from core.explain.memory.reading import Reading
from core.schedule.split import evenly_spread

EXAMPLES, MOST_STEPS = 200, 12_000
AT_ONCE = 50  # sequences
MOST_COLUMNS = 4


class Tracks:
    """Compares what each unit says with what is so, on test sequences that the network has not learned from.

    The units are found on one half of them and measured on the other, so that no unit looks good by chance alone.

    Args:
        network: A functional model with one input, whose first axis is time.
        data: Its data.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._reading, self._data = Reading(network), data

    def __call__(self, given: np.ndarray, *, layer: str, what: str = "hidden") -> dict[str, np.ndarray]:
        """Measure all units of a layer.

        Args:
            given: Any input.
            layer: A layer that says something at every step.
            what: As in `States`.

        Returns:
            `found` and `measured` float64 (things, units), as of `core.analysis.tracking.scores`, on each half;
            `is_bool` (things,), whether a thing is true or false; `names`, JSON as uint8; `steps` () of the other half.

        Raises:
            ProbeError: There is no such layer or part.
        """
        count = max(2, min(EXAMPLES, MOST_STEPS // self._data.x_test.shape[1]))
        examples = np.array(self._data.x_test[evenly_spread(np.arange(len(self._data.x_test)), count)])
        parts = [examples[start : start + AT_ONCE] for start in range(0, len(examples), AT_ONCE)]
        values = np.concatenate([self._reading.values(self._reading.read(one), layer, what) for one in parts])
        things = [self._things(example) for example in examples]
        halves = []
        for half in (slice(0, None, 2), slice(1, None, 2)):
            told = {name: np.concatenate([one[name] for one in things[half]]) for name in things[0]}
            is_read = told.pop("is_read")
            shown = values[half].reshape(-1, values.shape[-1])[is_read]
            halves.append(scores(shown, {name: one[is_read] for name, one in told.items()}))
        names = list(halves[0])
        return {
            "found": np.stack(list(halves[0].values())),
            "measured": np.stack(list(halves[1].values())),
            "is_bool": np.array([things[0][name].dtype == bool for name in names]),
            "names": np.frombuffer(json.dumps(names).encode(), np.uint8),
            "steps": np.array(int(is_read.sum())),
        }

    def _things(self, example: np.ndarray) -> dict[str, np.ndarray]:
        """Return what could be followed in an example, and whether the network reads something there."""
        features = self._data.spec.features
        if isinstance(features, Tokens):
            signs = features.signs(example)
            told = of_text([sign if token else "" for sign, token in zip(signs, example, strict=True)])
            return {**told, "is_read": np.cumsum(example != 0) > 0}
        names = [column.name for column in features.columns] if isinstance(features, Series) else []
        return {**of_series(_numbers(example), names[:MOST_COLUMNS]), "is_read": np.ones(len(example), bool)}


def _numbers(example: np.ndarray) -> np.ndarray:
    return example.reshape(len(example), -1)
