"""Measure a network on examples."""

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

MOST_SAMPLED = 2000  # training examples measured at the end: accurate within one percentage point, and quick


@dataclass(frozen=True)
class TestResult:
    """A network's results on examples.

    Args:
        numbers: Metrics by name.
        outputs: Its answers, one row per example.
    """

    __test__ = False  # not a test case, despite its name

    numbers: dict[str, float]
    outputs: np.ndarray


def measure(network: keras.Model, objective: Objective, x: np.ndarray, y: np.ndarray) -> TestResult:
    """Run a network on examples (n, ...) and compare its answers with the targets (n, ...)."""
    answer = answering(network)
    size = at_once(network)
    cuts = [slice(first, first + size) for first in range(0, len(y), size)]

    def outputs_of(cut: slice) -> np.ndarray:
        return objective.outputs(y[cut], answer(tf.constant(x[cut])).numpy().astype(np.float32))

    with ThreadPoolExecutor(2) as pool:  # each uses half of the cores
        outputs = np.concatenate(list(pool.map(outputs_of, cuts)))
    return TestResult(objective.numbers(y, outputs), outputs)


def at_once(network: keras.Model) -> int:
    """Return how many examples a network is given at once."""
    return eval_batch(max(math.prod(layer.output.shape[1:]) for layer in network.layers))


@lru_cache(maxsize=1)
def answering(network: keras.Model) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the network as a graph; the last one is cached, as tracing costs a thousand answers."""
    examples = tf.TensorSpec((None, *network.input_shape[1:]), network.inputs[0].dtype)
    graph: Callable[[tf.Tensor], tf.Tensor] = tf.function(
        lambda given: network(given, training=False), input_signature=[examples]
    )
    return graph
