import keras
import numpy as np
import pytest

from core.datasets import Prepared
from core.families.cnn import FAMILY, CnnConfig
from core.families.mlp import FAMILY as MLP
from core.layers.blocks import BatchNorm, Conv, Dense, Flatten, Pool, Residual
from core.models.network import build_network
from tests.support import tiny, tiny_table

CONFIG = CnnConfig(layers=(Conv(filters=3), Pool(), Residual(filters=4), BatchNorm(), Flatten(), Dense(units=5)))


def some_weights(network: keras.Model, *, low: float = 0.1) -> keras.Model:
    """Give a network weights of both signs and biases above `low`, so that every layer lets something through."""
    rng = np.random.default_rng(0)
    network.set_weights([rng.uniform(low, 1, w.shape) - 0.5 * (w.ndim > 1) for w in network.get_weights()])
    return network


@pytest.fixture(scope="package")
def images() -> Prepared:
    return tiny.prepared()


@pytest.fixture(scope="package")
def classifier() -> keras.Model:
    """A network with a convolution, a shortcut, and dense units, on images."""
    return some_weights(build_network(FAMILY.layers(CONFIG, tiny.SPEC), tiny.SPEC))


def table_of(kind: str) -> Prepared:
    return Prepared("table", "version-1", tiny_table.spec_of(kind), **tiny_table.arrays(*tiny_table.KINDS[kind]))


@pytest.fixture(scope="package")
def prices() -> Prepared:
    """A table with a number to predict."""
    return table_of("rows of a number")


@pytest.fixture(scope="package")
def regressor(prices: Prepared) -> keras.Model:
    return some_weights(build_network(MLP.layers(tiny_table.CONFIG, prices.spec), prices.spec))
