from dataclasses import replace

import keras
import numpy as np
import pytest

from core.explain.layer_outputs import LayerOutputs
from core.families.gan.config import GanConfig, build_networks
from core.families.gan.layers import Project, Up
from core.layers.blocks import BatchNorm, Conv, Dense, Dropout, GlobalPool
from core.models.network import build_network
from tests.support import tiny

CONFIG = GanConfig(
    generator=(Dense(units=6), Project(channels_out=3), BatchNorm(momentum=0.5), Up(filters=2, method="nearest")),
    discriminator=(Conv(filters=3, stride=2, padding="same"), Dropout(rate=0.5), Dense(units=5)),
    latent=4,
)


def built(config: GanConfig, part: int) -> keras.Model:
    keras.utils.set_random_seed(0)
    spec = build_networks(config, tiny.SPEC)[part]
    return build_network(spec.specs, spec)


def by_hand(network: keras.Model, example: np.ndarray) -> dict[str, np.ndarray]:
    """Return what each layer gives, one after the other."""
    values, x = {}, example[None]
    for layer in network.layers[1:]:
        x = np.asarray(layer(x))
        values[layer.name] = x[0]
    return values


@pytest.mark.parametrize("spectral", ["off", "on"])
def test_a_generator_and_a_discriminator_are_read_layer_by_layer(spectral: str) -> None:
    config, rng = replace(CONFIG, spectral=spectral), np.random.default_rng(0)
    noise, image = rng.normal(size=4).astype(np.float32), tiny.arrays()["x_test"][0].astype(np.float32)
    names = (
        ["numbers/dense_1", "maps/project_1", "maps/batch_norm_1", "maps/up_1_repeat", "maps/up_1", "maps/picture"],
        ["maps/conv_1", "numbers/dense_1", "numbers/score"],
    )
    for part, given in enumerate((noise, image)):
        network = built(config, part)
        found, expected = LayerOutputs(network)(given), by_hand(network, given)
        assert list(found) == names[part]
        for name, array in found.items():
            assert array.dtype == np.float32
            np.testing.assert_allclose(array, expected[name.split("/")[1]], atol=1e-5, err_msg=name)


def test_a_mean_over_maps_is_a_list_of_numbers() -> None:
    network = built(replace(CONFIG, discriminator=(Conv(filters=3), GlobalPool())), 1)
    found = LayerOutputs(network)(np.full((8, 8, 1), 90, np.float32))
    maps = found["maps/conv_1"]
    np.testing.assert_allclose(found["numbers/global_pool_1"], maps.mean((0, 1)), rtol=1e-5)
