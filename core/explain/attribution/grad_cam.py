"""Grad-CAM: which places of a convolution's maps spoke for the class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError
from core.explain.attribution.attribution import Arrays, Attribution
from core.explain.attribution.logits import ANSWER, all_layers

CONVOLUTIONS = (
    *(keras.layers.Conv2D, keras.layers.SeparableConv2D, keras.layers.DepthwiseConv2D),
    keras.layers.Conv2DTranspose,
)
FOLLOWS = (keras.layers.BatchNormalization, keras.layers.Activation, keras.layers.ReLU, keras.layers.Add)


class GradCam(Attribution):
    """The maps of a layer, weighted by their mean gradients, summed, and enlarged to the size of the image.

    As in the paper only what speaks for the class is shown. If nothing does, what speaks against it is shown, as
    negative numbers, instead of an empty map.

    Source: Selvaraju et al., Grad-CAM: visual explanations from deep networks via gradient-based localization, 2017,
    section 3.
    """

    def __call__(self, example: np.ndarray, *, target: int = ANSWER, layer: str = "") -> Arrays:
        """Explain one image, uint8 (h, w, c).

        Args:
            example: The image.
            target: The class to explain; -1 for the network's answer.
            layer: Name of a layer with maps, in the network or in a network inside it; by default the last convolution,
                with its normalisation and activation where these are layers of their own.

        Returns:
            As `Attribution.end`, and `map` float32 (rows, columns), which is `attribution` (h, w) before enlarging.

        Raises:
            ProbeError: There is no such layer, its output is no map, or the network has no convolution.
        """
        begun = self.begin(example, target)
        chosen = _find(self.network, layer) if layer else last_maps(self.network)
        maps, gradients = self._at(chosen, begun.batch, begun.target)
        cam = np.tensordot(maps[0], gradients[0].mean(axis=(0, 1)), 1)  # (rows, columns)
        cam = np.maximum(cam, 0) if (cam > 0).any() else cam
        large = tf.image.resize(cam[..., None], example.shape[:2]).numpy()[..., 0]
        return self.end(begun, large, map=cam)

    def _at(self, layer: keras.Layer, batch: np.ndarray, target: int) -> tuple[np.ndarray, np.ndarray]:
        """Return a layer's output, and the gradient of the logit by it."""
        example = tf.constant(batch)
        with recorded(layer) as seen, tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(example)
            logit = self.logits.forward(example)[0, target]
        maps = seen[-1]
        return maps.numpy(), tape.gradient(logit, maps, unconnected_gradients="zero").numpy()


@contextmanager
def recorded(layer: keras.Layer) -> Iterator[list[Any]]:
    """Record what a layer returns, even inside a nested network, whose tensors the outer one does not name."""
    call, seen = layer.call, list[Any]()

    def record(*args: Any, **kwargs: Any) -> Any:
        seen.append(call(*args, **kwargs))
        return seen[-1]

    layer.call = record
    try:
        yield seen
    finally:
        layer.call = call


def map_layers(network: keras.Model) -> dict[str, keras.Layer]:
    """Return all layers whose output is maps, by name."""
    skipped = keras.layers.InputLayer
    return {one.name: one for one in all_layers(network) if len(one.output.shape) == 4 and not isinstance(one, skipped)}


def last_maps(network: keras.Model) -> keras.Layer:
    """Return the layer that ends the last convolution: itself, or its normalisation, sum or activation.

    Raises:
        ProbeError: The network has no convolution.
    """
    layers = list(map_layers(network).values())
    places = [place for place, layer in enumerate(layers) if _is_convolution(layer)]
    if not places:
        raise ProbeError("Grad-CAM needs a convolution, and this network has none", fix="Choose another method.")
    place = places[-1]
    while not _bends(layers[place]) and isinstance(next(iter(layers[place + 1 :]), None), FOLLOWS):
        place += 1
    return layers[place]


def _is_convolution(layer: keras.Layer) -> bool:
    inside = layer.layer if isinstance(layer, keras.layers.Wrapper) else layer  # spectral normalisation
    return isinstance(inside, CONVOLUTIONS)


def _bends(layer: keras.Layer) -> bool:
    """Return whether a layer ends in a non-linear function."""
    linear = (None, keras.activations.linear)
    return isinstance(layer, keras.layers.ReLU) or getattr(layer, "activation", None) not in linear


def _find(network: keras.Model, name: str) -> keras.Layer:
    known = map_layers(network)
    if name not in known:
        raise ProbeError(f"no layer {name!r} with maps", expected=f"one of {', '.join(known) or 'none'}")
    return known[name]
