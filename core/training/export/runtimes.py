"""Exported networks at work in runtimes that are TensorFlow's."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from core.export.runtimes import Answer
from core.training.measure import answering


def open_keras(path: Path) -> Answer:
    """Load a `.keras` file."""
    return answer_of(keras.saving.load_model(path))


def open_saved_model(path: Path) -> Answer:
    """Load a SavedModel, without Keras."""
    served = tf.saved_model.load(str(path))
    return lambda x: np.asarray(served.serve(tf.constant(x)))


def answer_of(network: keras.Model) -> Answer:
    """Return a network as a graph from examples to answers."""
    graph = answering(network)
    return lambda x: np.asarray(graph(tf.constant(x)))
