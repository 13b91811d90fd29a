"""Examples as a layer sees them: as lists of numbers that can be compared."""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.learned.examined import examined
from core.explain.learned.parts import Parts

MOST_NUMBERS = 4_096  # of an example; larger maps are averaged over squares of pixels
NEIGHBOURS = 30  # that a place in the t-SNE map is near to, its perplexity
ROUND, ROUNDS = 250, 3  # updates of t-SNE: the first round spreads the clusters, the others refine them
KEPT = 50  # principal components that t-SNE starts from (van der Maaten and Hinton 2008, section 4.2)


def features(parts: Parts, layer: str, examples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what a layer makes of examples as float32 (n, numbers), at most 4,096, and the answers (n, ...)."""
    outputs, answers = parts.read(layer, examples)
    if outputs.ndim == 4 and math.prod(outputs.shape[1:]) > MOST_NUMBERS:
        side = math.ceil(math.sqrt(math.prod(outputs.shape[1:]) / MOST_NUMBERS))
        outputs = tf.nn.avg_pool2d(outputs, side, side, "SAME").numpy()
    return outputs.reshape(len(outputs), -1), answers


class FeatureMap:
    """Draws test examples in the plane, so that those that a layer finds alike are near each other.

    Args:
        network: Any that predicts classes or a number.
        data: Its data; only test examples are used.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._parts, self._data = Parts(network), data
        self._last: tuple[bytes, int, np.ndarray] | None = None

    def __call__(
        self, examples: np.ndarray, *, layer: str, way: str, rounds: int, count: int, test_shift: str = "none"
    ) -> dict[str, np.ndarray]:
        """Place test examples in the plane.

        Args:
            examples: Further examples to place (m, ...), such as a drawing; may be none.
            layer: Name of a stage, or `input`.
            way: `pca` or `tsne`.
            rounds: How far t-SNE is taken, 1 to 3; each round goes on from the one before.
            count: Number of test examples.
            test_shift: The run's.

        Returns:
            `places` float32 (n + m, 2), further examples last; `rows` int64 (n,) of the test set; `truth` (n,);
            `answers` float32 (n + m, classes or 1); `shares` float64 (2,) of the variance that each axis of `pca` has.

        Raises:
            ProbeError: `way` or `rounds` is none of these.
        """
        if way not in ("pca", "tsne") or not 1 <= rounds <= ROUNDS:
            expected = f"pca or tsne, and 1 to {ROUNDS} rounds"
            raise ProbeError("this map cannot be drawn", expected=expected, received=f"{way}, {rounds}")
        chosen = examined(self._data, count, test_shift)
        seen, answers = features(self._parts, layer, np.concatenate([chosen.x, examples]))
        components, shares = principal_components(seen)
        places = components[:, :2] if way == "pca" else self._neighbourly(components, rounds)
        found = {"places": places.astype(np.float32), "rows": chosen.rows, "truth": chosen.y, "answers": answers}
        return {**found, "shares": shares[:2]}

    def _neighbourly(self, components: np.ndarray, rounds: int) -> np.ndarray:
        """Return the places of t-SNE, from the latest round that is known."""
        mark = components.tobytes()
        done, places = 0, components[:, :2] / max(float(components[:, 0].std()), 1e-9) * 1e-4
        if self._last is not None and self._last[0] == mark and self._last[1] <= rounds:
            _, done, places = self._last
        for number in range(done, rounds):
            places = _tsne_round(components, places, is_first=number == 0)
        self._last = mark, rounds, places
        return places


def principal_components(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first 50 principal components (n, 50 or fewer, at least 2), and their shares of the variance."""
    from sklearn.decomposition import PCA

    count = min(KEPT, *values.shape)
    fitted = PCA(count, svd_solver="full" if count < 3 else "auto", random_state=0)
    with np.errstate(all="ignore"):  # all examples alike have no variance
        components = fitted.fit_transform(values.astype(np.float64))
    wide = max(2, count)
    padded = np.pad(components, ((0, 0), (0, wide - count)))
    return padded, np.pad(np.nan_to_num(fitted.explained_variance_ratio_), (0, wide - count))


def _tsne_round(components: np.ndarray, places: np.ndarray, *, is_first: bool) -> np.ndarray:
    """Return the places after 250 more updates."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(NEIGHBOURS, max(1.0, (len(components) - 1) / 3))
    early = 12.0 if is_first else 1.0
    one = TSNE(
        init=places.astype(np.float32),
        perplexity=perplexity,
        early_exaggeration=early,
        max_iter=ROUND,
        random_state=0,
    )
    with threadpool_limits(1, user_api="openmp"):  # its threads wait for each other so busily that two are slower
        found: np.ndarray = one.fit_transform(components.astype(np.float32))
    return found


class Alike:
    """Finds how far examples of the data are from one example in a layer.

    Args:
        network: Any that predicts classes or a number.
        data: Its data.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._parts, self._data = Parts(network), data

    def __call__(
        self, example: np.ndarray, *, layer: str, rows: np.ndarray, is_training: bool
    ) -> dict[str, np.ndarray]:
        """Compare an example with some of the data.

        Args:
            example: uint8 (h, w, c) or float32 (n,).
            layer: Name of a stage, or `input`.
            rows: Rows of the training or the test set, int64 (n,).
            is_training: Whether they are rows of the training set.

        Returns:
            `distances` float64 (n,), Euclidean, between what the layer makes of each; `answers` (n, classes or 1).
        """
        known = self._data.x_train if is_training else self._data.x_test
        seen, answers = features(self._parts, layer, np.concatenate([example[None], known[rows]]))
        apart = np.linalg.norm((seen[1:] - seen[0]).astype(np.float64), axis=1)
        return {"distances": apart, "answers": answers[1:]}
