"""What the layers that training never changes make of the examples: computed once, and kept beside the data."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared
from core.datasets.dataset import Progress
from core.disk import has_room
from core.layers import LayerSpec
from core.locks import FileLock
from core.training.measure import answering, at_once
from core.units import GB

AT_ONCE = 32  # examples between two looks at whether to stop
MOST_KEPT_BYTES = 4 * GB  # of all data together; the oldest file gives way
FILE, PART, LOCK = "features-{key}.f32", ".part.f32", ".lock"
HASH_BYTES = 32


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

    def features(
        self, x: np.ndarray, rows: np.ndarray | None = None, tell: Progress = lambda words, share: None
    ) -> np.ndarray:
        """Return what they make of examples (n, ...), float32 (n, ...).

        Args:
            x: The examples.
            rows: Those to take; None for all.
            tell: Told how many are done; what it raises ends this.
        """
        rows = np.arange(len(x)) if rows is None else rows
        graph, size = answering(self._model), min(AT_ONCE, at_once(self._model))
        made = np.empty((len(rows), *self.end.shape[1:]), np.float32)
        for start in range(0, len(rows), size):
            tell(f"computing features, {start:,} of {len(rows):,}", start / len(rows))
            examples = tf.constant(x[rows[start : start + size]])
            made[start : start + size] = tf.cast(graph(examples), tf.float32).numpy()
        return made

    def training_features(self, data: Prepared, rows: np.ndarray, tell: Progress) -> np.ndarray:
        """Return what they make of some training examples: as it was kept, or else computed and kept.

        Args:
            data: The prepared arrays.
            rows: Of the training examples, ascending.
            tell: Told about waiting and computing; what it raises ends this.
        """
        if data.folder is None:
            return self.features(data.x_train, rows, tell)
        path = data.folder / FILE.format(key=self._key(data.version, rows))
        with _alone(path.with_suffix(LOCK), tell):
            found = _read(path, (len(rows), *self.end.shape[1:]))
            if found is None:
                found = self.features(data.x_train, rows, tell)
                with suppress(OSError):  # on a full disk they are computed another time
                    _keep(path, found)
        return found

    def _key(self, version: str, rows: np.ndarray) -> str:
        """Return what tells these features from any other: layers, weights, precision, data and rows."""
        digest = hashlib.sha256(f"{self._about}{version}".encode())
        for array in (rows, *self._model.get_weights()):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:16]


@contextmanager
def _alone(path: Path, tell: Progress) -> Iterator[None]:
    """Hold a lock, so that two runs do not compute the same at once; `tell` may end the waiting."""
    lock = FileLock(path)
    with suppress(OSError):  # no room for a lock file either: compute beside the other
        while not lock.acquire_soon():
            tell("waiting for another run to compute the same features", 0.0)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        lock.release()


def _read(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return kept features; None if there are none, or they are not what was written."""
    count = math.prod(shape)
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != count * np.dtype(np.float32).itemsize + HASH_BYTES:
                return None
            found = np.fromfile(file, np.float32, count)
            is_whole = file.read() == hashlib.sha256(found.data).digest()
    except OSError:
        return None
    return found.reshape(shape) if is_whole else None


def _keep(path: Path, features: np.ndarray) -> None:
    """Write features and the hash of their bytes, if that leaves room; older ones of any data give way."""
    if not has_room(path.parent, features.nbytes):
        return
    _make_way(path.parents[1], MOST_KEPT_BYTES - features.nbytes)
    part = path.with_suffix(PART)
    try:
        with part.open("wb") as file:
            features.tofile(file)
            file.write(hashlib.sha256(features.data).digest())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _make_way(prepared: Path, most_bytes: int) -> None:
    """Remove the oldest features of all data until they take so much at most."""
    kept = [(file.stat(), file) for file in prepared.glob(f"*/{FILE.format(key='*')}")]
    total = sum(stat.st_size for stat, _ in kept)
    for stat, file in sorted(kept, key=lambda each: each[0].st_mtime):
        if total <= most_bytes:
            break
        file.unlink(missing_ok=True)
        total -= stat.st_size
