"""Write a network in each format. All take (network, path, examples for calibration)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

Prepare = Callable[[tf.lite.TFLiteConverter], None]


def write_keras(network: keras.Model, path: Path, examples: np.ndarray) -> None:
    """Write a `.keras` file."""
    network.save(path)


def write_saved_model(network: keras.Model, path: Path, examples: np.ndarray) -> None:
    """Write a folder that TensorFlow loads without Keras; its endpoint is `serve`."""
    network.export(str(path), format="tf_saved_model", verbose=False)


def write_onnx(network: keras.Model, path: Path, examples: np.ndarray) -> None:
    """Write an ONNX file.

    Keras' own export does not freeze what a `Normalization` layer knows, so that the file would ask for it.
    """
    import tf2onnx

    network = _unrolled(network)
    [given] = network.inputs
    spec = tf.TensorSpec(given.shape, given.dtype, "input")
    graph = tf.function(lambda x: network(x, training=False), input_signature=[spec], autograph=False)
    frozen = convert_variables_to_constants_v2(graph.get_concrete_function())
    names = ([tensor.name for tensor in tensors] for tensors in (frozen.inputs, frozen.outputs))
    tf2onnx.convert.from_graph_def(frozen.graph.as_graph_def(), None, *names, output_path=str(path))


def write_litert(network: keras.Model, path: Path, examples: np.ndarray) -> None:
    """Write a LiteRT file in float32."""
    _convert(network, path, lambda converter: None)


def write_litert_f16(network: keras.Model, path: Path, examples: np.ndarray) -> None:
    """Write a LiteRT file with weights in float16; it computes in float32."""

    def prepare(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]

    _convert(network, path, prepare)


def write_litert_int8(network: keras.Model, path: Path, examples: np.ndarray) -> None:
    """Write a LiteRT file with weights and arithmetic in int8; input and output keep their types.

    Args:
        network: The network.
        path: File to write.
        examples: Training examples; their activations set the ranges of the whole numbers.
    """

    def calibration() -> Iterator[list[np.ndarray]]:
        return ([examples[row : row + 1]] for row in range(len(examples)))

    def prepare(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = calibration

    _convert(network, path, prepare)


def _unrolled(network: keras.Model) -> keras.Model:
    """Return the network with its recurrent layers written step after step: neither format knows Keras' loop."""
    loops = (keras.layers.SimpleRNN, keras.layers.GRU, keras.layers.LSTM, keras.layers.Bidirectional)

    def unroll(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        inner = [config[part]["config"] for part in ("layer", "backward_layer") if part in config] or [config]
        for one in inner if isinstance(layer, loops) else []:
            one["unroll"] = True
        return layer.__class__.from_config(config)

    if not any(isinstance(layer, loops) for layer in network.layers):
        return network
    plain = keras.models.clone_model(network, clone_function=unroll)
    plain.set_weights(network.get_weights())
    return plain


def _convert(network: keras.Model, path: Path, prepare: Prepare) -> None:
    """Convert through a SavedModel, whose variables the converter can freeze."""
    with TemporaryDirectory() as folder:
        write_saved_model(_unrolled(network), Path(folder), np.empty(0))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        prepare(converter)
        path.write_bytes(converter.convert())
