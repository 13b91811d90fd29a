from typing import Any

import pytest

from core.datasets.targets import Classes, Nothing, Number
from core.families import FAMILIES, find_family
from core.families.mlp import FAMILY, MlpConfig
from core.layers import LayerSpec, NetworkSpec
from core.layers.blocks import BatchNorm, Dense, Dropout, LayerNorm
from core.layers.chain import is_chain
from tests.support import tiny_table

ALL = (Dense(units=3, activation="gelu"), BatchNorm(), Dropout(), Dense(units=4, activation="leaky_relu"), LayerNorm())


@pytest.mark.parametrize("kind", tiny_table.KINDS)
@pytest.mark.parametrize("layers", [(), ALL])
def test_all_that_an_mlp_can_have_is_a_chain(kind: str, layers: Any) -> None:
    spec = tiny_table.spec_of(kind)
    (network,) = FAMILY.networks(MlpConfig(layers=layers), spec)
    assert is_chain(network, spec.target)
    assert not is_chain(network, Nothing())


def test_networks_with_convolutions_are_none() -> None:
    spec = tiny_table.spec_of("images of classes")
    for name in set(FAMILIES) - {"mlp"}:
        family = find_family(name)
        config = family.presets[family.default_preset].config
        assert not any(is_chain(network, spec.target) for network in family.networks(config, spec))


def network(*layers: tuple[str, dict[str, Any]], shape: tuple[int, ...] = (4,)) -> NetworkSpec:
    specs = tuple(LayerSpec(kind, kwargs, f"layer_{k}") for k, (kind, kwargs) in enumerate(layers))
    return NetworkSpec("network", specs, shape, "float32")


DENSE, ONE = ("Dense", {"units": 3}), ("Dense", {"units": 1})
SOFTMAX = ("Activation", {"activation": "softmax"})


def test_a_chain_ends_as_its_target_is_judged() -> None:
    classes, number = Classes(("a", "b", "c")), Number("price")
    assert is_chain(network(DENSE, SOFTMAX), classes)
    assert is_chain(network(DENSE, ("Dense", {"units": 3, "activation": "softmax"})), classes)
    assert not is_chain(network(DENSE), classes)
    assert not is_chain(network(("Dense", {"units": 3, "activation": "sigmoid"})), classes)
    assert is_chain(network(DENSE, ONE, ("Rescaling", {"scale": 2.0})), number)
    assert not is_chain(network(DENSE, ("Dense", {"units": 1, "activation": "relu"})), number)
    assert not is_chain(network(DENSE), number)


def test_what_is_no_line_of_known_layers_is_none() -> None:
    classes = Classes(("a", "b", "c"))
    assert not is_chain(network(("Dense", {"units": 3, "activation": {"class_name": "mine"}}), DENSE, SOFTMAX), classes)
    assert not is_chain(network(("PReLU", {}), DENSE, SOFTMAX), classes)
    assert not is_chain(network(DENSE, SOFTMAX, shape=(4, 4, 1)), classes)
    assert is_chain(network(("Flatten", {}), DENSE, SOFTMAX, shape=(4, 4, 1)), classes)
    skipping = LayerSpec("Add", {}, "sum", ("layer_0", "layer_1"))
    specs = (*network(DENSE, DENSE).specs, skipping, LayerSpec(*SOFTMAX, "end"))
    assert not is_chain(NetworkSpec("network", specs, (4,)), classes)
