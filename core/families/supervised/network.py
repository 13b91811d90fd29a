"""The first and last layers of a supervised network: input scaling and output."""

from __future__ import annotations

from core.datasets.features import Features, Image, Tokens
from core.datasets.targets import Classes, NextToken, Number, Target, TokenSequence
from core.errors import ConfigError
from core.layers import LayerSpec

WHITE = 255


def scaling(features: Features) -> list[LayerSpec]:
    """Return the layer that scales inputs to a size that is easy to learn from; none if they are scaled already."""
    if isinstance(features, Image):
        return [LayerSpec("Rescaling", {"scale": 1 / WHITE}, "rescale")]
    if isinstance(features, Tokens):
        return []
    pairs = [column.scaling for column in features.columns for _ in column.numbers]
    means, spreads = [offset for offset, _ in pairs], [divisor for _, divisor in pairs]
    if not any(means) and set(spreads) == {1.0}:
        return []
    return [LayerSpec("Normalization", {"mean": means, "variance": [spread**2 for spread in spreads]}, "standardise")]


def head(target: Target) -> list[LayerSpec]:
    """Return the output layers: one probability per class or token, or a number in the target's unit.

    Raises:
        ConfigError: The data has no target.
    """
    if isinstance(target, Classes | NextToken | TokenSequence):
        kinds = target.names if isinstance(target, Classes) else target.vocabulary
        return [
            LayerSpec("Dense", {"units": len(kinds)}, "logits"),
            LayerSpec("Activation", {"activation": "softmax", "dtype": "float32"}, "probabilities"),
        ]
    if isinstance(target, Number):
        return [
            LayerSpec("Dense", {"units": 1}, "value"),
            LayerSpec("Rescaling", {"scale": target.spread, "offset": target.mean, "dtype": "float32"}, "number"),
        ]
    raise ConfigError("this data has no target to learn", fix="Choose data with classes, a number or a text.")
