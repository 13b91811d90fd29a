"""The stages of a network, as places to read from, to change something at, and to start from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import keras
import numpy as np

from core.errors import ProbeError
from core.explain.stages import stage_outputs
from core.probe.patience import check_patience
from core.schedule.plan import eval_batch

INPUT = "input"  # the scaled input, as the stage before the first


class Parts:
    """A network that can be cut at each stage.

    All that comes after a stage depends on its output alone, since a block with a shortcut is one stage.

    Args:
        network: Any whose last layer answers.
    """

    def __init__(self, network: keras.Model) -> None:
        self.network = network
        self.stages = {name.partition("/")[2]: tensor for name, tensor in stage_outputs(network.layers).items()}
        self._batch = eval_batch(max(math.prod(layer.output.shape[1:]) for layer in network.layers))
        self._until: dict[str, keras.Model] = {}
        self._after: dict[str, keras.Model] = {}

    def at(self, stage: str) -> keras.KerasTensor:
        """Return the output of a stage.

        Raises:
            ProbeError: There is no such stage.
        """
        if stage == INPUT:
            return self.start
        if stage not in self.stages:
            raise ProbeError(f"no layer {stage!r}", expected=f"one of {', '.join([INPUT, *self.stages])}")
        return self.stages[stage]

    def units(self, stage: str) -> int:
        """Return the number of channels or units of a stage."""
        return int(self.at(stage).shape[-1])

    def check_unit(self, stage: str, unit: int) -> None:
        """Check that a stage has such a unit.

        Raises:
            ProbeError: It has not, or there is no such stage.
        """
        if not 0 <= unit < (count := self.units(stage)):
            raise ProbeError(f"{stage} has no unit {unit}", expected=f"0 to {count - 1}", received=f"{unit}")

    def read(self, stage: str, examples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what a stage makes of examples (n, ...), and the answers (n, ...)."""
        if stage not in self._until:
            self._until[stage] = keras.Model(self.network.input, [self.at(stage), self.network.output])
        parts = self.in_batches(lambda batch: self._until[stage](batch, training=False), examples)
        return parts[0], parts[1]

    def answer(self, stage: str, outputs: np.ndarray) -> np.ndarray:
        """Return the answers (n, ...) to outputs of a stage (n, ...)."""
        if stage not in self._after:
            self._after[stage] = keras.Model(self.at(stage), self.network.output)
        return self.in_batches(lambda batch: [self._after[stage](batch, training=False)], outputs)[0]

    def in_batches(self, call: Callable[[np.ndarray], Sequence[Any]], examples: np.ndarray) -> list[np.ndarray]:
        """Call something with batches of examples (n, ...), n > 0; return its arrays, joined, as float32."""
        batches = []
        for start in range(0, len(examples), self._batch):
            check_patience()
            batches.append(call(np.array(examples[start : start + self._batch])))
        return [
            np.concatenate([np.asarray(part, np.float32) for part in parts]) for parts in zip(*batches, strict=True)
        ]

    @cached_property
    def start(self) -> keras.KerasTensor:
        """The scaled input, for which gradients exist: 0 to `white` for images, standardised for numbers."""
        first = self.network.layers[1]
        is_scaling = isinstance(first, keras.layers.Rescaling | keras.layers.Normalization)
        return first.output if is_scaling else self.network.input

    @cached_property
    def white(self) -> float:
        """What an image's 255 is in the scaled input; 1 for numbers."""
        is_image, is_scaled = len(self.network.input_shape) == 4, self.start is not self.network.input
        return 255.0 if is_image and not is_scaled else 1.0
