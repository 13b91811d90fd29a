"""The test examples that excite a unit most."""

from __future__ import annotations

import keras
import numpy as np

from core.datasets import Prepared
from core.explain.learned.examined import examined
from core.explain.learned.parts import Parts


class Exciting:
    """Finds the test examples that excite one unit, channel or class most.

    Args:
        network: Any whose last layer answers.
        data: Its data; only test examples are used.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._parts, self._data = Parts(network), data

    def __call__(
        self, examples: np.ndarray, *, layer: str, unit: int, count: int, shown: int, test_shift: str = "none"
    ) -> dict[str, np.ndarray]:
        """Search the test set.

        Args:
            examples: Further examples whose excitement is asked for (m, ...); may be none.
            layer: Name of a stage; the classes are the units of the last one.
            unit: Index of the unit or channel.
            count: Number of test examples to search.
            shown: Number of examples to return.
            test_shift: The run's.

        Returns:
            `rows` int64 (shown,) of the test set, the most exciting first, `examples` (shown, ...), `values` float32
            (shown,); `all` float32 (count,), ascending; `given` float32 (m,); `units` float32 (units,), the highest
            value of each; `active` float32 (units,), the share of the examples that it is above 0 for. The value of a
            channel is the mean of its map.

        Raises:
            ProbeError: There is no such unit.
        """
        self._parts.check_unit(layer, unit)
        chosen = examined(self._data, count, test_shift)
        outputs, _ = self._parts.read(layer, np.concatenate([chosen.x, examples]))
        means = outputs.reshape(len(outputs), -1, outputs.shape[-1]).mean(1)
        values, given = means[: len(chosen.x), unit], means[len(chosen.x) :, unit]
        best = np.argsort(-values, kind="stable")[:shown]
        return {
            "rows": chosen.rows[best],
            "examples": chosen.x[best],
            "values": values[best],
            "all": np.sort(values),
            "given": given,
            "units": means[: len(chosen.x)].max(0),
            "active": (means[: len(chosen.x)] > 0).mean(0, dtype=np.float32),
        }
