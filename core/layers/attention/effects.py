"""The shape arithmetic of layers that attend: a query at each step weighs the steps of a sequence. No TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.layers.effects import Effect
from core.layers.spec import LayerSpec, Shape


def heads(shapes: Sequence[Shape], spec: LayerSpec) -> Effect:
    """Project queries, keys and values for each head, weigh, and project back to the size of the queries."""
    (asking, size), (read, other) = shapes[0], shapes[1]
    count, inner = spec.kwargs["num_heads"], spec.kwargs["num_heads"] * spec.kwargs["key_dim"]
    weights = (size + 2 * other) * inner + inner * size
    scores = 2 * asking * read * inner
    cost = asking * size * inner * 2 + read * other * inner * 2 + scores
    return Effect((asking, size), weights + 3 * count * spec.kwargs["key_dim"] + size, cost)


def products(shapes: Sequence[Shape], spec: LayerSpec) -> Effect:
    """Score each pair of steps by the product of query and value, and weigh the values."""
    (asking, size), (read, other) = shapes[0], shapes[1]
    return Effect((asking, other), 0, asking * read * (size + other))


def sums(shapes: Sequence[Shape], spec: LayerSpec) -> Effect:
    """Score each pair of steps by the tanh of the sum of query and key, and weigh the values."""
    (asking, size), (read, other) = shapes[0], shapes[1]
    return Effect((asking, other), size, asking * read * (size + other))


def place(shape: Shape, spec: LayerSpec) -> Effect:
    """Weigh the numbers of each step as a dense layer does, and add others that depend on the step."""
    return Effect(shape, shape[-1] ** 2 + math.prod(shape), shape[-1] * math.prod(shape))
