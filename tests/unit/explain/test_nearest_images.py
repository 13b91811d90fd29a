"""The nearest training images of a made one, against a search that compares one pair at a time."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from core.datasets import Prepared
from core.explain import nearest
from core.explain.nearest import Nearest
from core.families.gan.config import GanConfig, build_networks
from core.layers.blocks import Conv, Dropout, GlobalPool
from core.models.network import build_network
from tests.support import tiny

CONFIG = GanConfig(discriminator=(Conv(filters=3, stride=2, padding="same"), Dropout(rate=0.5)), latent=4)
FOUND = 6
IMAGE = np.random.default_rng(5).integers(0, 256, (8, 8, 1)).astype(np.float32)


def discriminator(config: GanConfig = CONFIG) -> keras.Model:
    keras.utils.set_random_seed(0)
    spec = build_networks(config, tiny.SPEC)[1]
    return build_network(spec.specs, spec)


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(((a.astype(np.float64) - b) ** 2).mean()))


def order(data: Prepared, image: np.ndarray) -> list[int]:
    return sorted(range(len(data.x_train)), key=lambda row: apart(image, data.x_train[row]))


def features(network: keras.Model, image: np.ndarray) -> np.ndarray:
    x = image[None].astype(np.float32)
    for layer in network.layers[1:-1]:
        x = layer(x, training=False) if isinstance(layer, keras.layers.Dropout) else layer(x)
    return np.asarray(x).ravel()


def test_nearest_by_pixels_is_brute_force() -> None:
    data = tiny.prepared()
    found = Nearest(discriminator(), data)(IMAGE, count=FOUND)
    expected = order(data, IMAGE)[:FOUND]
    assert found["pixels/ids"].tolist() == expected
    np.testing.assert_array_equal(found["pixels/images"], data.x_train[expected])
    np.testing.assert_allclose(found["pixels/distances"], [apart(IMAGE, data.x_train[row]) for row in expected])
    assert found["pixels/searched"] == len(data.x_train)


def test_a_training_image_is_found_as_itself() -> None:
    data = tiny.prepared()
    found = Nearest(discriminator(), data)(data.x_train[17].astype(np.float32), count=FOUND)
    assert (found["pixels/ids"][0], found["pixels/distances"][0], found["features/ids"][0]) == (17, 0.0, 17)


def test_what_is_usual_is_the_distance_of_each_unseen_image_to_its_nearest() -> None:
    data = tiny.prepared()
    usual = Nearest(discriminator(), data)(IMAGE, count=FOUND)["pixels/usual"]
    np.testing.assert_allclose(usual, [min(apart(x, real) for real in data.x_train) for x in data.x_test])


@pytest.mark.parametrize("blocks", [CONFIG.discriminator, (Conv(filters=3), GlobalPool())])
def test_nearest_by_features_is_brute_force_over_what_comes_into_the_last_layer(blocks: tuple) -> None:
    data, network = tiny.prepared(), discriminator(replace(CONFIG, discriminator=blocks))
    found = Nearest(network, data)(IMAGE, count=FOUND)
    mine = features(network, IMAGE)
    expected = sorted(range(30), key=lambda row: float(((features(network, data.x_train[row]) - mine) ** 2).sum()))
    assert found["features/ids"].tolist() == expected[:FOUND]
    np.testing.assert_array_equal(found["features/images"], data.x_train[expected[:FOUND]])


def test_new_weights_see_new_neighbours() -> None:
    data, network = tiny.prepared(), discriminator()
    reader = Nearest(network, data)
    before = reader(IMAGE, count=FOUND)
    network.set_weights([np.random.default_rng(3).normal(size=w.shape) for w in network.get_weights()])
    after, fresh = reader(IMAGE, count=FOUND), Nearest(network, data)(IMAGE, count=FOUND)
    np.testing.assert_array_equal(after["features/ids"], fresh["features/ids"])
    assert not np.allclose(before["scores/real"], after["scores/real"])


def test_real_images_are_scored_as_the_class_that_they_are() -> None:
    data, network = tiny.prepared(), discriminator(replace(CONFIG, conditional="on"))
    found = Nearest(network, data)(IMAGE, count=FOUND)
    scores = np.asarray(network(data.x_test.astype(np.float32), training=False))
    np.testing.assert_allclose(
        found["scores/real"], [row[y] for row, y in zip(scores, data.y_test, strict=True)], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        found["scores/image"], np.asarray(network(IMAGE[None], training=False))[0], rtol=1e-4, atol=1e-5
    )


def test_of_too_much_data_evenly_spaced_images_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "MOST_PIXELS", 64 * 11)  # of 30 images every third
    monkeypatch.setattr(nearest, "MOST_LOOKED_AT", 6)
    data = tiny.prepared()
    found = Nearest(discriminator(), data)(IMAGE, count=FOUND)
    assert found["pixels/ids"].tolist() == [row for row in order(data, IMAGE) if row % 3 == 0][:FOUND]
    assert (found["pixels/searched"], found["features/searched"]) == (10, 6)
    assert sorted(found["features/ids"]) == [0, 5, 10, 15, 20, 25]
