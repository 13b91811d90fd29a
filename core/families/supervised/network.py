"""The two ends of a network that is told what its examples are: what comes in is scaled, what goes out is an answer."""

from __future__ import annotations

from core.datasets.features import Features, Image
from core.datasets.targets import Classes, Number, Target
from core.errors import ConfigError
from core.layers import LayerSpec

WHITE = 255


def scaling(features: Features) -> list[LayerSpec]:
    """Describe the layer that brings what comes in to a size that is easy to learn from; none if it is so already."""
    if isinstance(features, Image):
        return [LayerSpec("Rescaling", {"scale": 1 / WHITE}, "rescale")]
    means = [column.mean for column in features.columns for _ in column.numbers]
    spreads = [column.spread for column in features.columns for _ in column.numbers]
    if not any(means) and set(spreads) == {1.0}:
        return []
    return [LayerSpec("Normalization", {"mean": means, "variance": [spread**2 for spread in spreads]}, "standardise")]


def head(target: Target) -> list[LayerSpec]:
    """Describe the layers that answer: a probability a class, or a number in the target's unit.

    Raises:
        ConfigError: There is nothing to answer.
    """
    if isinstance(target, Classes):
        return [
            LayerSpec("Dense", {"units": len(target.names)}, "logits"),
            LayerSpec("Activation", {"activation": "softmax", "dtype": "float32"}, "probabilities"),
        ]
    if isinstance(target, Number):
        return [
            LayerSpec("Dense", {"units": 1}, "value"),
            LayerSpec("Rescaling", {"scale": target.spread, "offset": target.mean, "dtype": "float32"}, "number"),
        ]
    raise ConfigError("this data does not say what is to be learned of it", fix="Choose data with classes or a number.")
