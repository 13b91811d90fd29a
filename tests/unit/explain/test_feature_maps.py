import keras
import numpy as np
import pytest

from core.explain.feature_maps import FeatureMaps
from core.explain.stages import EAGER_CALLS, FirstMaps, StageReader
from core.explain.units import Units
from core.families.cnn import FAMILY, CnnConfig
from core.families.mlp import FAMILY as MLP
from core.figures.network.plane import mesh
from core.layers.blocks import BatchNorm, Conv, Dense, Dropout, Flatten, GlobalPool, Pool, Residual, SeparableConv
from core.models.network import build_network
from tests.support import tiny, tiny_table

CONFIG = CnnConfig(
    layers=(Conv(filters=3), Pool(), BatchNorm(), Conv(filters=2, kernel_size=2), Pool(method="average"), Flatten())
)
IMAGE = tiny.arrays()["x_train"][3]


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    network = build_network(FAMILY.layers(CONFIG, tiny.SPEC), tiny.SPEC)
    rng = np.random.default_rng(0)
    network.set_weights([rng.uniform(0.1, 1, w.shape) - 0.5 * (w.ndim > 1) for w in network.get_weights()])
    return network


def conv_by_hand(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Slide a kernel (k, k, channels, filters) over x (h, w, channels); relu."""
    side = kernel.shape[0]
    height, width = x.shape[0] - side + 1, x.shape[1] - side + 1
    out = np.zeros((height, width, kernel.shape[3]))
    for i in range(height):
        for j in range(width):
            for f in range(kernel.shape[3]):
                out[i, j, f] = (x[i : i + side, j : j + side] * kernel[..., f]).sum() + bias[f]
    return np.maximum(out, 0)


def pool_by_hand(x: np.ndarray, take: object) -> np.ndarray:
    """Take one value of each 2x2 square; what is left over at the rim is dropped."""
    height, width = x.shape[0] // 2, x.shape[1] // 2
    squares = [[x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] for j in range(width)] for i in range(height)]
    return np.array([[take(square, axis=(0, 1)) for square in row] for row in squares])  # type: ignore[operator]


def test_maps_are_those_of_a_plain_numpy_convolution_and_pooling(network: keras.Model) -> None:
    kernel, bias, gamma, beta, mean, variance, second, second_bias, *_ = network.get_weights()
    found = FeatureMaps(network)(IMAGE)
    conv = conv_by_hand(IMAGE / 255, kernel, bias)
    pooled = pool_by_hand(conv, np.max)
    normed = (pooled - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    again = conv_by_hand(normed, second, second_bias)
    expected = {
        "maps/conv_1": conv,
        "maps/pool_1": pooled,
        "maps/batch_norm_1": normed,
        "maps/conv_2": again,
        "maps/pool_2": pool_by_hand(again, np.mean),
    }
    assert {name for name in found if name.startswith("maps/")} == set(expected)
    for name, maps in expected.items():
        assert found[name].dtype == np.float32
        assert np.abs(maps).max() > 0
        np.testing.assert_allclose(found[name], maps, atol=1e-4, err_msg=name)


def test_the_kernels_are_those_of_the_first_convolution(network: keras.Model) -> None:
    found = FeatureMaps(network)(IMAGE)
    assert [name for name in found if name.startswith("kernels/")] == ["kernels/conv_1"]
    np.testing.assert_array_equal(found["kernels/conv_1"], network.get_weights()[0])


def test_the_answer_is_the_networks(network: keras.Model) -> None:
    found = FeatureMaps(network)(IMAGE)
    np.testing.assert_allclose(found["probabilities"], network(IMAGE[None], training=False)[0], atol=1e-6)


def test_a_network_in_bfloat16_is_shown_in_float32() -> None:
    specs = FAMILY.layers(CONFIG, tiny.SPEC)
    found = FeatureMaps(build_network(specs, tiny.SPEC, policy="mixed_bfloat16"))(IMAGE)
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}


def test_a_residual_block_is_one_stage_and_separable_convolutions_are_shown_too() -> None:
    config = CnnConfig(layers=(SeparableConv(filters=2), Residual(filters=2), Residual(filters=4), GlobalPool()))
    keras.utils.set_random_seed(0)
    network = build_network(FAMILY.layers(config, tiny.SPEC), tiny.SPEC)
    found = FeatureMaps(network)(IMAGE)
    stages = ["maps/separable_1", "maps/residual_1", "maps/residual_2", "units/global_pool_1", "units/logits"]
    assert list(found)[:5] == stages
    depthwise, pointwise, bias = network.get_layer("separable_1").get_weights()  # (3, 3, 1, 1), (1, 1, 1, 2), (2,)
    np.testing.assert_allclose(
        found["maps/separable_1"], conv_by_hand(IMAGE / 255, depthwise * pointwise, bias), atol=1e-5
    )
    residue = keras.Model(network.input, network.get_layer("residual_1_norm_2").output)(IMAGE[None], training=False)[0]
    assert np.abs(residue).max() > 0.1
    summed = np.maximum(residue + found["maps/separable_1"], 0)
    np.testing.assert_allclose(found["maps/residual_1"], summed, atol=1e-5)


def test_the_kernels_of_a_network_of_residual_blocks_are_those_of_its_first_convolution() -> None:
    config = CnnConfig(layers=(Residual(filters=2), GlobalPool()))
    network = build_network(FAMILY.layers(config, tiny.SPEC), tiny.SPEC)
    found = FeatureMaps(network)(IMAGE)
    assert [name for name in found if name.startswith("kernels/")] == ["kernels/residual_1_conv_1"]
    kernel = network.get_layer("residual_1_conv_1").get_weights()[0]
    np.testing.assert_array_equal(found["kernels/residual_1_conv_1"], kernel)


def test_kernels_of_a_deeper_layer_are_not_taken_for_those_of_a_separable_first_one() -> None:
    config = CnnConfig(layers=(SeparableConv(filters=2), Conv(filters=2), GlobalPool()))
    found = FeatureMaps(build_network(FAMILY.layers(config, tiny.SPEC), tiny.SPEC))(IMAGE)
    assert not [name for name in found if name.startswith("kernels/")]


def test_dense_layers_give_units_and_what_only_passes_on_is_left_out() -> None:
    config = CnnConfig(layers=(Flatten(), Dense(units=2), Dropout()))
    network = build_network(FAMILY.layers(config, tiny.SPEC), tiny.SPEC)
    found = FeatureMaps(network)(IMAGE)
    assert list(found) == ["units/dense_1", "units/logits", "probabilities"]
    kernel, bias, *_ = network.get_weights()
    np.testing.assert_allclose(found["units/dense_1"], np.maximum(IMAGE.ravel() / 255 @ kernel + bias, 0), atol=1e-5)


def test_new_weights_are_looked_at_by_the_same_reader(network: keras.Model) -> None:
    look = FeatureMaps(network)
    kept, before = network.get_weights(), look(IMAGE)
    network.set_weights([0 * kept[0], *kept[1:]])
    assert np.ptp(look(IMAGE)["maps/conv_1"], axis=(0, 1)).max() == 0  # the bias everywhere
    network.set_weights(kept)
    np.testing.assert_array_equal(look(IMAGE)["maps/conv_1"], before["maps/conv_1"])


def test_points_are_answered_on_the_mesh_as_the_network_answers_them() -> None:
    spec = tiny_table.spec_of("points of classes")
    network = build_network(MLP.layers(tiny_table.CONFIG, spec), spec)
    found = Units(network)(np.array([0.5, -0.25], np.float32))
    np.testing.assert_allclose(found["surface/answers"], network(mesh(), training=False), atol=1e-6)
    answer = network(np.array([[0.5, -0.25]], np.float32), training=False)[0]
    np.testing.assert_allclose(found["probabilities"], answer, atol=1e-6)


def test_what_is_compiled_after_many_calls_gives_the_same(network: keras.Model) -> None:
    reader = StageReader(network)
    first, *_, last = (reader(IMAGE[None])[0] for _ in range(EAGER_CALLS + 1))
    assert first.keys() == last.keys()
    for name, array in first.items():
        np.testing.assert_allclose(array, last[name], rtol=1e-5, atol=1e-6)


def test_dead_is_what_is_0_for_all_examples_looked_at(network: keras.Model) -> None:
    kernel, bias, *rest = network.get_weights()
    kept = [kernel, bias, *rest]
    examples = tiny.arrays()["x_train"]
    alive = FeatureMaps(network).look(examples)["dead/conv_1"]
    assert alive.shape == (1, 1, kernel.shape[-1])
    network.set_weights([kernel, np.where(np.arange(len(bias)) == 1, -1e6, bias).astype(np.float32), *rest])
    look = FeatureMaps(network)
    assert look.look(examples)["dead/conv_1"].ravel().tolist() == [n == 1 or one for n, one in enumerate(alive.ravel())]
    assert not any(name.startswith("dead/") for name in look(examples[0]))  # one example says nothing
    network.set_weights(kept)


def test_the_first_maps_are_those_of_all_maps_that_come_first(network: keras.Model) -> None:
    found, whole = FirstMaps(network)(IMAGE[None]), FeatureMaps(network)(IMAGE)
    assert list(found) == ["maps/conv_1", "answers"]
    np.testing.assert_allclose(found["maps/conv_1"], whole["maps/conv_1"], rtol=1e-5)
    np.testing.assert_allclose(found["answers"], whole["probabilities"][None], rtol=1e-5)
