"""Networks of dense layers that are so small that a browser computes them from their weights; no TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import Config
from core.errors import ArtifactError, ConfigError
from core.families.supervised.config import SupervisedConfig
from core.layers import LayerSpec, NetworkSpec, total_parameters, trace
from core.layers.blocks import ACTIVATIONS
from core.layers.derived import NAME as DERIVED
from core.layers.derived import TITLES, split_derived
from core.schedule.split import evenly_spread, training_rows

if TYPE_CHECKING:
    from core.datasets import Prepared

MOST_WEIGHTS = 500_000  # 2 MB of each moment: eight layers of 256 units
MOST_TRAINING, MOST_TEST = 300, 150  # examples
MOST_NUMBERS = 9_000  # of all of them; 36 kB
MOST_FILM = 400_000  # weights of all moments of a run that has ended, unless two take more; 1.6 MB
EPSILON = 1e-3  # Keras' default of both normalisations
LEAST_SPREAD = 1e-7  # by which Keras' normalisation divides
TELLS = {"activation", "axis", "center", "dtype", "epsilon", "mean", "momentum", "noise_shape", "offset", "rate"}
TELLS |= {"scale", "seed", "trainable", "units", "use_bias", "variance"}  # arguments that are heeded, or change nothing

Layer = dict[str, Any]


def dense_layers(networks: Sequence[NetworkSpec]) -> list[Layer] | None:
    """Return a network as a browser computes it, layer by layer; None if it is another kind of network, or too large.

    Each has a `kind`: `dense` (`units`, `activation`, `bias`), `batch_norm` or `layer_norm` (`center`, `scale`,
    `epsilon`), `derive` (`inputs` by id and their `titles`, made of a point), `scale` (`scale` and `offset` of each
    number), `bend` (`activation`), `softmax`, or `dropout`; the `name` that users see, and its `path` in Keras. In this
    order a snapshot has their weights, each with its own in Keras' order.
    """
    layers = _layers(networks)
    return layers if layers and _count(networks[0]) <= MOST_WEIGHTS else None


def _layers(networks: Sequence[NetworkSpec]) -> list[Layer] | None:
    if len(networks) != 1 or len(networks[0].input_shape) != 1:
        return None
    derived, specs = split_derived(networks[0].specs)
    layers, before = [], ""
    if derived:
        titles = [TITLES[one] for one in derived]
        layers.append({"kind": "derive", "inputs": list(derived), "titles": titles, "name": DERIVED, "path": DERIVED})
    for spec in specs:
        made = None if spec.wrapper or spec.weights or spec.inputs not in ((), (before,)) else _made(spec)
        if made is None:
            return None
        layers += [{**layer, "name": spec.seen_as, "path": spec.name} for layer in made]
        before = spec.name
    return layers if any(layer["kind"] == "dense" for layer in layers) else None


def say_too_large(networks: Sequence[NetworkSpec]) -> str:
    """Return why a network of dense layers is not drawn unit by unit; "" if it is, or if it is of another kind."""
    if _layers(networks) is None or (count := _count(networks[0])) <= MOST_WEIGHTS:
        return ""
    return f"Its layers are boxes: it has {count:,.0f} weights, and up to {MOST_WEIGHTS:,} are drawn unit by unit."


def _count(network: NetworkSpec) -> float:
    try:
        return total_parameters(trace(network.specs, network.input_shape))
    except ConfigError:
        return float("inf")


def _made(spec: LayerSpec) -> list[Layer] | None:
    said = {name for name in spec.kwargs if not name.endswith(("_initializer", "_regularizer", "_constraint"))}
    if said - TELLS or spec.kwargs.get("axis", -1) not in (-1, 1, [-1], [1]):
        return None
    make = _KINDS.get(spec.keras_class)
    return make(spec.kwargs) if make else None


def _bent(kwargs: Mapping[str, Any], before: Sequence[Layer] = ()) -> list[Layer] | None:
    """Return the layers before an activation, and the activation; None of one that is not known."""
    name = kwargs.get("activation") or "linear"
    if name == "softmax":
        return [*before, {"kind": "softmax"}]
    if name not in ACTIVATIONS:
        return None
    if before:
        return [{**before[0], "activation": name}]
    return [{"kind": "bend", "activation": name}]


def _dense(kwargs: Mapping[str, Any]) -> list[Layer] | None:
    dense = {"kind": "dense", "units": kwargs["units"], "activation": "linear", "bias": kwargs.get("use_bias", True)}
    return _bent(kwargs, [dense])


def _norm(kind: str, kwargs: Mapping[str, Any]) -> list[Layer]:
    parts = {name: kwargs.get(name, True) for name in ("center", "scale")}
    return [{"kind": kind, **parts, "epsilon": kwargs.get("epsilon", EPSILON)}]


def _scaled(kwargs: Mapping[str, Any]) -> list[Layer]:
    scale, offset = (np.atleast_1d(kwargs.get(name, 0.0)).tolist() for name in ("scale", "offset"))
    return [{"kind": "scale", "scale": scale, "offset": offset}]


def _standardised(kwargs: Mapping[str, Any]) -> list[Layer] | None:
    if kwargs.get("mean") is None or kwargs.get("variance") is None:
        return None
    mean, variance = (np.atleast_1d(np.asarray(kwargs[name], np.float64)) for name in ("mean", "variance"))
    scale = 1 / np.maximum(np.sqrt(variance), LEAST_SPREAD)
    return [{"kind": "scale", "scale": scale.tolist(), "offset": (-mean * scale).tolist()}]


_KINDS: dict[str, Callable[[Mapping[str, Any]], list[Layer] | None]] = {
    "Activation": _bent,
    "BatchNormalization": lambda kwargs: _norm("batch_norm", kwargs),
    "Dense": _dense,
    "Dropout": lambda kwargs: [{"kind": "dropout"}],
    "LayerNormalization": lambda kwargs: _norm("layer_norm", kwargs),
    "Normalization": _standardised,
    "Rescaling": _scaled,
}


def flat(weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return all weights of a snapshot one after another, float32 (n,), in the order of `dense_layers`.

    Raises:
        ArtifactError: There are none.
    """
    if not weights:
        raise ArtifactError("the snapshot has no weights")
    return np.concatenate([np.ravel(weights[name]) for name in sorted(weights)]).astype(np.float32)


