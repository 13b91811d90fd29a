"""Reads the HDF5 files of weights that Keras publishes for `keras.applications`, without TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import WeightsError

if TYPE_CHECKING:
    import h5py

AGAIN = "Delete the file, so that it is downloaded again."
KINDS = (["kernel"], ["depthwise_kernel"], ["gamma", "beta", "moving_mean", "moving_variance"])


def read_keras_file(path: Path, names: Sequence[str]) -> dict[str, list[np.ndarray]]:
    """Return the weights of convolutions and normalisations by layer, in Keras' order.

    Keras tells the layers of these files by their order: some hold the names of an older version.

    Args:
        path: Of the file.
        names: Of all layers with weights, in order.

    Raises:
        WeightsError: It is missing, is no such file, or has more or fewer layers with weights.
    """
    import h5py

    try:
        with h5py.File(path) as file:
            layers = [weights for name in file.attrs["layer_names"] if (weights := _weights_of(file[name]))]
    except (OSError, LookupError, AttributeError, TypeError, ValueError) as error:
        what = f"{path} cannot be read as weights"
        raise WeightsError(what, expected="an HDF5 file as Keras wrote it", received=str(error), fix=AGAIN) from error
    if len(layers) != len(names):
        what, expected = f"{path} holds another network", f"{len(names)} layers with weights"
        raise WeightsError(what, expected=expected, received=str(len(layers)), fix=AGAIN)
    return dict(zip(names, layers, strict=True))


def _weights_of(group: h5py.Group) -> list[np.ndarray]:
    """Return the weights of one layer; none of one that has none."""
    names = [name.decode() if isinstance(name, bytes) else name for name in group.attrs["weight_names"]]
    kinds = [name.rpartition("/")[2].removesuffix(":0") for name in names]
    if names and kinds not in KINDS:
        raise ValueError(f"a layer with {', '.join(kinds)}")
    return [np.asarray(group[name]) for name in names]
