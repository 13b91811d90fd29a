"""What the layers that training never changes make of the examples: computed once, and kept beside the data."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared
from core.datasets.dataset import Progress
from core.layers import LayerSpec
from core.locks import locked
from core.training.measure import answering, at_once

AT_ONCE = 32  # examples between two looks at whether to stop
KEPT = 4  # arrays of features of one data set; the oldest gives way
LOCK, PART = "features.lock", "features.part.npy"
FILE = "features-{key}.npy"


class FrozenLayers:
    """The first layers of a network, whose weights stay as they are.

    Args:
        network: Of which they are a part.
        specs: These layers.
        policy: Keras' dtype policy.

    Attributes:
        end: The output of the last of them.
    """

    def __init__(self, network: keras.Model, specs: Sequence[LayerSpec], policy: str) -> None:
        self.end = network.get_layer(specs[-1].name).output
        self._model = keras.Model(network.input, self.end)
        self._about = repr((tuple(specs), policy))

    def rest(self, reader: keras.Model) -> keras.Model:
        """Return what comes behind them in a network, with the same layers: it takes features."""
        return keras.Model(self.end, reader.output)

    def features(self, x: np.ndarray, tell: Progress = lambda words, share: None) -> np.ndarray:
        """Return what they make of examples (n, ...), float32 (n, ...).

        Args:
            x: The examples.
            tell: Told how many are done; what it raises ends this.
        """
        graph, size, made = answering(self._model), min(AT_ONCE, at_once(self._model)), []
        for start in range(0, len(x), size):
            tell(f"computing features, {start:,} of {len(x):,}", start / len(x))
            made.append(tf.cast(graph(tf.constant(x[start : start + size])), tf.float32).numpy())
        return np.concatenate(made)

    def training_features(self, data: Prepared, tell: Progress) -> np.ndarray:
        """Return what they make of all training examples: as it was kept, or else computed and kept."""
        if data.folder is None:
            return self.features(data.x_train, tell)
        path = data.folder / FILE.format(key=self._key(data.version))
        found = _read(path)
        if found is None:
            found = self.features(data.x_train, tell)
            with suppress(OSError):  # on a full disk they are computed another time
                _keep(path, found)
        return found

    def _key(self, version: str) -> str:
        """Return what tells these features from any other: layers, weights, precision and data."""
        digest = hashlib.sha256(f"{self._about}{version}".encode())
        for array in self._model.get_weights():
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:16]


def _read(path: Path) -> np.ndarray | None:
    """Return kept features; None if there are none, or they are not what was written."""
    try:
        with path.open("rb") as file:
            found: np.ndarray = np.load(file, allow_pickle=False)
            is_whole = file.read() == hashlib.sha256(found.data).digest()
    except (OSError, ValueError, EOFError):
        return None
    return found if is_whole else None


def _keep(path: Path, features: np.ndarray) -> None:
    """Write features and the hash of their bytes, so that half a file is never taken for them."""
    part = path.with_name(PART)
    with locked(path.with_name(LOCK)):
        with part.open("wb") as file:
            np.save(file, features, allow_pickle=False)
            file.write(hashlib.sha256(features.data).digest())
        os.replace(part, path)
        kept = sorted(path.parent.glob(FILE.format(key="*")), key=lambda file: file.stat().st_mtime)
        for old in kept[:-KEPT]:
            old.unlink()
