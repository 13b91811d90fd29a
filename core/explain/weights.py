"""The weights of a network: how they are spread, layer by layer, and the kernels and templates of one layer."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from core.errors import ProbeError
from core.training.snapshots import weights_of

BINS = 41  # odd: one bar has zero in its middle
MOST_FILTERS = 256
MOST_NUMBERS = 2_000_000  # of one answer; 8 MB
_SHAPED_ALIKE = (keras.layers.Dropout, keras.layers.BatchNormalization, keras.layers.Activation)


@dataclass(frozen=True, eq=False)
class Kernel:
    """The main weights of a layer.

    Args:
        layer: Its name.
        value: The variable.
        shape: As (height, width, channels in, filters), or (inputs, units) if the inputs are no picture.
        axes: Order of the variable's axes in that shape.
    """

    layer: str
    value: keras.Variable
    shape: tuple[int, ...]
    axes: tuple[int, ...] | None = None

    def read(self) -> np.ndarray:
        """Return the weights now, float32, in `shape`."""
        array = np.asarray(self.value, np.float32)
        return (array if self.axes is None else array.transpose(self.axes)).reshape(self.shape)


def kernels_of(network: keras.Model) -> list[Kernel]:
    """Return the main weights of each layer that has some, first to last: convolutions and dense layers."""
    found = (_kernel(layer) for layer in network.layers)
    return [kernel for kernel in found if kernel is not None]


def _kernel(layer: keras.Layer) -> Kernel | None:
    inner = layer.layer if isinstance(layer, keras.layers.Wrapper) else layer  # such as spectral normalisation
    if isinstance(inner, keras.layers.Conv2DTranspose):  # Keras stores (h, w, filters, channels in)
        shape = tuple(inner.kernel.shape)
        return Kernel(layer.name, inner.kernel, (*shape[:2], shape[3], shape[2]), (0, 1, 3, 2))
    if isinstance(inner, keras.layers.SeparableConv2D):
        return Kernel(layer.name, inner.depthwise_kernel, tuple(inner.depthwise_kernel.shape))
    if isinstance(inner, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        return Kernel(layer.name, inner.kernel, tuple(inner.kernel.shape))
    if isinstance(inner, keras.layers.Conv1D):
        size, channels, filters = inner.kernel.shape
        return Kernel(layer.name, inner.kernel, (1, size, channels, filters))
    if isinstance(inner, keras.layers.RNN):
        return Kernel(layer.name, inner.cell.kernel, tuple(inner.cell.kernel.shape))
    if isinstance(inner, keras.layers.Dense):
        inputs, units = inner.kernel.shape
        picture = _flattened(layer)
        return Kernel(layer.name, inner.kernel, (*picture, units) if picture else (inputs, units))
    return None


def _flattened(layer: keras.Layer) -> tuple[int, ...]:
    """Return the shape (h, w, c) of what a dense layer sees as a list; empty if that was no picture.

    A grey picture may come without its channel.
    """
    before = layer.input._keras_history.operation
    while isinstance(before, _SHAPED_ALIKE) and len(before.output.shape) == 2:
        before = before.input._keras_history.operation
    shape = before.input.shape[1:] if isinstance(before, keras.layers.Flatten) else ()
    return (*shape, 1)[:3] if len(shape) in (2, 3) else ()


def histogram(values: np.ndarray, bins: int = BINS) -> tuple[np.ndarray, np.ndarray]:
    """Return counts (bins,) and edges (bins + 1,) of finite values; even around zero if they have both signs."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if low < 0 < high:
        low, high = -max(-low, high), max(-low, high)
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(finite, bins, (low, high))
    return counts.astype(np.int64), edges.astype(np.float64)


class Weights:
    """Reads how the weights of each layer are spread.

    Args:
        network: Any.
    """

    def __init__(self, network: keras.Model) -> None:
        self._kernels = kernels_of(network)

    def __call__(self, example: np.ndarray) -> dict[str, np.ndarray]:
        """Read the weights now; they do not depend on the example.

        Returns:
            For each layer with a kernel, first to last: `counts/<layer>` int64 (bins,), `edges/<layer>` float64
            (bins + 1,), `numbers/<layer>` float64 (4,), the mean, the standard deviation, the largest size and the
            share of exact zeros, and `shape/<layer>` int64, the shape of `Kernels`.
        """
        arrays: dict[str, np.ndarray] = {"layers": np.array(len(self._kernels))}
        for kernel in self._kernels:
            value = kernel.read().ravel()
            arrays[f"counts/{kernel.layer}"], arrays[f"edges/{kernel.layer}"] = histogram(value)
            told = (value.mean(dtype=np.float64), value.std(dtype=np.float64), np.abs(value).max(), (value == 0).mean())
            arrays[f"numbers/{kernel.layer}"] = np.array(told, np.float64)
            arrays[f"shape/{kernel.layer}"] = np.array(kernel.shape)
        return arrays


class Kernels:
    """Reads the kernels of one convolution, or the weights of a dense layer as pictures.

    Args:
        network: Any.
    """

    def __init__(self, network: keras.Model) -> None:
        self._kernels = {kernel.layer: kernel for kernel in kernels_of(network)}

    def __call__(self, example: np.ndarray, *, layer: str, channel: int) -> dict[str, np.ndarray]:
        """Read the weights now; they do not depend on the example.

        Args:
            example: Any input of the network.
            layer: A layer with a kernel.
            channel: Of its input; -1 for all.

        Returns:
            `kernels` float32 (h, w, channels, filters), or (inputs, units) of a dense layer that sees no picture: at
            most the first 256 filters, and as many channels as fit into 8 MB.

        Raises:
            ProbeError: There is no such layer or channel.
        """
        if layer not in self._kernels:
            raise ProbeError(
                f"layer {layer!r} has no kernel",
                expected=f"one of {', '.join(self._kernels) or 'none, as no layer of this network has one'}",
            )
        array = self._kernels[layer].read()[..., :MOST_FILTERS]
        if array.ndim == 4:
            if not -1 <= channel < array.shape[2]:
                raise ProbeError(
                    f"layer {layer!r} has no such channel",
                    expected=f"-1 to {array.shape[2] - 1}",
                    received=str(channel),
                )
            each = array[:, :, 0].size
            array = array[:, :, : max(1, MOST_NUMBERS // each)] if channel < 0 else array[:, :, channel : channel + 1]
        return {"kernels": np.ascontiguousarray(array)}


class AllWeights:
    """Reads all weights, as a snapshot has them.

    Args:
        network: Any.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network = network

    def __call__(self, example: np.ndarray) -> dict[str, np.ndarray]:
        """Return `weights/<i>` of every weight that is not given; they do not depend on the example."""
        return weights_of(self._network)
