"""What each stage of a network makes of one example. A stage is what people see as one layer."""

from __future__ import annotations

import keras

_NOTHING_NEW = (  # they place or pass on what comes in
    keras.layers.InputLayer,
    keras.layers.Rescaling,
    keras.layers.Normalization,
    keras.layers.Cropping2D,
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.Reshape,
)


def stage_outputs(network: keras.Model) -> dict[str, keras.KerasTensor]:
    """Return the symbolic output of each stage, first to last, without those that change no number.

    The layers inside a block are named after it, so `residual_1_conv_1` is a part of the stage `residual_1`.

    Args:
        network: Any functional model; its last layer is the answer, which is no stage.

    Returns:
        `maps/<stage>` (batch, h, w, channels) or `units/<stage>` (batch, units).
    """
    layers = [layer for layer in network.layers[:-1] if not isinstance(layer, _NOTHING_NEW)]
    names = {layer.name for layer in layers}
    whole = [layer for layer in layers if not any(layer.name.startswith(f"{name}_") for name in names)]
    return {f"{'maps' if len(layer.output.shape) == 4 else 'units'}/{layer.name}": layer.output for layer in whole}
