"""What a network can still do without some of a layer's units.

Source: ablation of single units, Morcos et al. 2018, On the importance of single directions for generalization.
"""

from __future__ import annotations

import keras
import numpy as np

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.learned.examined import examined
from core.explain.learned.parts import Parts


class UnitsOff:
    """Switches units of a layer off: their output is 0 for every example.

    Args:
        network: Any that predicts classes or a number.
        data: Its data; only test examples are used.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._parts, self._data = Parts(network), data

    def __call__(
        self, examples: np.ndarray, *, layer: str, off: np.ndarray, count: int, test_shift: str = "none"
    ) -> dict[str, np.ndarray]:
        """Measure the network with each of some sets of units switched off.

        Args:
            examples: None are needed (0, ...).
            layer: Name of a stage.
            off: Units to switch off, bool (sets, units).
            count: Number of test examples.
            test_shift: The run's.

        Returns:
            `right` int64 (sets, classes), right answers of each true class, or `error` float64 (sets,), the mean
            absolute error of a number; `counts` int64 (classes,), examples of each class; `examined` int64 ().

        Raises:
            ProbeError: The layer has another number of units.
        """
        units = self._parts.units(layer)
        if off.dtype != bool or off.ndim != 2 or off.shape[1] != units or not len(off):
            received = f"{off.dtype} {off.shape}"
            raise ProbeError("the units to switch off do not fit", expected=f"bool (sets, {units})", received=received)
        rows = examined(self._data, count, test_shift)
        outputs, _ = self._parts.read(layer, rows.x)
        scores = [rows.score(self._parts.answer(layer, outputs * ~without)) for without in off]
        found = {key: np.stack([score[key] for score in scores]) for key in scores[0]}
        counts = {"counts": rows.counts} if "right" in found else {}
        return {**found, **counts, "examined": np.array(len(rows.rows))}
