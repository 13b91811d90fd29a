"""What a network is made of, in words: its layers, and what each of them costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LayerSpec:
    """One layer of a network.

    Args:
        keras_class: Stock Keras class.
        kwargs: Its arguments: plain values, or an object as `{"class_name": ..., "config": {...}}`.
        name: Unique in the network.
        inputs: Names of the layers that it takes its input from; none for the one before it.
        block: Name of the group of layers that people see as one; empty if it stands alone.
        wrapper: Stock Keras class that it is wrapped in, such as `SpectralNormalization`; empty if none.
        weights: Where its weights come from, such as `lite0`, in which it is called as here, but without its block's
            name; empty if it starts by chance.
    """

    keras_class: str
    kwargs: Mapping[str, Any]
    name: str
    inputs: tuple[str, ...] = ()
    block: str = ""
    wrapper: str = ""
    weights: str = ""

    @property
    def seen_as(self) -> str:
        """The name under which people see it: its block's or its own."""
        return self.block or self.name


@dataclass(frozen=True)
class NetworkSpec:
    """One network of a run.

    Args:
        id: Stable name in stored runs.
        specs: Its layers.
        input_shape: Of one example.
        dtype: Of what comes in: `uint8` or `float32`.
        title: Name on the page; empty where a family has one network only.
        takes: What comes in, in a word.
        blocks: The setting that lists its layers.
        passes: How often an update goes through it, forward and back, compared with a classifier's update.
    """

    id: str
    specs: tuple[LayerSpec, ...]
    input_shape: Shape
    dtype: str = "uint8"
    title: str = ""
    takes: str = "image"
    blocks: str = "layers"
    passes: float = 1.0


@dataclass(frozen=True)
class LayerCost:
    """What a layer makes of its input.

    Args:
        spec: The layer.
        output_shape: Shape of one example's output, without the batch axis.
        parameters: Weights that the layer holds, moving statistics included.
        multiply_adds: Multiplications (each with its addition) for one example.
        receptive_field: Side in pixels of the input that one output value sees; 0 if it is all.
    """

    spec: LayerSpec
    output_shape: Shape
    parameters: int
    multiply_adds: int
    receptive_field: int


def total_parameters(costs: Sequence[LayerCost]) -> int:
    """Return the number of weights of the whole network."""
    return sum(cost.parameters for cost in costs)


def total_multiply_adds(costs: Sequence[LayerCost]) -> int:
    """Return the multiplications of one forward pass of one example."""
    return sum(cost.multiply_adds for cost in costs)


def written(shape: Shape) -> str:
    """Return a shape as people write it, such as 28x28x1."""
    return "x".join(map(str, shape))
