"""Measuring a network on examples."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf

from core.schedule.plan import eval_batch
from core.training.objectives import Objective

MOST_SAMPLED = 2000  # training examples measured at the end: within a point of the truth, and quick


@dataclass(frozen=True)
class TestResult:
    """A network measured on examples.

    Args:
        numbers: Metrics by name.
        outputs: What it answered, one row an example.
    """

    __test__ = False  # not a test case, whatever pytest thinks of its name

    numbers: dict[str, float]
    outputs: np.ndarray


def measure(network: keras.Model, objective: Objective, x: np.ndarray, y: np.ndarray) -> TestResult:
    """Return what a network answers to examples (n, ...), held against what is right (n,)."""
    answer = answering(network)
    size = at_once(network)
    cuts = [x[i : i + size] for i in range(0, len(y), size)]
    with ThreadPoolExecutor(2) as pool:  # each takes half of the cores
        parts = list(pool.map(lambda examples: answer(tf.constant(examples)).numpy(), cuts))
    outputs = objective.outputs(np.concatenate(parts).astype(np.float32))
    return TestResult(objective.numbers(y, outputs), outputs)


def at_once(network: keras.Model) -> int:
    """Return how many examples a network is given at once."""
    return eval_batch(max(math.prod(layer.output.shape[1:]) for layer in network.layers))


@lru_cache(maxsize=1)
def answering(network: keras.Model) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the network as a graph; tracing it takes as long as a thousand answers, so the last one is kept."""
    examples = tf.TensorSpec((None, *network.input_shape[1:]), network.inputs[0].dtype)
    graph: Callable[[tf.Tensor], tf.Tensor] = tf.function(
        lambda given: network(given, training=False), input_signature=[examples]
    )
    return graph
