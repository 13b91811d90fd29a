"""Plain descriptions of networks and layers, and the cost of each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Shape = tuple[int, ...]
INPUT = "inputs"  # what a layer reads that reads the example itself


@dataclass(frozen=True)
class LayerSpec:
    """One layer of a network.

    Args:
        keras_class: Stock Keras class.
        kwargs: Its arguments: plain values, or an object as `{"class_name": ..., "config": {...}}`.
        name: Unique in the network.
        inputs: Names of its input layers; empty for the previous layer.
        block: Name of the block shown instead of its layers; empty if it stands alone.
        wrapper: Stock Keras class around it, such as `SpectralNormalization`; empty if none.
        weights: Source of its weights, such as `lite0`, which names the layer as here, but without its block's name;
            empty for random initial weights.
        call: Arguments of its call besides its inputs.
        mask: Name of the layer that gives, for each step that it could attend to, zero if it must not; empty if none.
    """

    keras_class: str
    kwargs: Mapping[str, Any]
    name: str
    inputs: tuple[str, ...] = ()
    block: str = ""
    wrapper: str = ""
    weights: str = ""
    call: Mapping[str, Any] = field(default_factory=dict)
    mask: str = ""

    @property
    def seen_as(self) -> str:
        """The name shown to users: its block's or its own."""
        return self.block or self.name


@dataclass(frozen=True)
class NetworkSpec:
    """One network of a run.

    Args:
        id: Stable name in stored runs.
        specs: Its layers.
        input_shape: Shape of one example.
        dtype: Input dtype: `uint8` or `float32`.
        title: Name on the page; empty if the family has a single network.
        takes: One word for its input.
        blocks: The setting that lists its layers.
        passes: Forward and backward passes per update, relative to a classifier's update.
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
    """Output shape and cost of a layer.

    Args:
        spec: The layer.
        output_shape: Shape of one example's output, without the batch axis.
        parameters: Weights of the layer, moving statistics included.
        multiply_adds: Multiply-add operations for one example.
        receptive_field: Side in pixels of the input region that one output value sees; 0 for the whole input.
        turns: Steps that await each other, each with a call of its own, as in a recurrent layer.
    """

    spec: LayerSpec
    output_shape: Shape
    parameters: int
    multiply_adds: int
    receptive_field: int
    turns: int = 0


def total_parameters(costs: Sequence[LayerCost]) -> int:
    """Return the number of weights of the whole network."""
    return sum(cost.parameters for cost in costs)


def total_multiply_adds(costs: Sequence[LayerCost]) -> int:
    """Return the multiply-add operations of one forward pass of one example."""
    return sum(cost.multiply_adds for cost in costs)


def written(shape: Shape) -> str:
    """Format a shape as text, such as 28x28x1."""
    return "x".join(map(str, shape))
