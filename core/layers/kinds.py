"""All supported layers: shape arithmetic, input rank, kernels and colour.

A new layer needs one entry here, and a block in `blocks.py` if users can add it. Some are in networks that were trained
elsewhere only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.figures.colours import BLUE, GREEN, GREY, ORANGE, PINK
from core.layers import effects
from core.layers.attention import effects as attention
from core.layers.effects import Effect
from core.layers.spec import LayerSpec, Shape


@dataclass(frozen=True)
class LayerKind:
    """Properties of a Keras layer class.

    Args:
        effect: Maps (shape of one example, layer) to its effect; raises ConfigError for an impossible shape.
        rank: Rank of one input example: 3 for an image, 2 for a sequence, 1 for a vector (of a sequence at each
            step), 0 for any.
        kernels: Prefixes of its kernel arguments: `kernel` for `kernel_initializer`.
        colour: Colour in drawings; the words in a box say the same.
        is_constant: Whether it always maps equal inputs to equal outputs: no weights, no randomness.
        passes_on: Whether it only places, scales or passes on its input: there is nothing new to see.
        operation: Name of the function of `keras.ops` that it is, where it is no class; its name is then not kept.
        attends: Maps (shapes of all inputs, layer) to its effect, of a layer whose inputs are not joined into one.
        takes_apart: Whether its inputs are separate arguments of its call, not a list.
    """

    effect: Callable[[Shape, LayerSpec], Effect]
    rank: int = 0
    kernels: tuple[str, ...] = ()
    colour: str = GREY
    is_constant: bool = False
    passes_on: bool = False
    operation: str = ""
    attends: Callable[[Sequence[Shape], LayerSpec], Effect] | None = None
    takes_apart: bool = False


KINDS: dict[str, LayerKind] = {
    "Activation": LayerKind(effects.unchanged, is_constant=True),
    "Add": LayerKind(effects.unchanged, is_constant=True),
    "AdditiveAttention": LayerKind(effects.unchanged, 2, colour=PINK, attends=attention.sums),
    "Attention": LayerKind(effects.unchanged, 2, colour=PINK, attends=attention.products),
    "Average": LayerKind(effects.unchanged, is_constant=True),
    "AveragePooling1D": LayerKind(effects.along(effects.pool), 2, colour=ORANGE, is_constant=True),
    "AveragePooling2D": LayerKind(effects.pool, 3, colour=ORANGE, is_constant=True),
    "BatchNormalization": LayerKind(effects.batch_norm),
    "Concatenate": LayerKind(effects.unchanged, is_constant=True),
    "Conv1D": LayerKind(effects.along(effects.conv), 2, ("kernel",), BLUE),
    "Conv2D": LayerKind(effects.conv, 3, ("kernel",), BLUE),
    "Conv2DTranspose": LayerKind(effects.transposed, 3, colour=BLUE),
    "Cropping1D": LayerKind(effects.crop_sequence, 2, is_constant=True, passes_on=True),
    "Cropping2D": LayerKind(effects.crop, is_constant=True, passes_on=True),
    "Dense": LayerKind(effects.dense, 1, ("kernel",), GREEN),
    "DepthwiseConv2D": LayerKind(effects.depthwise_conv, 3, ("depthwise",), BLUE),
    "Dropout": LayerKind(effects.unchanged, passes_on=True),
    "EinsumDense": LayerKind(attention.place, 2, colour=BLUE),
    "ELU": LayerKind(effects.unchanged, is_constant=True),
    "Embedding": LayerKind(effects.embedding, 1, colour=BLUE),
    "Flatten": LayerKind(effects.flatten, is_constant=True, passes_on=True),
    "GlobalAveragePooling1D": LayerKind(effects.global_pool, 2, colour=ORANGE, is_constant=True),
    "GlobalAveragePooling2D": LayerKind(effects.global_pool, 3, colour=ORANGE, is_constant=True),
    "GlobalMaxPooling1D": LayerKind(effects.global_pool, 2, colour=ORANGE, is_constant=True),
    "GlobalMaxPooling2D": LayerKind(effects.global_pool, 3, colour=ORANGE, is_constant=True),
    "GroupNormalization": LayerKind(effects.group_norm),
    "GRU": LayerKind(effects.recurrent(3, 2), 2, ("kernel",), GREEN),
    "LayerNormalization": LayerKind(effects.layer_norm),
    "LeakyReLU": LayerKind(effects.unchanged, is_constant=True),
    "Log": LayerKind(effects.unchanged, is_constant=True, passes_on=True, operation="log"),
    "LSTM": LayerKind(effects.recurrent(4), 2, ("kernel",), GREEN),
    "Maximum": LayerKind(effects.unchanged, is_constant=True),
    "MaxPooling1D": LayerKind(effects.along(effects.pool), 2, colour=ORANGE, is_constant=True),
    "MaxPooling2D": LayerKind(effects.pool, 3, colour=ORANGE, is_constant=True),
    "Minimum": LayerKind(effects.unchanged, is_constant=True),
    "MultiHeadAttention": LayerKind(effects.unchanged, 2, ("kernel",), PINK, attends=attention.heads, takes_apart=True),
    "Multiply": LayerKind(effects.unchanged, is_constant=True),
    "Normalization": LayerKind(effects.unchanged, is_constant=True, passes_on=True),
    "Permute": LayerKind(effects.permute, is_constant=True, passes_on=True),
    "PReLU": LayerKind(effects.prelu),
    "ReLU": LayerKind(effects.unchanged, is_constant=True),
    "Rescaling": LayerKind(effects.unchanged, is_constant=True, passes_on=True),
    "Reshape": LayerKind(effects.reshape, is_constant=True, passes_on=True),
    "Resizing": LayerKind(effects.resizing, 3, is_constant=True, passes_on=True),
    "SeparableConv2D": LayerKind(effects.separable_conv, 3, ("depthwise", "pointwise"), BLUE),
    "SimpleRNN": LayerKind(effects.recurrent(1), 2, ("kernel",), GREEN),
    "Sin": LayerKind(effects.unchanged, is_constant=True, operation="sin"),
    "Softmax": LayerKind(effects.unchanged, is_constant=True),
    "Subtract": LayerKind(effects.unchanged, is_constant=True),
    "UnitNormalization": LayerKind(effects.unchanged, is_constant=True),
    "UpSampling2D": LayerKind(effects.upsample, 3, is_constant=True),
    "ZeroPadding2D": LayerKind(effects.zero_padding, 3, is_constant=True, passes_on=True),
}
