import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.learned import features
from core.explain.learned.features import Alike, FeatureMap
from tests.support import tiny

NONE = np.zeros((0, *tiny.SPEC.input_shape), np.uint8)


def layer_of(network: keras.Model, layer: str, examples: np.ndarray) -> np.ndarray:
    found = np.array(keras.Model(network.input, network.get_layer(layer).output)(examples))
    return found.reshape(len(found), -1)


@pytest.mark.parametrize("layer", ["conv_1", "dense_1"])
def test_the_map_by_principal_components_is_that_of_scikit_learn(
    classifier: keras.Model, images: Prepared, layer: str
) -> None:
    found = FeatureMap(classifier, images)(images.x_test[4:5], layer=layer, way="pca", rounds=1, count=11)
    seen = layer_of(classifier, layer, np.concatenate([images.x_test, images.x_test[4:5]]))
    expected = PCA(2, svd_solver="full").fit(seen)
    np.testing.assert_allclose(np.abs(found["places"]), np.abs(expected.transform(seen)), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found["shares"], expected.explained_variance_ratio_, rtol=1e-4)
    np.testing.assert_allclose(found["places"][-1], found["places"][4], rtol=1e-5)
    np.testing.assert_allclose(found["answers"][:11], np.array(classifier(images.x_test)), atol=1e-6)
    assert found["rows"].tolist() == [*range(11)]
    assert found["truth"].tolist() == images.y_test.tolist()


def test_the_map_of_the_input_compares_pixels(classifier: keras.Model, images: Prepared) -> None:
    found = FeatureMap(classifier, images)(NONE, layer="input", way="pca", rounds=1, count=11)
    expected = PCA(2, svd_solver="full").fit_transform(images.x_test.reshape(11, -1) / 255)
    np.testing.assert_allclose(np.abs(found["places"]), np.abs(expected), rtol=1e-3, atol=1e-4)


def test_rounds_of_t_sne_go_on_from_the_one_before_and_give_the_same_as_all_at_once(
    classifier: keras.Model, images: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[bool] = []
    one_round = features._tsne_round

    def count(*args: np.ndarray, is_first: bool) -> np.ndarray:
        begun.append(is_first)
        return one_round(*args, is_first=is_first)

    monkeypatch.setattr(features, "_tsne_round", count)
    stepwise = FeatureMap(classifier, images)
    asked = {"layer": "dense_1", "way": "tsne", "count": 11}
    for rounds in (1, 2, 2):
        found = stepwise(NONE, rounds=rounds, **asked)
    assert begun == [True, False]
    at_once = FeatureMap(classifier, images)(NONE, rounds=2, **asked)
    np.testing.assert_array_equal(found["places"], at_once["places"])
    stepwise(NONE, rounds=1, **asked)
    assert begun[-1]


def test_a_map_keeps_what_is_near_near(images: Prepared) -> None:
    rng = np.random.default_rng(0)
    three = np.repeat(10 * np.eye(3, 8), 20, axis=0) + rng.normal(size=(60, 8))
    components, _ = features.principal_components(three)
    places = components[:, :2] * 1e-4
    for number in range(2):
        places = features._tsne_round(components, places, is_first=number == 0)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 1e9 * np.eye(60)
    assert (apart.argmin(1) // 20 == np.arange(60) // 20).all()


def test_examples_that_are_all_alike_have_one_place(classifier: keras.Model, images: Prepared) -> None:
    components, shares = features.principal_components(np.ones((5, 1)))
    np.testing.assert_array_equal(components, np.zeros((5, 2)))
    np.testing.assert_array_equal(shares, [0, 0])


def test_large_maps_are_averaged_over_squares(
    classifier: keras.Model, images: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "MOST_NUMBERS", 30)  # of 6 x 6 x 3
    found, _ = features.features(features.Parts(classifier), "conv_1", images.x_test)
    maps = layer_of(classifier, "conv_1", images.x_test).reshape(11, 3, 2, 3, 2, 3)
    np.testing.assert_allclose(found, maps.mean((2, 4)).reshape(11, -1), rtol=1e-5)


@pytest.mark.parametrize("asked", [{"way": "umap", "rounds": 1}, {"way": "tsne", "rounds": 4}])
def test_a_map_that_cannot_be_drawn_is_refused_in_words(classifier: keras.Model, images: Prepared, asked: dict) -> None:
    with pytest.raises(ProbeError, match="expected pca or tsne, and 1 to 3 rounds"):
        FeatureMap(classifier, images)(NONE, layer="dense_1", count=11, **asked)


@pytest.mark.parametrize("is_training", [True, False])
def test_what_a_layer_finds_alike_is_near_in_its_numbers(
    classifier: keras.Model, images: Prepared, *, is_training: bool
) -> None:
    known = images.x_train if is_training else images.x_test
    rows = np.array([7, 3, 9])
    found = Alike(classifier, images)(images.x_test[0], layer="dense_1", rows=rows, is_training=is_training)
    seen = layer_of(classifier, "dense_1", np.concatenate([images.x_test[:1], known[rows]]))
    np.testing.assert_allclose(found["distances"], np.linalg.norm(seen[1:] - seen[0], axis=1), rtol=1e-4)
    np.testing.assert_allclose(found["answers"], np.array(classifier(known[rows])), atol=1e-6)
