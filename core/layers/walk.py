"""A convolution alone, as its kernel walks over an input: sizes, padding, and each sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.layers.effects import padding_before
from core.layers.shapes import trace
from core.layers.spec import LayerSpec

SAME, VALID = "same", "valid"


@dataclass(frozen=True)
class Convolution:
    """A convolution over a square of one channel.

    Args:
        size: Side of the input.
        kernel: Side of the kernel.
        stride: How far the kernel moves.
        padding: `valid` or `same`.
        dilation: Distance of neighbouring weights of the kernel on the input.
    """

    size: int
    kernel: int
    stride: int = 1
    padding: str = VALID
    dilation: int = 1

    @property
    def span(self) -> int:
        """Side of the square that the kernel reaches over."""
        return self.dilation * (self.kernel - 1) + 1

    def output(self) -> int:
        """Return the side of the output.

        Raises:
            ConfigError: Keras does not allow this; the message says why.
        """
        kwargs = {"filters": 1, "kernel_size": self.kernel, "strides": self.stride, "padding": self.padding}
        spec = LayerSpec("Conv2D", {**kwargs, "dilation_rate": self.dilation}, "A convolution")
        return trace([spec], (self.size, self.size, 1))[0].output_shape[0]

    @property
    def before(self) -> int:
        """Rows of zeros above the input, and columns left of it."""
        return padding_before(self.size, self.span, self.stride, self.padding)

    @property
    def after(self) -> int:
        """Rows of zeros below the input, and columns right of it."""
        return max(0, (self.output() - 1) * self.stride + self.span - self.before - self.size)

    def formula(self) -> str:
        """Return how the side of the output follows, with the numbers put in."""
        if self.padding == SAME:
            return f"output = ⌈input / stride⌉ = ⌈{self.size} / {self.stride}⌉ = {self.output()}"
        return (
            "output = ⌊(input - dilation · (kernel - 1) - 1) / stride⌋ + 1 = "
            f"⌊({self.size} - {self.dilation} · ({self.kernel} - 1) - 1) / {self.stride}⌋ + 1 = {self.output()}"
        )

    def padding_formula(self) -> str:
        """Return how many zeros `same` adds along a side, with the numbers put in."""
        total = self.before + self.after
        return (
            "zeros = max(0, (output - 1) · stride + dilation · (kernel - 1) + 1 - input) = "
            f"max(0, ({self.output()} - 1) · {self.stride} + {self.span} - {self.size}) = {total}: "
            f"{self.before} before, {self.after} after"
        )

    def apply(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the output (side, side) for an input (size, size) and weights (kernel, kernel)."""
        side = self.output()
        padded = np.pad(values, (self.before, self.after))
        at = [slice(k * self.stride, k * self.stride + self.span, self.dilation) for k in range(side)]
        return np.array([[(padded[row, column] * weights).sum() for column in at] for row in at])
