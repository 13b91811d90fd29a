from typing import Any

import keras
import pytest

from core.families.image_layers import (
    ACTIVATIONS,
    LAYER_BLOCKS,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    LayerBlock,
    Pool,
    to_specs,
)
from core.layers import LayerSpec


@pytest.mark.parametrize(
    ("block", "keras_class", "kwargs"),
    [
        (
            Conv(stride=2),
            "Conv2D",
            {"filters": 32, "kernel_size": 3, "strides": 2, "padding": "valid", "activation": "relu"},
        ),
        (Flatten(), "Flatten", {}),
        (Pool(size=3), "MaxPooling2D", {"pool_size": 3}),
        (BatchNorm(momentum=0.5), "BatchNormalization", {"momentum": 0.5}),
        (Dropout(rate=0.25), "Dropout", {"rate": 0.25}),
        (GlobalPool(), "GlobalAveragePooling2D", {}),
        (GlobalPool(method="max"), "GlobalMaxPooling2D", {}),
        (Dense(activation="tanh"), "Dense", {"units": 128, "activation": "tanh"}),
    ],
)
def test_a_block_becomes_its_keras_layer(block: LayerBlock, keras_class: str, kwargs: dict[str, Any]) -> None:
    assert to_specs([block]) == [LayerSpec(keras_class, kwargs, f"{block.kind}_1")]


def test_layers_of_one_kind_are_numbered_apart() -> None:
    blocks = (Conv(), Conv(), Pool(), Conv(), Flatten(), Dense(), Dense())
    names = [spec.name for spec in to_specs(blocks)]
    assert names == ["conv_1", "conv_2", "pool_1", "conv_3", "flatten_1", "dense_1", "dense_2"]


@pytest.mark.parametrize("kind", LAYER_BLOCKS, ids=lambda kind: kind.kind)
def test_a_block_as_it_is_becomes_a_layer_that_keras_knows(kind: type[LayerBlock]) -> None:
    [spec] = to_specs([kind()])
    layer = getattr(keras.layers, spec.keras_class)(**spec.kwargs, name=spec.name)
    assert layer.name == f"{kind.kind}_1"


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_one_of_keras(activation: str) -> None:
    assert callable(keras.activations.get(activation))


def test_kinds_are_told_apart_by_their_word() -> None:
    assert len({kind.kind for kind in LAYER_BLOCKS}) == len(LAYER_BLOCKS)