def film(steps: Sequence[int], weights: int) -> list[int]:
    """Return as many steps of a run as can be sent at once, evenly spread over those there are, ascending.

    Args:
        steps: Of its snapshots, ascending.
        weights: Of its network.
    """
    count = max(2, MOST_FILM // max(1, weights))
    return sorted({*evenly_spread(np.asarray(steps, int), count).tolist(), *steps[-1:]})


@dataclass(frozen=True, eq=False)
class Examples:
    """A few examples that are shown beside a network, those it trains on first.

    Args:
        x: float32 (n, numbers).
        y: Classes or numbers, as it is told them, float32 (n,).
        training: How many it trains on; the others are test examples.
    """

    x: np.ndarray
    y: np.ndarray
    training: int


def few_examples(config: Config, data: Prepared) -> Examples:
    """Return training examples with the labels that a run of these settings trains on, and test examples."""
    labels, learned = np.asarray(data.y_train), np.arange(len(data.y_train))
    if isinstance(config, SupervisedConfig):
        rows = training_rows(config, labels, *data.spec.drawn)
        labels, learned = rows.labels, rows.learn
    share = min(1.0, MOST_NUMBERS / ((MOST_TRAINING + MOST_TEST) * data.spec.input_shape[0]))
    train = evenly_spread(learned, int(MOST_TRAINING * share))
    test = evenly_spread(np.arange(len(data.y_test)), int(MOST_TEST * share))
    x = np.concatenate([data.x_train[train], data.x_test[test]]).astype(np.float32)
    y = np.concatenate([labels[train], np.asarray(data.y_test)[test]]).astype(np.float32)
    return Examples(x, y, len(train))
