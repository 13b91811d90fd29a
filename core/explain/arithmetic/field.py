"""Which pixels of the network's input one value of a layer can see."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from core.explain.arithmetic.window import Window, windows_of

WHOLE = (
    "Flatten",
    "Dense",
    "Reshape",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Conv2DTranspose",
    "UpSampling2D",
)


@dataclass(frozen=True)
class Field:
    """The pixels that the values of a layer see along one side.

    Args:
        start: First pixel that value 0 sees; negative in the padding.
        jump: Pixels from the first one of a value to that of the next.
        size: How many pixels one value sees.
    """

    start: int
    jump: int
    size: int

    def through(self, window: Window) -> Field:
        """Return the pixels that the values of a layer see whose window slides over these values."""
        reach = (window.size - 1) * window.dilation
        return Field(self.start - window.before * self.jump, self.jump * window.stride, self.size + reach * self.jump)

    def joined(self, other: Field) -> Field:
        """Return the pixels that values of both see together."""
        start = min(self.start, other.start)
        return Field(start, self.jump, max(self.start + self.size, other.start + other.size) - start)


def field_of(tensor: keras.KerasTensor, known: dict[int, tuple[Field, Field] | None]) -> tuple[Field, Field] | None:
    """Return what the values of a layer's output see of an image, by height and width.

    Args:
        tensor: The output.
        known: Of tensors that were asked about; grows.

    Returns:
        None if each value sees all pixels, or no image comes in.

    Source: Araujo et al., Computing receptive fields of convolutional neural networks, Distill 2019.
    """
    if id(tensor) not in known:
        known[id(tensor)] = _field_of(tensor, known)
    return known[id(tensor)]


def _field_of(tensor: keras.KerasTensor, known: dict[int, tuple[Field, Field] | None]) -> tuple[Field, Field] | None:
    layer = tensor._keras_history.operation
    if isinstance(layer, keras.layers.InputLayer):
        return (Field(0, 1, 1), Field(0, 1, 1)) if len(tensor.shape) == 4 else None
    if type(layer).__name__ in WHOLE:
        return None
    given = layer.input if isinstance(layer.input, list) else [layer.input]
    fields = [field_of(one, known) for one in given]
    if any(field is None for field in fields):
        return None
    (high, wide), *others = [field for field in fields if field is not None]
    for other in others:
        high, wide = high.joined(other[0]), wide.joined(other[1])
    rows, columns = windows_of(layer)
    return high.through(rows), wide.through(columns)
