"""Integrated gradients by what a network reads at each step: embeddings of a text, numbers of a series."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError
from core.explain.attribution.integrated_gradients import FEWEST, FIRST, MOST, ROUNDS, Path
from core.explain.attribution.logits import ANSWER, AT_ONCE
from core.explain.memory.parts import Cut
from core.explain.memory.reading import sequence_of
from core.probe.patience import check_patience

POINTS = 64
LAST = -1


class SequenceGradients:
    """The mean gradient on a straight path from nothing to the sequence, times the way; it adds up to the change.

    Nothing is the embedding of the empty sign at every step, or the average number.

    Source: Sundararajan, Taly and Yan, Axiomatic attribution for deep networks, 2017, sections 3 and 6.3.

    Args:
        network: A functional model with one input that answers with classes, tokens or a number.
    """

    def __init__(self, network: keras.Model) -> None:
        self._cut = Cut(network)
        seen, place = tf.TensorSpec((None, None), tf.bool), tf.TensorSpec((), tf.int32)
        signature = [self._cut.signature, seen, tf.TensorSpec((None,), tf.float32), place]
        slopes = tf.function(self._gradients, input_signature=signature, autograph=False)
        self._logits = _AtStep(slopes)

    def __call__(
        self,
        given: np.ndarray,
        *,
        text: np.ndarray | None = None,
        place: int = LAST,
        target: int = ANSWER,
        points: int = POINTS,
    ) -> dict[str, np.ndarray]:
        """Explain one answer.

        Args:
            given: An example, as the network takes it.
            text: A sequence of another length to read instead.
            place: The step whose answer is explained, where each has one; -1 for the last.
            target: The class or token to explain; -1 for the network's answer.
            points: Gradients on the path, 8 to 1024.

        Returns:
            `attribution` float32 (steps, numbers), summed over the numbers of an embedding: (steps, 1) of a text;
            `target` int64; `answers` float32 (classes,); `change`, the logit here minus that of nothing; and
            `completeness`, the share of it by which the sum of the attributions misses it.

        Raises:
            ProbeError: `points` is out of range, or there is no such step or class.
        """
        sequence = sequence_of(given, text)
        if not FEWEST <= points <= MOST:
            raise ProbeError("the number of points is out of range", expected=f"{FEWEST} to {MOST}")
        if not LAST <= place < len(sequence):
            raise ProbeError("there is no such step", expected=f"0 to {len(sequence) - 1}", received=f"{place}")
        end = self._cut.read(sequence[None])[0]
        self._logits.is_read = self._cut.is_read(sequence[None])
        self._logits.place = place if self._cut.says_every_step else LAST
        logits, _ = self._logits.gradients(end[None], np.zeros(1, np.float32))
        count = logits.shape[1]
        if not ANSWER <= target < count:
            raise ProbeError(f"this network has no answer {target}", expected=f"0 to {count - 1}, or {ANSWER}")
        chosen = int(logits[0].argmax()) if target == ANSWER else target
        self._logits.count = count
        start = self._cut.nothing(end)
        path = Path(self._logits, start, end - start, chosen, points // FIRST + 1)
        for left in range(ROUNDS, 0, -1):
            path.refine((points - len(path.at)) // left)
        attribution, change = path.integral(), path.logits[-1] - path.logits[0]
        missed = abs(attribution.sum() - change) / max(abs(change), 1e-12)
        if self._cut.embedding is not None:
            attribution = attribution.sum(1, keepdims=True)
        return {
            "attribution": attribution.astype(np.float32),
            "target": np.array(chosen),
            "answers": _answers(logits[0], is_shares=self._cut.is_shares),
            "change": np.asarray(change, np.float32),
            "completeness": np.asarray(missed, np.float32),
        }

    def _gradients(
        self, read: tf.Tensor, seen: tf.Tensor, weights: tf.Tensor, place: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(read)
            logits = self._cut.answer(read, seen)
            if self._cut.says_every_step:
                logits = logits[:, place]
            chosen = tf.reduce_sum(logits * weights)
        return logits, tape.gradient(chosen, read, unconnected_gradients="zero")


class _AtStep:
    """Logits at one step and their gradients, as a `Path` asks for them."""

    def __init__(self, slopes: tf.Function) -> None:
        self._slopes, self.place, self.count, self.is_read = slopes, LAST, 0, np.zeros((1, 0), bool)

    def gradients(self, examples: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return logits (n, answers), and gradients of their weighted sum by what is read."""
        found = []
        for start in range(0, len(examples), AT_ONCE):
            check_patience()
            part = tf.constant(examples[start : start + AT_ONCE], tf.float32)
            seen = tf.constant(np.repeat(self.is_read, len(part), 0))
            found.append(self._slopes(part, seen, tf.constant(weights, tf.float32), tf.constant(self.place)))
        logits, gradients = (np.concatenate(each) for each in zip(*found, strict=True))
        return logits, gradients

    def one_hot(self, target: int) -> np.ndarray:
        """Return weights that pick one logit."""
        weights = np.zeros(self.count, np.float32)
        weights[target] = 1
        return weights


def _answers(logits: np.ndarray, *, is_shares: bool) -> np.ndarray:
    if not is_shares:
        return logits.astype(np.float32)
    shares = np.exp(logits - logits.max())
    found: np.ndarray = (shares / shares.sum()).astype(np.float32)
    return found
