"""A tiny network whose first layers are frozen, as a family of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from core.datasets import Prepared
from core.families import Family
from core.families.cnn import FAMILY, CnnConfig, build_networks
from core.layers import NetworkSpec
from core.layers.blocks import Conv, GlobalPool
from tests.support import tiny

if TYPE_CHECKING:
    from core.training.supervised import Supervised

CONFIG = replace(
    tiny.CONFIG, layers=(Conv(filters=4), GlobalPool()), optimizer="sgd", learning_rate=0.1, validation_fraction=0.2
)


def networks(config: CnnConfig, spec: Any, weights: str = "") -> list[NetworkSpec]:
    """Return the family's networks; convolutions are frozen, and `weights` is the source of theirs."""

    def frozen(spec: Any) -> Any:
        more = {"kwargs": {**spec.kwargs, "trainable": False}, "weights": weights}
        return replace(spec, **more) if spec.keras_class == "Conv2D" else spec

    return [replace(found, specs=tuple(map(frozen, found.specs))) for found in build_networks(config, spec)]


FROZEN = replace(FAMILY, networks=networks)
GIVEN = replace(FAMILY, networks=partial(networks, weights="tiny"))  # for who stands in for `layer_weights`


def classifier(
    config: CnnConfig = CONFIG,
    data: Prepared | None = None,
    policy: str = "float32",
    tell: Callable[[str, float], None] = lambda words, share: None,
    family: Family = FROZEN,
) -> Supervised:
    """A classifier with frozen convolutions, as a worker of its own builds it."""
    import keras

    from core.training.supervised import Supervised

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(config.seed)
    return Supervised(family, config, data or tiny.prepared(), policy, tell)
