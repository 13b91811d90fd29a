"""How a network does on test examples that are disturbed more and more."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared
from core.datasets.disturbances import DISTURBANCES, disturbed
from core.errors import ProbeError
from core.explain.learned.examined import Examined, examined
from core.explain.learned.parts import Parts

FGSM = "fgsm"

Measured = tuple[dict[str, np.ndarray], np.ndarray]  # the scores at one strength, and the first example


class Robustness:
    """Measures a network on disturbed test examples.

    Args:
        network: Any that predicts classes or a number.
        data: Its data; only test examples are used.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._parts, self._data = Parts(network), data
        logits = network.layers[-1].input  # softmax saturates
        self._logits = keras.Model(self._parts.start, logits)
        self._scaled = keras.Model(network.input, self._parts.start)
        self._rest = keras.Model(self._parts.start, network.output)

    def __call__(
        self, examples: np.ndarray, *, kind: str, strengths: np.ndarray, count: int, test_shift: str = "none"
    ) -> dict[str, np.ndarray]:
        """Measure the network at several strengths of one disturbance.

        Args:
            examples: None are needed (0, ...).
            kind: A key of `DISTURBANCES`, or `fgsm`: a step up the gradient of each example's loss, in shares of the
                range of a pixel, or in standard deviations of each number (Goodfellow et al. 2015, section 4).
            strengths: float64 (n,), in the unit of the disturbance.
            count: Number of test examples.
            test_shift: The run's.

        Returns:
            `right` int64 (n, classes) or `error` float64 (n,), and `counts`, as of `UnitsOff`; `examined` int64 ();
            `shown` (n, ...), the first example at each strength.

        Raises:
            ProbeError: There is no such disturbance of these examples.
        """
        kinds = [*(key for key, one in DISTURBANCES.items() if one.takes(self._data.spec)), FGSM]
        if kind not in kinds:
            raise ProbeError(f"these examples cannot be disturbed by {kind!r}", expected=f"one of {', '.join(kinds)}")
        rows = examined(self._data, count, test_shift)
        measured = self._attacked(rows, strengths) if kind == FGSM else self._disturbed(rows, kind, strengths)
        scores, shown = zip(*measured, strict=True)
        found = {key: np.stack([score[key] for score in scores]) for key in scores[0]}
        counts = {"counts": rows.counts} if "right" in found else {}
        return {**found, **counts, "examined": np.array(len(rows.rows)), "shown": np.stack(shown)}

    def _disturbed(self, rows: Examined, kind: str, strengths: np.ndarray) -> list[Measured]:
        found = []
        for strength in strengths:
            x = disturbed(rows.x, kind, float(strength), self._data.spec)
            answers = self._parts.in_batches(lambda batch: [self._parts.network(batch, training=False)], x)[0]
            found.append((rows.score(answers), x[0]))
        return found

    def _attacked(self, rows: Examined, strengths: np.ndarray) -> list[Measured]:
        start = self._parts.in_batches(lambda batch: [self._scaled(batch)], rows.x)[0]
        signs = np.sign(self._gradients(start, rows.y))
        found = []
        for strength in strengths:
            x = start + np.float32(strength * self._parts.white) * signs
            x = x.clip(0, self._parts.white) if self._data.spec.is_image else x
            answers = self._parts.in_batches(lambda batch: [self._rest(batch, training=False)], x)[0]
            found.append((rows.score(answers), self._unscaled(x[0])))
        return found

    def _gradients(self, start: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the gradient of each example's loss with respect to its scaled input (n, ...)."""

        def gradient(rows: np.ndarray) -> list[tf.Tensor]:
            x, y = tf.constant(start[rows]), labels[rows]
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = self._loss(self._logits(x, training=False), y)
            return [tape.gradient(loss, x)]

        return self._parts.in_batches(gradient, np.arange(len(start)))[0]

    def _loss(self, logits: tf.Tensor, labels: np.ndarray) -> tf.Tensor:
        if self._data.spec.num_classes:
            return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        target = self._data.spec.target
        return tf.square(logits[:, 0] - (labels - target.mean) / target.spread)  # type: ignore[union-attr]

    def _unscaled(self, x: np.ndarray) -> np.ndarray:
        """Return one scaled example in the units of the data."""
        if self._data.spec.is_image:
            pixels: np.ndarray = np.rint(255 / self._parts.white * x).astype(np.uint8)
            return pixels
        return x
